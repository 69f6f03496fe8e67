use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::args::{ReportArg, ScanArgs};
use super::db;
use super::output::{self, Failure};
use super::progress::Bar;
use super::project::Place;
use super::sources;
use crate::advisory::AdvisorySource;
use crate::config::Config;
use crate::model::Analysis;
use crate::policy::Vex;
use crate::report::{Detail, FORMATS, Options};
use crate::rulebook::RuleSet;
use crate::scan::{Request, scan};

pub fn run(args: &ScanArgs) -> Result<u8, Failure> {
    let reports = reports(args)?;
    let place = Place::of(&args.paths)?;
    let repository = sources::repository(args)?;
    let place = sources::place(place, repository.as_ref());
    let rules = place.rules(args.rules.as_deref())?;
    let config = config(args, &place, &rules)?;
    let analyses = analyses(args, &config)?;
    let database = database(args, &analyses)?;
    let request = Request {
        input: sources::input(args, &place, &config, repository.as_ref())?,
        history: sources::history(args, &analyses, repository)?,
        root: place.root,
        config,
        rules,
        analyses,
        advisories: database.as_ref().map(|database| database.as_ref()).map_err(Clone::clone),
        threads: args.threads.map(usize::from),
        functions: false,
        line_hashes: reports.iter().any(|report| report.format.needs_line_hashes()),
    };
    let run = {
        let bar = Bar::new(!args.quiet);
        scan(&request, &bar)
    };
    for report in &reports {
        let is_printed = report.file.is_none();
        let color = is_printed && output::stdout_has_color();
        let width = is_printed.then(output::stdout_width).flatten();
        let options = Options { color, width, detail: detail(args) };
        output::emit(report.file.as_deref(), |out| report.format.write(&run, options, out))?;
    }
    Ok(run.verdict.exit_code())
}

/// What is written in the file, with what the command line says on top of it.
fn config(args: &ScanArgs, place: &Place, rules: &RuleSet) -> Result<Config, Failure> {
    let mut config = place.config(args.config.as_deref(), rules)?;
    if let Some(fail_on) = args.fail_on {
        config.policy.fail_on = fail_on.level();
        config.policy.per_analysis.clear();
    }
    config.policy.strict |= args.strict;
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
