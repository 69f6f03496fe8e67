//! The verdict, and the comments that accept findings.

use gate::model::{
    Analysis, BaselineState, Condition, Confidence, ConfigPlace, ExceptionNote, Finding, Level, Notification,
    NotificationKind, Outcome, RelPath, Suppression, Verdict,
};
use gate::policy::{Directive, Settings, apply_suppressions, directives, judge, looks_like_comment};

use crate::support::{finding, rule, with};

fn notification(kind: NotificationKind) -> Notification {
    Notification { kind, path: None, line: None, analysis: None, message: "something".to_owned() }
}

#[test]
fn nothing_found_in_full_passes() {
    assert_eq!(
        judge(&mut [], &[notification(NotificationKind::Binary)], Vec::new(), &Settings::default()),
        Verdict::Passed
    );
}

#[test]
fn findings_count_by_level_confidence_and_analysis() {
    let secret = finding(&rule("secret/x-key", ""), "a", 1);
    let code = finding(&rule("python/x", ""), "a", 1);
    let all = [
        secret.clone(),
        with(code.clone(), Level::Warning, Confidence::High),
        with(code.clone(), Level::Error, Confidence::Medium),
    ];
    let failed = |analysis, fail_on, count| Condition {
        analysis: Some(analysis),
        fail_on: Some(fail_on),
        count,
        place: None,
        limit: None,
    };
    let secrets = failed(Analysis::Secrets, Level::Error, 1);
    assert_eq!(judge(&mut all.clone(), &[], Vec::new(), &Settings::default()), Verdict::Failed(vec![secrets.clone()]));

    let mut settings = Settings::default();
    settings.per_analysis.insert(Analysis::Secrets, Level::None);
    settings.per_analysis.insert(Analysis::Code, Level::Warning);
    assert_eq!(
        judge(&mut all.clone(), &[], Vec::new(), &settings),
        Verdict::Failed(vec![failed(Analysis::Code, Level::Warning, 1)])
    );

    settings.strict = true;
    assert_eq!(
        judge(&mut all.clone(), &[], Vec::new(), &settings),
        Verdict::Failed(vec![failed(Analysis::Code, Level::Warning, 2)]),
        "strict reaches medium confidence, and leaves alone what never fails"
    );
}

#[test]
fn suppressed_findings_do_not_count() {
    let mut accepted = finding(&rule("secret/x-key", ""), "a", 1);
    accepted.suppressions.push(Suppression::in_source("known"));
    assert_eq!(judge(&mut [accepted], &[], Vec::new(), &Settings::default()), Verdict::Passed);
}

/// A finding that an exception accepts.
fn excepted() -> Finding {
    let mut finding = finding(&rule("secret/x-key", ""), "a", 1);
    let place = ConfigPlace { file: RelPath::new("gate.toml"), line: 3 };
    let note = ExceptionNote { owner: "ada".to_owned(), expires: "2030-01-31".parse().unwrap(), place };
    finding.suppressions.push(Suppression::external("rotated", note));
    finding
}

#[test]
fn what_passes_only_by_exception_says_so() {
    let settings = Settings::default();
    let mut findings = [excepted()];
    let verdict = judge(&mut findings, &[], Vec::new(), &settings);
    assert_eq!((verdict.name(), verdict.excepted(), verdict.exit_code()), ("exception", 1, 0));
    assert_eq!(findings[0].outcome, Outcome::Fail, "that is what it would be without the exception");
    let harmless = with(excepted(), Level::Note, Confidence::High);
    assert_eq!(judge(&mut [harmless], &[], Vec::new(), &settings), Verdict::Passed, "it would have passed anyway");
    let mut both = excepted();
    both.suppressions.push(Suppression::in_source("a comment accepts it as well"));
    assert_eq!(judge(&mut [both], &[], Vec::new(), &settings), Verdict::Passed);
    let failing = finding(&rule("secret/x-key", ""), "a", 2);
    assert_eq!(judge(&mut [excepted(), failing], &[], Vec::new(), &settings).name(), "failed");
    assert_eq!(
        judge(&mut [excepted()], &[notification(NotificationKind::Crash)], Vec::new(), &settings).name(),
        "incomplete"
    );
}

#[test]
fn what_was_known_before_does_not_fail_and_what_grew_worse_does() {
    let settings = Settings::default();
    for (state, name) in
        [(BaselineState::Unchanged, "passed"), (BaselineState::New, "failed"), (BaselineState::Updated, "failed")]
    {
        let mut finding = finding(&rule("secret/x-key", ""), "a", 1);
        finding.baseline = Some(state);
        assert_eq!(judge(&mut [finding], &[], Vec::new(), &settings).name(), name);
    }
}

#[test]
fn an_incomplete_look_is_told_unless_relaxed_and_failure_wins() {
    let unreadable = [notification(NotificationKind::Unreadable), notification(NotificationKind::TooLarge)];
    let mut settings = Settings::default();
    assert_eq!(judge(&mut [], &unreadable, Vec::new(), &settings), Verdict::Incomplete(1));
    let failing = [finding(&rule("secret/x-key", ""), "a", 1)];
    assert_eq!(judge(&mut failing.clone(), &unreadable, Vec::new(), &settings).exit_code(), 1);
    settings.incomplete_fails = false;
    assert_eq!(judge(&mut [], &unreadable, Vec::new(), &settings), Verdict::Passed);
    settings.strict = true;
    assert_eq!(judge(&mut [], &unreadable, Vec::new(), &settings), Verdict::Incomplete(2));
    assert_eq!(judge(&mut [], &[notification(NotificationKind::Note)], Vec::new(), &settings), Verdict::Passed);
}

fn parsed(text: &str) -> Vec<Directive> {
    directives(&RelPath::new("a"), text, |range| looks_like_comment(text, range))
}

#[test]
fn directives_speak_of_their_line_or_of_the_next_code() {
    for (text, line, target) in [
        ("x = 1  # gate:allow secret/a it is public\n", 1, 1),
        ("\n# gate:allow secret/a it is public\n\n# more\nx = 1\n", 2, 5),
        ("  // gate:allow secret/a it is public\r\n  let x;\r\n", 1, 2),
        ("*pointer = 1; // gate:allow secret/a it is public\nnext\n", 1, 1),
        ("/* gate:allow secret/a it is public */ call();\nnext\n", 1, 1),
        ("<!-- gate:allow secret/a it is public -->\n<p>\n", 1, 2),
        ("{/* gate:allow secret/a it is public */}\n<p/>\n", 1, 2),
        ("-- gate:allow secret/a: it is public\nSELECT 1\n", 1, 2),
        ("; gate:allow secret/a — it is public\nkey = 1", 1, 2),
        ("// gate:allow secret/a it is public\n#[derive(Debug)]\nstruct X;", 1, 2),
        ("# gate:allow secret/a it is public", 1, 1 + 1),
    ] {
        let found = parsed(text);
        assert_eq!(found.len(), 1, "{text:?}");
        assert_eq!((found[0].line, found[0].target_line), (line, target), "{text:?}");
        assert_eq!((found[0].rules.join(" "), found[0].reason.as_str()), ("secret/a".to_owned(), "it is public"));
    }
}

#[test]
fn directives_name_several_rules_and_need_a_reason() {
    let text = "# gate:allow python/a, quality/*,x/y because\n# gate:allow python/a\n# gate:allow python/a --\n";
    let found = parsed(text);
    assert_eq!(found[0].rules, ["python/a", "quality/*", "x/y"]);
    assert_eq!(&text[found[0].span.clone()], "gate:allow python/a, quality/*,x/y because");
    assert_eq!([found[1].reason.as_str(), found[2].reason.as_str()], ["", ""]);
}

#[test]
fn prose_and_code_hold_no_directives() {
    for text in [
        "x = 'gate:allow secret/a it is public'",
        "x = gate:allow secret/a it is public",
        "x = \"# gate:allow secret/a it is public\"",
        "x = 3 * gate:allow secret/a",
        "# write `gate:allow secret/a why` to accept it",
        "# gate:allowed secret/a it is public",
        "# gate:allow",
        "# my-gate:allow secret/a it is public",
        "https://example.com/#gate:allow (x)",
    ] {
        assert_eq!(parsed(text), [], "{text:?}");
    }
    let text = "# gate:allow secret/a it is public";
    assert_eq!(directives(&RelPath::new("a"), text, |_| false), [], "the syntax tree has the last word");
}

#[test]
fn accepted_findings_are_marked_and_the_rest_is_in_vain() {
    let rules =
        [rule("secret/new-id", "formerly = [\"secret/old-id\"]"), rule("secret/other", ""), rule("quality/long", "")];
    let text = "# gate:allow secret/old-id,secret/other,secret/typo it is public\nx\n# gate:allow quality/* fine\ny\n\
                # gate:allow secret/new-id\nz\n# gate:allow dependency/gone not looked at today\n# gate:allow nonsense for nothing\n";
    let directives = parsed(text);
    let mut findings = [finding(&rules[0], "a", 2), finding(&rules[2], "a", 4), finding(&rules[0], "a", 6)];
    findings[1].location.path = RelPath::new("a");
    let in_vain = apply_suppressions(&mut findings, &directives, &rules);
    assert_eq!(findings[0].suppressions[0].justification, "it is public");
    assert!(findings[1].is_suppressed());
    assert!(!findings[2].is_suppressed(), "no reason, no suppression");
    let in_vain: Vec<(usize, &str)> = in_vain.iter().map(|(index, rule)| (*index, rule.as_str())).collect();
    assert_eq!(in_vain, [(0, "secret/other"), (0, "secret/typo"), (2, "secret/new-id"), (4, "nonsense")]);
    assert!(directives[2].complaint("secret/new-id", true).contains("no reason"));
}

#[test]
fn a_directive_in_one_file_says_nothing_about_another() {
    let rules = [rule("secret/a", "")];
    let mut findings = [finding(&rules[0], "b", 1)];
    let directives = parsed("x # gate:allow secret/a it is public");
    assert_eq!(apply_suppressions(&mut findings, &directives, &rules).len(), 1);
    assert!(!findings[0].is_suppressed());
}
