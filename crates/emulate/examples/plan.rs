//! Prints the plan of techniques, for trying them by hand: `plan NAME… > plan`, then `probe plan` wherever it is to
//! run. Without names: every technique that shares its clone.

use std::io::Write;
use std::net::Ipv4Addr;
use tyrian_emulate::program::encode;
use tyrian_emulate::technique::Place;
use tyrian_emulate::techniques::TECHNIQUES;

fn main() -> std::io::Result<()> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let address = std::env::var("NEIGHBOUR").ok().and_then(|address| address.parse().ok());
    let place = Place {
        mark: "tyrian-by-hand".to_owned(),
        canary: "canary-by-hand".to_owned(),
        probe: "/.tyrian",
        neighbour_process: 4242,
        neighbour: address.unwrap_or(Ipv4Addr::new(192, 0, 2, 1)),
    };
    let mut programs = Vec::new();
    for technique in TECHNIQUES {
        let named = names.iter().any(|name| name == technique.name);
        if named || names.is_empty() && !technique.alone {
            for variant in (technique.variants)(&place) {
                let labels: Vec<&str> = variant.program.steps.iter().map(|step| step.label()).collect();
                let (name, number) = (technique.name, programs.len());
                let line = format!("{number} {name} {} {}\n", variant.name, labels.join(" "));
                std::io::stderr().write_all(line.as_bytes())?;
                programs.push(variant.program);
            }
        }
    }
    let plan = encode(&programs, 5).map_err(|wrong| std::io::Error::other(wrong.to_string()))?;
    std::io::stdout().write_all(&plan)
}
