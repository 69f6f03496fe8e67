use std::collections::BTreeMap;

use super::args::{SbomArgs, SbomFormat};
use super::environment;
use super::output::{self, Failure};
use super::project::Place;
use crate::report::sbom::{Bill, cyclonedx, spdx};

pub fn run(args: &SbomArgs) -> Result<u8, Failure> {
    if let Some(file) = &args.output {
        output::check_writable(file)?;
    }
    let place = Place::of(std::slice::from_ref(&args.path))?;
    let config = place.config(None, &place.rules(None)?)?;
    let (inventories, faults) = place.inventories(&config.scan);
    if inventories.is_empty() && faults.is_empty() {
        let message = format!("there is no lockfile in {}", args.path.display());
        return Err(Failure::new(message));
    }
    let name = place.root.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned());
    let created = environment::source_date().map(|time| time.to_string());
    let licenses = BTreeMap::new();
    let bill = Bill { name: &name, inventories: &inventories, created: created.as_deref(), licenses: &licenses };
    let document = match args.format {
        SbomFormat::Cyclonedx => cyclonedx(&bill),
        SbomFormat::Spdx => spdx(&bill),
    };
    output::emit_text(args.output.as_deref(), &format!("{document:#}\n"))?;
    faults.iter().for_each(|fault| output::remark(fault));
    Ok(if faults.is_empty() { 0 } else { 2 })
}
