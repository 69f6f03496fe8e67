use std::collections::BTreeSet;

use super::args::{ReportArg, ScanArgs};
use super::cache;
use super::output::{self, Failure};
use super::progress::Bar;
use super::project::Place;
use crate::advisory::AdvisorySource;
use crate::model::Analysis;
use crate::report::{Detail, FORMATS, Options};
use crate::scan::{Request, scan};

pub fn run(args: &ScanArgs) -> Result<u8, Failure> {
    let reports = reports(args)?;
    let analyses = analyses(args)?;
    let database =
        analyses.contains(&Analysis::Dependencies).then(|| cache::advisories(args.db.as_deref())).transpose()?;
    let advisories: Result<&dyn AdvisorySource, String> = match &database {
        Some(Ok(database)) => Ok(database),
        Some(Err(why)) => Err(why.clone()),
        None => Err("the dependencies were not asked for".to_owned()),
    };
    let request = request(args, &reports, analyses, advisories)?;
    let run = {
        let bar = Bar::new(!args.quiet);
        scan(&request, &bar)
    };
    for report in &reports {
        let color = report.file.is_none() && output::stdout_has_color();
        let options = Options { color, detail: detail(args) };
        output::emit(report.file.as_deref(), |out| report.format.write(&run, options, out))?;
    }
    Ok(run.verdict.exit_code())
}

fn request<'a>(
    args: &ScanArgs,
    reports: &[ReportArg],
    analyses: BTreeSet<Analysis>,
    advisories: Result<&'a dyn AdvisorySource, String>,
) -> Result<Request<'a>, Failure> {
    let place = Place::of(&args.paths)?;
    let rules = place.rules(args.rules.as_deref())?;
    let mut config = place.config(args.config.as_deref(), &rules)?;
    if let Some(fail_on) = args.fail_on {
        config.policy.fail_on = fail_on.level();
        config.policy.per_analysis.clear();
    }
    config.policy.strict |= args.strict;
    Ok(Request {
        paths: place.paths,
        root: place.root,
        config,
        rules,
        analyses,
        advisories,
        threads: args.threads.map(usize::from),
        line_hashes: reports.iter().any(|report| report.format.needs_line_hashes()),
        functions: false,
    })
}

fn analyses(args: &ScanArgs) -> Result<BTreeSet<Analysis>, Failure> {
    let asked = if args.only.is_empty() { &Analysis::ALL[..] } else { &args.only };
    let left: BTreeSet<Analysis> = asked.iter().copied().filter(|analysis| !args.skip.contains(analysis)).collect();
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
