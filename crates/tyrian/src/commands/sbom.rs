//! `tyrian sbom`: a bill of materials of one image, directory or tree.

use crate::cli::{SbomArgs, SbomFormat};
use crate::progress::Progress;
use crate::{Failure, exit, output, scan};
use tyrian_model::fact::{Gap, Known, Many, See};
use tyrian_model::facts::World;
use tyrian_model::image::{Distribution, Image};
use tyrian_model::packages::Package;
use tyrian_report::sbom::{Bill, cyclonedx, spdx};
use tyrian_report::text::clean;

pub(crate) fn run(args: &SbomArgs) -> Result<u8, Failure> {
    let progress = Progress::new(args.targets.quiet);
    let snapshot = scan::snapshot(&args.targets, &progress)?;
    drop(progress);
    let mut images = Vec::new();
    let mut trees = Vec::new();
    for (name, world) in &snapshot.facts.worlds {
        let see = See::new(world);
        images.extend(see.rows(&world.images).iter().map(|(row, image)| (world, row.as_str(), &**image)));
        if world.packages.is_asked() {
            trees.push((name.as_str(), world));
        }
    }
    // Images of an engine that were not opened tell nothing of what is in them.
    images.retain(|(_, _, image)| image.software.is_asked());
    let made = epoch();
    let target = args.targets.targets.first().map_or(".", String::as_str);
    let tool = scan::TOOL.split_once(' ').unwrap_or((scan::TOOL, ""));
    let tree_name = std::path::Path::new(target).canonicalize().ok();
    let tree_name =
        tree_name.as_deref().and_then(std::path::Path::file_name).map(|name| name.to_string_lossy());
    let bill = match (&images[..], &trees[..]) {
        ([(world, row, image)], []) => of_image(tool, world, row, image, made),
        ([], [(_, world)]) => Bill {
            tool,
            name: tree_name.as_deref().unwrap_or(target),
            digest: None,
            tree: true,
            made,
            distribution: None,
            packages: rows(world, &world.packages),
            gaps: world.packages.missing().collect(),
        },
        ([], []) => {
            let what =
                format!("{target}: no image, and no lock file; name an image, an archive or a source tree");
            return Err(Failure::new(exit::NOTHING, what));
        }
        _ => {
            let names: Vec<&str> =
                images.iter().map(|(_, row, _)| *row).chain(trees.iter().map(|(name, _)| *name)).collect();
            let what = format!("a bill is about one thing, and these are several: {}", names.join(", "));
            return Err(Failure::new(exit::USAGE, what));
        }
    };
    for gap in bill.gaps.iter().take(20) {
        anstream::eprintln!("tyrian: not known: {}", clean(&gap.what));
    }
    let text = match args.format {
        SbomFormat::Cyclonedx => cyclonedx::render(&bill),
        SbomFormat::Spdx => spdx::render(&bill),
    };
    let text = text.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))?;
    match &args.output {
        Some(file) => output::save(file, text.as_bytes())?,
        None => output::print(&text),
    }
    Ok(if args.targets.strict && !bill.gaps.is_empty() { exit::INCOMPLETE } else { 0 })
}

fn of_image<'a>(
    tool: (&'a str, &'a str),
    world: &'a World,
    row: &'a str,
    image: &'a Image,
    made: Option<i64>,
) -> Bill<'a> {
    let known = |value| value_of(world, value);
    let distribution: Option<&Distribution> = value_of(world, &image.distribution).and_then(Option::as_ref);
    Bill {
        tool,
        name: image.names.first().map_or_else(|| row.trim_start_matches("image:"), String::as_str),
        digest: known(&image.config_digest).map(String::as_str),
        tree: false,
        made: value_of(world, &image.created).copied().flatten().or(made),
        distribution,
        packages: rows(world, &image.software),
        gaps: image.software.missing().collect::<Vec<&Gap>>(),
    }
}

/// What is known; a bill says less where it is not.
fn value_of<'a, T>(world: &'a World, known: &'a Known<T>) -> Option<&'a T> {
    See::new(world).get(known).ok()
}

fn rows<'a>(world: &'a World, many: &'a Many<Package>) -> Vec<(&'a str, &'a Package)> {
    See::new(world).rows(many).iter().map(|(row, package)| (row.as_str(), &**package)).collect()
}

/// The time that builds which can be repeated agree on.
fn epoch() -> Option<i64> {
    std::env::var("SOURCE_DATE_EPOCH").ok()?.parse().ok()
}
