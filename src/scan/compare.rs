//! What a change brings in. The findings of a file are held against those that it had before, whatever line they stand on
//! now; what is left over against all that the change took away elsewhere, so that code that moves brings nothing in. A
//! function is held against itself: over a limit it was before, only more of it is new.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::worker::Outcome;
use crate::analyze::{content_key, measure_of};
use crate::model::{BaselineState, Finding, FunctionMetrics, Level, RelPath, SourceFile, Target};
use crate::policy::Directive;

/// What comparing one file leaves to be looked for among all others.
#[derive(Default)]
pub struct Change {
    /// What the file had before and has no more.
    pub lost: Lost,
    /// Functions that no function of the file as it was stands for, by the fingerprint of each finding on them.
    pub functions: HashMap<String, Function>,
    /// Comments that accept findings and that the file did not have before; while it is judged, all of them.
    pub accepting: Vec<Acceptance>,
    /// Files with nothing to compare now, whose former version has not been looked at.
    pub unread: Vec<Unread>,
}

impl Change {
    pub fn add(&mut self, other: Change) {
        self.lost.add(other.lost);
        self.functions.extend(other.functions);
        self.accepting.extend(other.accepting);
        self.unread.extend(other.unread);
    }
}

#[derive(Default)]
pub struct Lost {
    pub findings: Vec<Finding>,
    pub functions: Vec<Function>,
    pub accepting: Vec<Acceptance>,
}

impl Lost {
    /// All of a `former` version but functions whose name is among `kept`.
    pub fn of(former: Outcome, file: Option<&SourceFile>, kept: Option<&HashSet<String>>) -> Lost {
        let mut functions = Function::all(file, &former.functions, &former.findings);
        functions.retain(|function| kept.is_none_or(|kept| !kept.contains(&function.metrics.name)));
        let mut findings = former.findings;
        findings.retain(|finding| !is_measured(finding));
        Lost { findings, functions, accepting: former.change.accepting }
    }

    pub fn add(&mut self, other: Lost) {
        self.findings.extend(other.findings);
        self.functions.extend(other.functions);
        self.accepting.extend(other.accepting);
    }
}

/// A comment that accepts findings: the line that it speaks of, and what to report where it is new.
pub struct Acceptance {
    directive: Directive,
    /// White space folded.
    line: String,
    pub finding: Finding,
}

impl Acceptance {
    /// `finding` is at the comment.
    pub fn new(directive: &Directive, file: &SourceFile, mut finding: Finding) -> Acceptance {
        // What has upper-case letters is no id, and may be anything.
        let name = |rule: &String| if rule.chars().any(|c| c.is_ascii_uppercase()) { "…" } else { rule }.to_owned();
        let rules: Vec<String> = directive.rules.iter().map(name).collect();
        finding.message = match directive.foreign {
            Some(_) => format!("this change accepts findings here with `{}`", directive.reason),
            None => format!("this change accepts `{}` here: {}", rules.join(", "), directive.reason),
        };
        let line = file.line(directive.target_line).split_whitespace().collect::<Vec<_>>().join(" ");
        Acceptance { directive: directive.clone(), line, finding }
    }

    /// Whether something at one of `lines`, by path, is accepted by it.
    pub fn is_among(&self, lines: &HashSet<(RelPath, u32)>) -> bool {
        let Directive { path, line, target_line, .. } = &self.directive;
        [line, target_line].into_iter().any(|line| lines.contains(&(path.clone(), *line)))
    }

    fn key(&self) -> (String, &[String], &str) {
        (format!("{:?}", self.directive.foreign), &self.directive.rules, &self.line)
    }
}

/// A file whose former version is still to be looked at, and the names of the functions that it has now.
pub struct Unread {
    pub target: Target,
    pub functions: HashSet<String>,
}

/// A function, its lines and what was found in it.
#[derive(Clone)]
pub struct Function {
    metrics: FunctionMetrics,
    /// Hashes of the lines that are not blank, sorted.
    lines: Vec<u64>,
    /// The findings that set a limit to it.
    found: Vec<(u128, Level)>,
}

/// Two functions are one under another name, or in another file, from so many lines of a hundred in both on…
const SAME_BODY: usize = 60;
/// …and below this with the same name.
const SAME_NAME: usize = 40;
/// A shorter one says too little to be known by its lines.
const LEAST_LINES: usize = 3;

impl Function {
    fn all(file: Option<&SourceFile>, metrics: &[FunctionMetrics], findings: &[Finding]) -> Vec<Function> {
        let Some(file) = file else { return Vec::new() };
        let mut functions: Vec<Function> = metrics.iter().map(|metrics| Function::of(file, metrics)).collect();
        for finding in findings {
            if let Some(index) = place(finding, &functions) {
                functions[index].found.push((finding.fingerprint.content, finding.level));
            }
        }
        functions
    }

    fn of(file: &SourceFile, metrics: &FunctionMetrics) -> Function {
        let line = |number| file.line(number).trim();
        let texts = (metrics.line..=metrics.end_line).map(line).filter(|line| !line.is_empty());
        let mut lines: Vec<u64> = texts.map(hash).collect();
        lines.sort_unstable();
        Function { metrics: metrics.clone(), lines, found: Vec::new() }
    }

    /// The last part of its name.
    fn own_name(&self) -> &str {
        self.metrics.name.rsplit('.').next().unwrap_or_default()
    }

    /// Of a hundred lines of both together so many are in both.
    fn likeness(&self, other: &Function) -> usize {
        let (mut at, mut common) = (0, 0);
        for line in &self.lines {
            while other.lines.get(at).is_some_and(|found| found < line) {
                at += 1;
            }
            if other.lines.get(at) == Some(line) {
                at += 1;
                common += 1;
            }
        }
        200 * common / (self.lines.len() + other.lines.len()).max(1)
    }

    fn is_likely(&self, other: &Function) -> bool {
        let has_name = self.own_name() == other.own_name() && !is_anonymous(self.own_name());
        let enough = self.lines.len().min(other.lines.len()) >= LEAST_LINES;
        enough && self.likeness(other) >= if has_name { SAME_NAME } else { SAME_BODY }
    }

    /// What became of `finding`, which is about this function, since the function was `former`.
    fn state(&self, finding: &Finding, former: &Function) -> BaselineState {
        let measure = measure_of(&finding.rule);
        let value = |function: &Function| measure.map(|measure| measure(&function.metrics));
        let content = content_key(&finding.rule, &former.metrics.name);
        let before = former.found.iter().find(|(found, _)| *found == content).map(|(_, level)| *level);
        let is_more = value(self) > value(former);
        match before {
            Some(level) if is_more || finding.level > level => BaselineState::Updated,
            None if is_more => BaselineState::New,
            // Not worse: another rule spoke of it before.
            _ => BaselineState::Unchanged,
        }
    }
}

fn is_anonymous(name: &str) -> bool {
    name.starts_with('(')
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn is_measured(finding: &Finding) -> bool {
    measure_of(&finding.rule).is_some()
}

/// The innermost of `functions` that `finding` sets a limit to.
fn place(finding: &Finding, functions: &[Function]) -> Option<usize> {
    if !is_measured(finding) {
        return None;
    }
    let line = finding.location.region.start_line;
    let fits = |function: &FunctionMetrics| {
        (function.line..=function.end_line).contains(&line)
            && content_key(&finding.rule, &function.name) == finding.fingerprint.content
    };
    let found = functions.iter().enumerate().filter(|(_, function)| fits(&function.metrics));
    found.max_by_key(|(_, function)| function.metrics.line).map(|(index, _)| index)
}

/// Everything in `outcome` is new, as long as nothing before the change stands for it.
fn all_new(outcome: &mut Outcome) {
    let stale = outcome.directives.iter_mut().filter_map(|(_, stale)| stale.as_mut());
    outcome.findings.iter_mut().chain(stale).for_each(|finding| finding.baseline = Some(BaselineState::New));
}

/// Says of everything in `outcome`, which `file` gave, whether it was in `former`, which the file's former version gave. What is
/// left over on either side goes to `outcome.change`.
pub fn compare(
    outcome: &mut Outcome,
    file: Option<&SourceFile>,
    mut former: Outcome,
    former_file: Option<&SourceFile>,
) {
    all_new(outcome);
    let before = Function::all(former_file, &former.functions, &former.findings);
    let now = Function::all(file, &outcome.functions, &outcome.findings);
    former.findings.retain(|finding| !is_measured(finding));
    let mut old: Vec<Option<Finding>> = former.findings.into_iter().map(Some).collect();
    settle(outcome.findings.iter_mut().filter(|finding| !is_measured(finding)), &mut old, IN_FILE);
    let stale = outcome.directives.iter_mut().filter_map(|(_, stale)| stale.as_mut());
    let mut stale_before: Vec<Option<Finding>> = former.directives.into_iter().map(|(_, stale)| stale).collect();
    settle(stale, &mut stale_before, IN_FILE);
    let lost = functions(&mut outcome.findings, now, before, &mut outcome.change.functions);
    let accepting = accepting(&mut outcome.change.accepting, former.change.accepting);
    outcome.change.lost.add(Lost { findings: old.into_iter().flatten().collect(), functions: lost, accepting });
}

/// Leaves in `now` what is not in `before`, and gives what is in that alone.
fn accepting(now: &mut Vec<Acceptance>, mut before: Vec<Acceptance>) -> Vec<Acceptance> {
    now.retain(|one| match before.iter().position(|other| other.key() == one.key()) {
        Some(at) => {
            before.swap_remove(at);
            false
        }
        None => true,
    });
    before
}

/// Judges the findings on functions; gives the functions that are gone, and puts into `open` those that are new.
fn functions(
    findings: &mut [Finding],
    now: Vec<Function>,
    before: Vec<Function>,
    open: &mut HashMap<String, Function>,
) -> Vec<Function> {
    let former = same_functions(&now, &before);
    for finding in findings.iter_mut() {
        let Some(index) = place(finding, &now) else { continue };
        match former.get(&index).and_then(|at| before.get(*at)) {
            Some(before) => finding.baseline = Some(now[index].state(finding, before)),
            None => {
                open.insert(finding.fingerprint.gate.clone(), now[index].clone());
            }
        }
    }
    let known: HashSet<usize> = former.into_values().collect();
    before.into_iter().enumerate().filter(|(index, _)| !known.contains(index)).map(|(_, function)| function).collect()
}

/// For functions of `now` what they were `before`: those of one name in their order, the others by their lines. Only those
/// with findings are looked for.
fn same_functions(now: &[Function], before: &[Function]) -> HashMap<usize, usize> {
    let mut by_name: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (index, function) in before.iter().enumerate().filter(|(_, one)| !is_anonymous(one.own_name())) {
        by_name.entry(&function.metrics.name).or_default().push_back(index);
    }
    let mut same = HashMap::new();
    for (index, function) in now.iter().enumerate() {
        if let Some(former) = by_name.get_mut(function.metrics.name.as_str()).and_then(VecDeque::pop_front) {
            same.insert(index, former);
        }
    }
    let mut taken: HashSet<usize> = same.values().copied().collect();
    for (index, function) in now.iter().enumerate().filter(|(_, function)| !function.found.is_empty()) {
        if same.contains_key(&index) {
            continue;
        }
        let likely = before.iter().enumerate().filter(|(at, other)| !taken.contains(at) && function.is_likely(other));
        if let Some((former, _)) = likely.max_by_key(|(at, other)| (function.likeness(other), std::cmp::Reverse(*at))) {
            taken.insert(former);
            same.insert(index, former);
        }
    }
    same
}

/// What two findings share that are one; `None` for a finding that is not known in this way.
type Key = (u128, u64, u64);
type KeyOf = fn(&Finding) -> Option<Key>;

/// In a file: first where the neighbours are the same too, so that of two that look alike the right one is new.
const IN_FILE: &[KeyOf] = &[
    |one| Some((one.fingerprint.content, one.fingerprint.around[0], one.fingerprint.around[1])),
    |one| Some((one.fingerprint.content, one.fingerprint.around[0], 0)),
    |one| Some((one.fingerprint.content, one.fingerprint.around[1], 0)),
    |one| Some((one.fingerprint.content, 0, 0)),
];

/// In another file a neighbour must have come along; a secret is itself wherever it stands.
const ELSEWHERE: &[KeyOf] =
    &[IN_FILE[0], IN_FILE[1], IN_FILE[2], |one| one.secret.as_ref().map(|_| (one.fingerprint.content, 0, 0))];

/// Of the project as a whole. What is said counts, not only where; a package that is vulnerable in its new version as it was in
/// the old one brings nothing in.
const IN_PROJECT: &[KeyOf] = &[
    |one| Some((one.fingerprint.content, hash(one.location.path.as_str()), hash(&one.message))),
    |one| Some((one.fingerprint.content, 0, hash(&one.message))),
    |one| advisory(one).map(|advisory| (0, hash(one.location.path.as_str()), advisory)),
    |one| advisory(one).map(|advisory| (0, 0, advisory)),
];

/// The advisory and the package that a finding is about.
fn advisory(finding: &Finding) -> Option<u64> {
    let property = |wanted: &str| {
        finding.properties.iter().find(|(name, _)| *name == wanted).and_then(|(_, value)| value.as_str())
    };
    Some(hash((property("advisory")?, property("package")?)))
}

/// Marks the findings of `new` that are in `old` too, by the first of `keys` that fits, and takes them out of `old`.
fn settle<'a>(new: impl Iterator<Item = &'a mut Finding>, old: &mut [Option<Finding>], keys: &[KeyOf]) {
    let mut open: Vec<&mut Finding> = new.collect();
    for key in keys {
        if open.is_empty() || old.is_empty() {
            return;
        }
        let mut known: HashMap<Key, VecDeque<usize>> = HashMap::new();
        for (index, finding) in old.iter().enumerate() {
            if let Some(key) = finding.as_ref().and_then(key) {
                known.entry(key).or_default().push_back(index);
            }
        }
        open.retain_mut(|finding| {
            let index = key(finding).and_then(|key| known.get_mut(&key)?.pop_front());
            let Some(former) = index.and_then(|index| old.get_mut(index)?.take()) else { return true };
            let is_worse = finding.level > former.level || finding.confidence > former.confidence;
            finding.baseline = Some(if is_worse { BaselineState::Updated } else { BaselineState::Unchanged });
            false
        });
    }
}

/// Marks what the whole project had before.
pub fn compare_project(now: &mut [Finding], before: Vec<Finding>) {
    now.iter_mut().for_each(|finding| finding.baseline = Some(BaselineState::New));
    let mut before: Vec<Option<Finding>> = before.into_iter().map(Some).collect();
    settle(now.iter_mut(), &mut before, IN_PROJECT);
}

/// Marks what is new in one file and was in another before.
pub fn moved(findings: &mut [Finding], change: &mut Change) {
    let is_open = |finding: &&mut Finding| finding.baseline == Some(BaselineState::New) && !is_measured(finding);
    let mut lost: Vec<Option<Finding>> = std::mem::take(&mut change.lost.findings).into_iter().map(Some).collect();
    settle(findings.iter_mut().filter(is_open), &mut lost, ELSEWHERE);
    let mut former: HashMap<(&str, u32), usize> = HashMap::new();
    let mut taken = HashSet::new();
    for finding in findings.iter_mut().filter(|finding| finding.baseline == Some(BaselineState::New)) {
        let Some(function) = change.functions.get(&finding.fingerprint.gate) else { continue };
        let place = (function.metrics.file.as_str(), function.metrics.line);
        let at = former.get(&place).copied().or_else(|| {
            let lost = change.lost.functions.iter().enumerate();
            let likely = lost.filter(|(at, other)| !taken.contains(at) && function.is_likely(other));
            likely.max_by_key(|(at, other)| (function.likeness(other), std::cmp::Reverse(*at))).map(|(at, _)| at)
        });
        if let Some((at, before)) = at.and_then(|at| Some((at, change.lost.functions.get(at)?))) {
            former.insert(place, at);
            taken.insert(at);
            finding.baseline = Some(function.state(finding, before));
        }
    }
    accepting(&mut change.accepting, std::mem::take(&mut change.lost.accepting));
}
