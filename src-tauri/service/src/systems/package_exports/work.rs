//! The work: choose the components, pack them, store the package.

use std::io::{BufWriter, Write as _};

use super::package::{self, Spoilt};
use super::{Format, Wanted, estate};
use crate::faults::Fault;
use crate::objects::{NewObject, ObjectStore, StoredObject};
use crate::queue::Failure;
use crate::queue::workers::{Attempt, Ended};

/// What an attempt does from which percentage on, and the seconds it takes at pace 1; they add up to three.
const STEPS: [(u8, &str, f64); 9] = [
    (2, "Reading the environment", 0.3),
    (12, "Resolving dependencies", 0.3),
    (22, "Exporting work types", 0.3),
    (34, "Exporting workflows", 0.4),
    (48, "Exporting forms", 0.4),
    (60, "Exporting option sets and permissions", 0.4),
    (72, "Exporting templates", 0.3),
    (84, "Writing the package", 0.4),
    (95, "Storing the package", 0.2),
];

/// The components are exported before the package is written.
const EXPORTING: usize = 7;

/// What a job does that is so far.
pub(super) fn step_at(percent: u8) -> &'static str {
    STEPS.iter().rev().find(|(from, ..)| percent >= *from).map_or("Starting", |(_, step, _)| step)
}

pub(in crate::systems) fn perform(attempt: &Attempt, objects: &ObjectStore) -> Result<StoredObject, Ended> {
    let job = attempt.job();
    let wanted: Wanted = serde_json::from_str(&job.request).map_err(|_| gone())?;
    let estate = estate::of(&wanted.environment).ok_or_else(gone)?;
    let options = wanted.options;
    let (exporting, packing) = STEPS.split_at(EXPORTING);
    for (percent, _, seconds) in exporting {
        attempt.step(*percent, *seconds)?;
    }
    let components = estate.select(wanted.kind, &wanted.system_name, options.include_dependencies).ok_or_else(gone)?;
    let spoilt = spoilt(attempt, options.format);
    let object = NewObject {
        key: format!("packages/{}.{}", job.id, options.extension()),
        content_type: options.content_type(),
        name: format!("export_{}.{}", job.id, options.extension()),
    };
    objects.put(attempt.bounds(), object, |file| {
        let mut out = BufWriter::with_capacity(256 * 1024, file);
        package::write(&components, options, spoilt, &mut out)?;
        out.flush()?;
        packing.iter().try_for_each(|(percent, _, seconds)| attempt.step(*percent, *seconds))
    })
}

/// In what way this package is to be broken on purpose. What is about manifests and files does not fit a JSON document.
fn spoilt(attempt: &Attempt, format: Format) -> Option<Spoilt> {
    let of_zip = [
        (Fault::PackageNoManifest, Spoilt::NoManifest),
        (Fault::PackageMissingFile, Spoilt::MissingFile),
        (Fault::PackageNotZip, Spoilt::NotZip),
    ];
    if attempt.strikes(Fault::PackageEmpty) {
        return Some(Spoilt::Empty);
    }
    let mut of_zip = of_zip.into_iter().filter(|_| format == Format::Zip);
    of_zip.find(|(fault, _)| attempt.strikes(*fault)).map(|(_, spoilt)| spoilt)
}

/// What was asked for was checked then; only an environment that has changed since can lead here.
fn gone() -> Ended {
    Ended::Lasting(Failure {
        error: "What was asked for is not in this environment any more".to_owned(),
        remediation: "Look at the environments and ask for the export anew".to_owned(),
    })
}
