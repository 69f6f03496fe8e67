use std::fmt::Write;
use std::path::Path;

use jiff::civil::Date;
use serde_json::json;

use super::args::{ExceptionsArgs, ExceptionsCommand, ExceptionsExportArgs, ExceptionsListArgs, TextOrJson};
use super::export::export;
use super::output::{Failure, emit_text, plural, remark};
use super::policy_files;
use super::project::Place;
use crate::model::Target;
use crate::policy::{Exception, Settings, Validity};
use crate::scan::exclusions;
use crate::source::walk;

pub fn run(args: &ExceptionsArgs) -> Result<u8, Failure> {
    match &args.command {
        ExceptionsCommand::List(args) => list(args),
        ExceptionsCommand::Export(args) => write(args),
    }
}

/// The policy with the exceptions of all files, and the day.
fn policy(path: &Path, config: Option<&Path>) -> Result<(Settings, Date), Failure> {
    let place = Place::of(&[path.to_owned()])?;
    let rules = place.rules(None)?;
    let mut configuration = place.config(config, &rules)?;
    configuration.policy.exceptions.extend(policy_files::exceptions(&place, &rules)?);
    let exclude = exclusions(&configuration.scan);
    let targets: Vec<Target> = walk(&place.root, &place.paths, &exclude).targets;
    let top = place.config_folder(config);
    let policy = policy_files::nested(&place, top.as_deref(), &configuration, &rules, &targets)?;
    Ok((policy, policy_files::today()?))
}

fn list(args: &ExceptionsListArgs) -> Result<u8, Failure> {
    let (policy, today) = policy(&args.path, args.config.as_deref())?;
    let entries: Vec<(&Exception, Validity)> = policy
        .exceptions
        .iter()
        .map(|exception| (exception, exception.validity(Some(today), policy.expiry_warning_days)))
        .collect();
    let text = match args.format {
        TextOrJson::Text => table(&entries),
        TextOrJson::Json => format!("{:#}\n", report(&entries)),
    };
    emit_text(None, &text)?;
    Ok(0)
}

fn state(validity: Validity) -> &'static str {
    match validity {
        Validity::Holds => "holds",
        Validity::Ends(_) => "expiring",
        Validity::Expired => "expired",
    }
}

fn table(entries: &[(&Exception, Validity)]) -> String {
    let mut text = String::new();
    for (exception, validity) in entries {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{:8}  until {}  {}", state(*validity), exception.expires, exception.subject());
        let _ = writeln!(text, "          {}: {} ({})", exception.place, exception.reason, exception.owner);
    }
    let expired = entries.iter().filter(|(_, validity)| *validity == Validity::Expired).count();
    let over = if expired == 0 { String::new() } else { format!(", {expired} expired") };
    let _ = writeln!(text, "{}{over}", plural(entries.len(), "exception"));
    text
}

fn report(entries: &[(&Exception, Validity)]) -> serde_json::Value {
    let entry = |(exception, validity): &(&Exception, Validity)| {
        json!({
            "state": state(*validity),
            "subject": exception.subject(),
            "advisories": exception.advisories,
            "fingerprints": exception.fingerprints,
            "packages": exception.packages.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "owner": exception.owner,
            "reason": exception.reason,
            "expires": exception.expires.to_string(),
            "place": exception.place,
        })
    };
    json!({ "schema_version": 1, "exceptions": entries.iter().map(entry).collect::<Vec<_>>() })
}

fn write(args: &ExceptionsExportArgs) -> Result<u8, Failure> {
    let (policy, today) = policy(&args.path, args.config.as_deref())?;
    let exported = export(&policy.exceptions, args.format, today);
    emit_text(args.output.as_deref(), &exported.text)?;
    exported.left_out.iter().for_each(|one| remark(one));
    Ok(0)
}
