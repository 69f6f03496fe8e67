use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tracing::trace_span;

use super::args::{ReportArg, ScanArgs};
use super::db;
use super::environment;
use super::log::Log;
use super::output::{self, Failure};
use super::policy_base::PolicyBase;
use super::policy_files::{self, BaselineFile};
use super::progress::Bar;
use super::project::Place;
use super::sources;
use crate::advisory::AdvisorySource;
use crate::config::Config;
use crate::model::{Analysis, Coverage, NotificationKind, Run};
use crate::policy::{Baseline, Settings, Vex};
use crate::report::{Detail, FORMATS, Options};
use crate::rulebook::RuleSet;
use crate::scan::{Found, Request, scan_found};

pub fn run(args: &ScanArgs) -> Result<u8, Failure> {
    once(args, &Log::start(args))
}

/// Scans, reports, and returns the exit code.
pub fn once(args: &ScanArgs, log: &Log) -> Result<u8, Failure> {
    let started = Instant::now();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "run started");
    let reports = reports(args)?;
    let run = scanned(args, reports.iter().any(|report| report.format.needs_line_hashes()))?.run;
    log_run(&run);
    write_reports(args, &reports, &run)?;
    let code = run.verdict.exit_code();
    log.report_timings(started.elapsed());
    let ms = started.elapsed().as_secs_f64() * 1e3;
    tracing::info!(verdict = run.verdict.name(), exit_code = code, ms, "run ended");
    Ok(code)
}

/// What was looked at, and what was not.
fn log_run(run: &Run) {
    for told in &run.notifications {
        let path = told.path.as_ref().map(|path| path.as_str());
        let (kind, text) = (told.kind.id(), told.message.as_str());
        match told.kind {
            kind_of if kind_of.is_incomplete() => tracing::warn!(kind, path, "{text}"),
            NotificationKind::Note => tracing::info!(kind, path, "{text}"),
            _ => tracing::debug!(kind, path, "{text}"),
        }
    }
    let Coverage { files, bytes, lines, packages, objects, .. } = run.coverage;
    tracing::info!(files, bytes, lines, packages, objects, findings = run.findings.len(), "scanned");
}

fn write_reports(args: &ScanArgs, reports: &[ReportArg], run: &Run) -> Result<(), Failure> {
    let time = environment::run_time();
    for report in reports {
        let _span = trace_span!("report").entered();
        let is_printed = report.file.is_none();
        let color = is_printed && output::stdout_has_color();
        let width = is_printed.then(output::stdout_width).flatten();
        let (time, run_id) = (time.as_deref(), args.run_id.as_deref());
        let options = Options { color, width, detail: detail(args), time, run_id };
        let mut omitted = None;
        output::emit(report.file.as_deref(), |out| {
            omitted = report.format.write(run, options, out)?;
            Ok(())
        })?;
        if let Some(omitted) = omitted {
            output::remark(&format!("{}: {omitted}", report.format.name()));
        }
        let file = report.file.as_ref().map(|file| file.display().to_string());
        tracing::info!(format = report.format.name(), file, "report written");
    }
    Ok(())
}

/// A run, and what it was compared with.
pub struct Scanned {
    pub run: Run,
    pub baseline: Option<Baseline>,
    pub baseline_file: BaselineFile,
}

/// What the options ask for, looked at and judged.
pub fn scanned(args: &ScanArgs, line_hashes: bool) -> Result<Scanned, Failure> {
    let place = Place::of(&args.paths)?;
    let repository = sources::repository(args)?;
    let place = sources::place(place, repository.as_ref());
    let range = sources::range(args, repository.as_ref())?;
    let base = PolicyBase::of(args, &place, repository.as_ref(), range.as_ref())?;
    if !args.quiet && args.log_format.is_none() {
        range.iter().for_each(|range| output::remark(&range.told));
        base.iter().for_each(|base| output::remark(&base.told()));
    }
    let named = |failure| base.iter().fold(failure, |failure, base| base.named(failure));
    let Policy { place: judge, rules, config, baseline, baseline_file } =
        policy(args, &place, base.as_ref()).map_err(named)?;
    let analyses = analyses(args, &config)?;
    let database = trace_span!("database").in_scope(|| database(args, &analyses))?;
    let request = Request {
        input: sources::input(args, &place, &config, repository.as_ref(), (range.as_ref(), base.as_ref()))?,
        history: sources::history(args, &analyses, repository)?,
        root: place.root.clone(),
        config,
        rules,
        analyses,
        baseline,
        advisories: database.as_ref().map(|database| database.as_ref()).map_err(Clone::clone),
        threads: args.threads.map(usize::from),
        functions: false,
        line_hashes,
    };
    let found = Found::of(&request);
    let top = judge.config_folder(given(args.config.as_deref(), base.as_ref()).as_deref());
    let policy = policy_files::nested(judge, top.as_deref(), &request.config, &request.rules, &found.targets);
    let policy = overruled(args, policy.map_err(named)?);
    let run = {
        let bar = Bar::new(!args.quiet && args.log_format.is_none());
        scan_found(&request, found, &policy, &bar)
    };
    Ok(Scanned { run, baseline: request.baseline, baseline_file })
}

/// What the run is judged by.
struct Policy<'a> {
    /// Where it was read from.
    place: &'a Place,
    rules: RuleSet,
    config: Config,
    baseline: Option<Baseline>,
    baseline_file: BaselineFile,
}

/// The policy of the work tree, or of where the change starts.
fn policy<'a>(args: &ScanArgs, place: &'a Place, base: Option<&'a PolicyBase>) -> Result<Policy<'a>, Failure> {
    let place = base.map_or(place, |base| &base.place);
    let given = |path: Option<&Path>| given(path, base);
    let rules = trace_span!("rules").in_scope(|| place.rules(given(args.rules.as_deref()).as_deref()))?;
    let config = config(args, place, given(args.config.as_deref()).as_deref(), &rules)?;
    base.iter().try_for_each(|base| base.add(&config.baseline.file))?;
    let named = args.baseline_to_write.as_ref().map_or(args.baseline.as_deref(), Option::as_deref);
    let baseline_file = BaselineFile::of(place, given(named).as_deref(), &config);
    let is_wanted = config.baseline.enabled || args.baseline.is_some() || args.baseline_to_write.is_some();
    let must_be_there = args.baseline.is_some() && base.is_none();
    let baseline = match is_wanted && !args.no_baseline {
        true => baseline_file.load(must_be_there)?,
        false => None,
    };
    Ok(Policy { place, rules, config, baseline, baseline_file })
}

/// The file or folder that the command line names, where the policy is read from.
fn given(path: Option<&Path>, base: Option<&PolicyBase>) -> Option<PathBuf> {
    match base {
        Some(base) => base.of_given(path),
        None => path.map(Path::to_owned),
    }
}

/// What the files below say and then the command line, which has the last word.
fn overruled(args: &ScanArgs, mut policy: Settings) -> Settings {
    if let Some(fail_on) = args.fail_on {
        policy.fail_on = fail_on.level();
        policy.per_analysis.clear();
        policy.folders.clear();
        policy.clauses.clear();
    }
    policy.strict |= args.strict;
    policy
}

/// What is written in the files of the root, and what the command line says of what is looked at.
fn config(args: &ScanArgs, place: &Place, file: Option<&Path>, rules: &RuleSet) -> Result<Config, Failure> {
    let mut config = place.config(file, rules)?;
    config.policy.exceptions.extend(policy_files::exceptions(place, rules)?);
    config.policy.today = Some(policy_files::today()?);
    config.scan.archives |= args.archives;
    config.policy.vex = args.vex.iter().map(|file| vex(file)).collect::<Result<_, _>>()?;
    config.dependencies.max_age_days = args.max_age.or(config.dependencies.max_age_days);
    Ok(config)
}

fn vex(file: &Path) -> Result<Vex, Failure> {
    let wrong = |message: String| Failure::new(format!("{}: {message}", file.display()));
    Vex::parse(&fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?).map_err(wrong)
}

/// The advisory database, or why there is none; one that was named must be there.
fn database(
    args: &ScanArgs,
    analyses: &BTreeSet<Analysis>,
) -> Result<Result<Box<dyn AdvisorySource>, String>, Failure> {
    if !analyses.contains(&Analysis::Dependencies) {
        return Ok(Err("not needed".to_owned()));
    }
    match (db::open(args.db.as_deref(), args.online.as_deref(), args.offline), &args.db) {
        (Err(message), Some(folder)) => {
            Err(Failure::new(format!("the advisory database in {} could not be opened: {message}", folder.display())))
        }
        (opened, _) => Ok(opened),
    }
}

/// Those of `--only`, or all that run by default and what the configuration adds, without those of `--skip`.
fn analyses(args: &ScanArgs, config: &Config) -> Result<BTreeSet<Analysis>, Failure> {
    let is_asked = |analysis: &Analysis| match args.only.as_slice() {
        [] if args.sbom.is_some() => *analysis == Analysis::Dependencies,
        [] => analysis.is_default() || (*analysis == Analysis::Pii && config.pii),
        only => only.contains(analysis),
    };
    let left: BTreeSet<Analysis> =
        Analysis::ALL.into_iter().filter(is_asked).filter(|analysis| !args.skip.contains(analysis)).collect();
    if left.is_empty() {
        return Err(Failure::new("--only and --skip together leave no analysis to run"));
    }
    Ok(left)
}

/// The reports that were asked for: at most one on standard output, no two in one file.
fn reports(args: &ScanArgs) -> Result<Vec<ReportArg>, Failure> {
    let mut reports = args.formats.clone();
    if reports.is_empty() {
        reports.extend(FORMATS.first().map(|format| ReportArg { format: *format, file: None }));
    }
    if let Some(file) = &args.output {
        match reports.as_mut_slice() {
            [only] if only.file.is_none() => only.file = Some(file.clone()),
            _ => {
                let message = "--output takes one report; give each its file with --format FORMAT=FILE instead";
                return Err(Failure::new(message));
            }
        }
    }
    let printed: Vec<&str> =
        reports.iter().filter(|report| report.file.is_none()).map(|report| report.format.name()).collect();
    if printed.len() > 1 {
        let message =
            format!("{} would all go to standard output; give a file with --format FORMAT=FILE", printed.join(" and "));
        return Err(Failure::new(message));
    }
    let mut files = BTreeSet::new();
    for file in reports.iter().filter_map(|report| report.file.as_deref()) {
        if !files.insert(file) {
            return Err(Failure::new(format!("two reports would be written to {}", file.display())));
        }
        output::check_writable(file)?;
    }
    Ok(reports)
}

fn detail(args: &ScanArgs) -> Detail {
    match (args.quiet, args.verbose) {
        (true, _) => Detail::Summary,
        (false, 0) => Detail::Findings,
        (false, _) => Detail::Everything,
    }
}
