//! `tyrian diff`: what two images differ in.

use crate::assess::{Judged, assess};
use crate::cli::{DiffArgs, DiffFormat, PolicyArgs, Targets};
use crate::difference::{self, Of};
use crate::progress::Progress;
use crate::{Failure, exit, output, scan};
use tyrian_model::fact::{Known, See};
use tyrian_model::facts::World;
use tyrian_model::image::Image;
use tyrian_report::difference::{Difference, FORMAT, Side, human, json};

pub(crate) fn run(args: &DiffArgs) -> Result<u8, Failure> {
    let [first, second] = &args.targets.targets[..] else {
        return Err(Failure::new(
            exit::USAGE,
            "name two images: tyrian diff image:shop/web:1.0 image:shop/web:1.1",
        ));
    };
    let progress = Progress::new(args.targets.quiet);
    let policy = PolicyArgs { config: None, policy: None, baseline: None, vex: Vec::new() };
    let judge = |target: &String, quiet| {
        let targets = Targets { targets: vec![target.clone()], quiet, ..args.targets.clone() };
        assess(&targets, &policy, &progress)
    };
    // That there is no advisory database need not be said twice.
    let judged = [judge(first, args.targets.quiet)?, judge(second, true)?];
    drop(progress);
    let before = one(&judged[0], first)?;
    let after = one(&judged[1], second)?;
    let mut found = Difference {
        format: FORMAT,
        tool: scan::TOOL.to_owned(),
        before: before.side(first),
        after: after.side(second),
        packages: None,
        files: None,
        file_counts: None,
        folders: None,
        configuration: Vec::new(),
        new_findings: Vec::new(),
        gone_findings: Vec::new(),
        same_findings: 0,
        not_compared: Vec::new(),
    };
    difference::fill(&mut found, &before.of(&judged[0]), &after.of(&judged[1]));
    let text = match args.format {
        DiffFormat::Human => human(&found, output::terminal_columns(), args.all),
        DiffFormat::Json => json(&found).map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))?,
    };
    match &args.output {
        Some(file) => output::save(file, text.as_bytes())?,
        None => output::print(&text),
    }
    let worst = found.new_findings.iter().map(|finding| finding.severity).max();
    Ok(match args.fail_on {
        Some(limit) if worst.is_some_and(|worst| worst >= limit.into()) => exit::GATE,
        _ if args.targets.strict && !found.not_compared.is_empty() => exit::INCOMPLETE,
        _ => 0,
    })
}

/// An image in its world.
struct Found<'a> {
    name: &'a str,
    world: &'a World,
    row: &'a str,
    image: &'a Image,
}

/// The one image of a target.
fn one<'a>(judged: &'a Judged, target: &str) -> Result<Found<'a>, Failure> {
    let mut all = Vec::new();
    for (name, world) in &judged.snapshot.facts.worlds {
        let rows = See::new(world).rows(&world.images).iter();
        all.extend(rows.map(|(row, image)| Found { name, world, row, image }));
    }
    if all.len() > 1 {
        // Images of an engine that were not opened.
        all.retain(|found| found.image.software.is_asked());
    }
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => Err(Failure::new(exit::NOTHING, format!("{target}: there is no image in it"))),
        _ => {
            let names: Vec<&str> = all.iter().map(|found| found.row).take(20).collect();
            let what =
                format!("{target}: two images are compared, and this is several: {}", names.join(", "));
            Err(Failure::new(exit::USAGE, what))
        }
    }
}

impl<'a> Found<'a> {
    fn side(&self, target: &str) -> Side {
        let distribution = self.known(&self.image.distribution).and_then(Option::as_ref);
        let distribution = distribution.map(|found| format!("{} {}", found.id, found.version));
        Side {
            target: target.to_owned(),
            name: self
                .image
                .names
                .first()
                .cloned()
                .unwrap_or_else(|| self.row.trim_start_matches("image:").to_owned()),
            digest: self.known(&self.image.config_digest).cloned(),
            distribution: distribution.map(|text| text.trim_end().to_owned()),
            size: self.known(&self.image.size).copied(),
        }
    }
    fn known<T>(&self, fact: &'a Known<T>) -> Option<&'a T> {
        See::new(self.world).get(fact).ok()
    }
    fn of(&self, judged: &'a Judged) -> Of<'a> {
        let subject = tyrian_model::subject::id(self.name, self.row, None);
        let packages =
            See::new(self.world).rows(&self.image.software).values().map(|package| &**package).collect();
        let findings = judged.report.open().filter(|finding| finding.subject == subject).collect();
        Of { image: self.image, packages, findings }
    }
}
