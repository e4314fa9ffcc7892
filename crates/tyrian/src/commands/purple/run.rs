//! `tyrian purple run` and `clean`.

use super::plan::{Victim, chosen, victims};
use crate::cli::{CleanArgs, DriverChoice, PurpleFormat, RunArgs};
use crate::consent::{Asked, Leave, allow, leave};
use crate::progress::Progress;
use crate::scan;
use crate::{Failure, exit, output, proof, state};
use std::fmt::Write;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tyrian_emulate::attack::{Request, attack, for_probe, in_force, once_more};
use tyrian_emulate::clone::{self, Driver, Trouble, docker, namespaces, runc};
use tyrian_emulate::detector::{Ear, Source, conclude};
use tyrian_emulate::here::capabilities;
use tyrian_emulate::neighbour;
use tyrian_emulate::record;
use tyrian_emulate::spec::{Filter, Image, Spec};
use tyrian_emulate::target::runtime_default;
use tyrian_emulate::technique::Technique;
use tyrian_emulate::techniques::TECHNIQUES;
use tyrian_model::purple::{Basis, FORMAT, Run, Techniques};
use tyrian_report::text;

pub(crate) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let techniques = chosen(&args.technique, args.layer)?;
    sources(&args.detector)?;
    let progress = Progress::new(args.quiet);
    let mut all = Vec::new();
    for target in &args.target {
        all.extend(victims(target, args, &progress)?);
    }
    if args.dry_run {
        drop(progress);
        output::print(&dry_run(&all, &techniques));
        return Ok(0);
    }
    let leave = leave(args.lab, args.scope.as_deref())?;
    let mut runs = Vec::new();
    for victim in &all {
        let run = one(victim, &techniques, args, &leave, &progress)?;
        keep(&run)?;
        runs.push(run);
    }
    drop(progress);
    let shown = match args.format {
        PurpleFormat::Human => {
            let columns = output::terminal_columns();
            let shown = runs.iter().map(|run| tyrian_report::purple::render(run, args.all, columns));
            shown.collect::<Vec<_>>().join("\n")
        }
        PurpleFormat::Json => {
            // One target is one run; several are a list of them.
            let json = match runs.as_slice() {
                [run] => serde_json::to_string_pretty(run),
                runs => serde_json::to_string_pretty(runs),
            };
            json.map_err(|error| Failure::new(exit::INTERNAL, error.to_string()))? + "\n"
        }
    };
    output::print(&shown);
    Ok(0)
}

/// Adds a run to the record.
pub(super) fn keep(run: &Run) -> Result<(), Failure> {
    let file = record::file(&state::directory("the record of runs")?);
    record::append(&file, run).map_err(|what| Failure::new(exit::INTERNAL, what))
}

/// What would be tried, and what is in force against it.
fn dry_run(victims: &[Victim], techniques: &[&Technique]) -> String {
    let mut out = String::new();
    for victim in victims {
        let _ = writeln!(out, "{}  {}", text::clean(&victim.target), text::clean(&victim.subject));
        let force = in_force(&victim.spec, &capabilities());
        let names: Vec<&str> = force.iter().map(|setting| setting.name()).collect();
        out.push_str(&tyrian_report::text::hang(
            &format!("in force: {}", if names.is_empty() { "nothing".into() } else { names.join(", ") }),
            output::terminal_columns(),
            "  ",
            "    ",
        ));
        for remark in &victim.remarks {
            let _ = writeln!(out, "  {}", text::clean(remark));
        }
    }
    let _ = writeln!(out, "would try, on a clone of each:");
    for technique in techniques {
        let _ = writeln!(out, "  {}", technique.name);
    }
    out
}

/// One workload: its clone is attacked, and the run is what came of it.
fn one(
    victim: &Victim,
    techniques: &[&'static Technique],
    args: &RunArgs,
    leave: &Leave,
    progress: &Progress,
) -> Result<Run, Failure> {
    allowed(victim, techniques, leave)?;
    let mut lab = Lab::start(victim, args, progress)?;
    lab.attack(victim, &victim.spec, techniques, args.attribute, progress)
}

/// Is it allowed to attack clones of it?
pub(super) fn allowed(victim: &Victim, techniques: &[&Technique], leave: &Leave) -> Result<(), Failure> {
    let names: Vec<&str> = techniques.iter().map(|technique| technique.name).collect();
    let asked = Asked { target: &victim.target, techniques: &names, labels: &victim.labels };
    allow(leave, &asked, &jiff::Zoned::now())?;
    for remark in &victim.remarks {
        anstream::eprintln!("tyrian: {}", text::clean(remark));
    }
    Ok(())
}

/// How long is waited for an alert after the last attempt.
const LATE: Duration = Duration::from_secs(3);

/// The tools whose alerts are read.
fn sources(detectors: &[String]) -> Result<Vec<Source>, Failure> {
    let parse = |text: &String| {
        Source::parse(text).map_err(|what| Failure::new(exit::USAGE, format!("--detector {text}: {what}")))
    };
    detectors.iter().map(parse).collect()
}

/// A driver whose neighbour runs.
pub(super) struct Lab {
    pub(super) driver: Driver,
    neighbour: clone::Neighbour,
    capabilities: std::collections::BTreeSet<String>,
    mark: String,
    canary: String,
    sources: Vec<Source>,
    runs: usize,
}

impl Lab {
    /// Starts the driver and the neighbour for one workload.
    pub(super) fn start(victim: &Victim, args: &RunArgs, progress: &Progress) -> Result<Lab, Failure> {
        progress.now("starting the neighbour");
        let mark = format!("tyrian-{}", random(4)?);
        let canary = format!("canary-{}", random(12)?);
        let mut driver = driver(args, victim, &mark, &canary)?;
        let failed = |trouble: Trouble| Failure::new(exit::NOTHING, format!("{}: {trouble}", victim.target));
        let job = neighbour::job(&mark, &canary, &victim.spec.image, driver.holds_neighbour());
        let neighbour = driver.start_neighbour(&job).map_err(failed)?;
        let capabilities = driver.capabilities().map_err(failed)?;
        let sources = sources(&args.detector)?;
        Ok(Lab { driver, neighbour, capabilities, mark, canary, sources, runs: 0 })
    }

    /// Attacks clones of that spec, which is the victim's own or one that it is to have.
    pub(super) fn attack(
        &mut self,
        victim: &Victim,
        spec: &Spec,
        techniques: &[&'static Technique],
        attribute: bool,
        progress: &Progress,
    ) -> Result<Run, Failure> {
        let (began, started) = (Instant::now(), jiff::Timestamp::now().as_second());
        let spec = with_its_filter(&self.driver, spec)
            .map_err(|trouble| Failure::new(exit::NOTHING, format!("{}: {trouble}", victim.target)))?;
        let spec = for_probe(&spec);
        // A second run in the same lab has a word of its own, and clones with names of their own.
        self.runs += 1;
        let mark = if self.runs == 1 { self.mark.clone() } else { format!("{}-{}", self.mark, self.runs) };
        let stop = stop_on_signals();
        let request = Request {
            spec: &spec,
            techniques,
            attribute,
            mark: &mark,
            canary: &self.canary,
            capabilities: &self.capabilities,
            stop: &stop,
            listening: !self.sources.is_empty(),
            progress: &|what| progress.now(what),
        };
        let ears = self.sources.iter().map(|source| Ear::open(source, &mark)).collect();
        let mut attacked = attack(&self.driver, &self.neighbour, &request);
        if request.listening {
            progress.now("waiting for late alerts");
        }
        let detectors = conclude(ears, &mut attacked, &mark, LATE, &mut |number| {
            once_more(&self.driver, &self.neighbour, &request, number);
        });
        Ok(Run {
            format: FORMAT,
            id: mark.clone(),
            started,
            milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            who: who(),
            target: victim.target.clone(),
            subject: victim.subject.clone(),
            basis: Basis {
                image: victim.image.clone(),
                configuration: victim.configuration.clone(),
                kernel: proof::kernel(),
                runtime: self.driver.version(),
                rules: proof::rules(),
            },
            driver: self.driver.name().to_owned(),
            detectors,
            techniques: Techniques { known: TECHNIQUES.len(), tried: techniques.len() },
            whole: !stop.load(std::sync::atomic::Ordering::Relaxed),
            attributed: attribute,
            proposed: false,
            attempts: attacked.attempts,
        })
    }
}

/// The spec with the text of the runtime's own filter: only then can it be marked and kept alone. Where it cannot be seen,
/// the engine still applies it, and other drivers take one that refuses the same calls.
fn with_its_filter(driver: &Driver, spec: &Spec) -> Result<Spec, Trouble> {
    let mut spec = spec.clone();
    if spec.seccomp == Filter::EngineDefault {
        match driver {
            Driver::Docker(docker) => {
                if let Some(profile) = docker.default_filter(&spec)? {
                    spec.seccomp = Filter::Profile(profile);
                }
            }
            Driver::Runc(_) | Driver::Namespaces(_) => {
                anstream::eprintln!(
                    "tyrian: the runtime's own seccomp profile is not to be read here: one that refuses the same calls stands \
                     for it"
                );
                spec.seccomp = Filter::Profile(runtime_default::profile(&spec.capabilities.bounding));
            }
        }
    }
    Ok(spec)
}

/// Random bytes in hexadecimal.
fn random(bytes: usize) -> Result<String, Failure> {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer)
        .map_err(|error| Failure::new(exit::INTERNAL, format!("no random numbers: {error}")))?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Who runs this, as the machine knows them.
fn who() -> String {
    let user = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).unwrap_or_default();
    let id = rustix::process::getuid().as_raw();
    if user.is_empty() { format!("uid {id}") } else { format!("{user} (uid {id})") }
}

/// Who makes the clones: who was asked for, or the engine where the clone's image is.
fn driver(args: &RunArgs, victim: &Victim, mark: &str, canary: &str) -> Result<Driver, Failure> {
    let choice = match (args.driver, &victim.spec.image) {
        (DriverChoice::Auto, Image::Engine(_)) => DriverChoice::Docker,
        (DriverChoice::Auto, _) if runc::Runc::is_there() => DriverChoice::Runc,
        (choice, _) => choice,
    };
    let made = match choice {
        DriverChoice::Docker => {
            let endpoint = scan::endpoint(args.docker_host.as_deref())
                .map_err(|gap| Failure::new(exit::NOTHING, gap.what))?;
            docker::Docker::connect(&endpoint, mark, canary).map(|mut docker| {
                docker.stop_on(stop_on_signals());
                Driver::Docker(Box::new(docker))
            })
        }
        DriverChoice::Runc => runc::Runc::new(mark).map(Driver::Runc),
        DriverChoice::Namespaces | DriverChoice::Auto => {
            Ok(Driver::Namespaces(namespaces::Namespaces::new(mark)))
        }
    };
    made.map_err(|trouble| Failure::new(exit::NOTHING, format!("{}: {trouble}", victim.target)))
}

/// Is set when somebody asks this program to end. A second time ends it at once.
fn stop_on_signals() -> Arc<AtomicBool> {
    static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let register = || {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, stop.clone());
            let _ = signal_hook::flag::register(signal, stop.clone());
        }
        stop
    };
    STOP.get_or_init(register).clone()
}

/// Removes what runs left that were ended by force.
pub(super) fn clean(args: &CleanArgs) -> Result<u8, Failure> {
    let mut removed = clone::leftovers();
    if let Ok(endpoint) = scan::endpoint(args.docker_host.as_deref())
        && endpoint.is_there()
    {
        let of_engine = docker::Docker::leftovers(&endpoint);
        removed.extend(of_engine.map_err(|trouble| Failure::new(exit::NOTHING, trouble.to_string()))?);
    }
    let said = match removed.as_slice() {
        [] => "nothing was left\n".to_owned(),
        removed => removed.iter().map(|what| format!("removed {}\n", text::clean(what))).collect(),
    };
    output::print(&said);
    Ok(0)
}
