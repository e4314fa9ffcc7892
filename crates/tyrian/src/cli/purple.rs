//! `tyrian purple …` on the command line.

use super::Layer;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

const TARGETS: &str = "\
Targets:
  container:NAME          a container of the engine, running or not: a clone of it is attacked, never itself
  image:REF               an image of the engine, run as the engine runs it by default
  compose:FILE#SERVICE    a service of a Compose file, before it is deployed
  manifest:FILE#KIND/NAME a pod or the template of a controller, without a cluster";

/// Purple: attacking clones.
#[derive(Subcommand)]
pub(crate) enum PurpleCommand {
    /// The techniques: what each tries, what should stop it.
    #[command(
        after_help = "Examples:\n  tyrian purple list\n  tyrian purple list --layer runtime --format json\n  tyrian explain mount-file-system"
    )]
    List(ListArgs),
    /// Attack a clone of a workload, and say what stopped each attempt.
    #[command(after_help = format!("{TARGETS}\n\nExamples:\n  tyrian purple run --target container:web --dry-run     what would be tried, on what\n  tyrian purple run --target container:web --lab --attribute\n  tyrian purple run --target compose:compose.yaml#api --scope scope.toml -f json\n  tyrian purple run --target image:nginx:1.27 --lab --technique mount-file-system\n  tyrian matrix docker                                   what is proven by it"))]
    Run(RunArgs),
    /// Find the tightest settings with which containers still live, and attack them before and after.
    #[command(
        after_help = "Examples:\n  tyrian purple harden --target container:web --lab --check 'curl -fsS http://$TYRIAN_ADDRESS/'\n  tyrian purple harden --target container:cache --lab --check 'docker exec $TYRIAN_CLONE redis-cli ping' -o hardened\n  tyrian purple harden --target container:web --target container:cache --lab -o hardened\n  tyrian matrix facts:hardened/after.facts.json --before facts:hardened/before.facts.json\n\nBoth attacks are on record: the second one counts once the workload has these settings. The check runs on this machine; it finds a container like the target in TYRIAN_CLONE and TYRIAN_ADDRESS."
    )]
    Harden(HardenArgs),
    /// Show a run again.
    #[command(
        after_help = "Examples:\n  tyrian purple show                 the runs on record\n  tyrian purple show last --all\n  tyrian purple show tyrian-3f9c21 -f json"
    )]
    Show(ShowArgs),
    /// Remove what a run left that was ended by force.
    Clean(CleanArgs),
}

#[derive(Args)]
pub(crate) struct ListArgs {
    /// Only those of this layer.
    #[arg(long, value_enum)]
    pub(crate) layer: Option<Layer>,
    /// The format on standard output.
    #[arg(long, short, value_enum, default_value_t = PurpleFormat::Human)]
    pub(crate) format: PurpleFormat,
}

/// What a run attacks, and by whose leave.
#[derive(Args)]
pub(crate) struct RunArgs {
    /// The workload whose clone is attacked. May be repeated.
    #[arg(long, value_name = "TARGET", required = true)]
    pub(crate) target: Vec<String>,
    /// Only this technique. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) technique: Vec<String>,
    /// Only techniques of this layer.
    #[arg(long, value_enum)]
    pub(crate) layer: Option<Layer>,
    /// Say what would be tried, and start nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Find what stopped each attempt, by relaxing and keeping one control at a time.
    #[arg(long)]
    pub(crate) attribute: bool,
    /// This machine is a lab: everything may be tried here.
    #[arg(long, conflicts_with = "scope")]
    pub(crate) lab: bool,
    /// The file that allows it: targets, techniques, hours.
    #[arg(long, value_name = "FILE")]
    pub(crate) scope: Option<PathBuf>,
    /// Who makes the clones.
    #[arg(long, value_enum, default_value_t = DriverChoice::Auto)]
    pub(crate) driver: DriverChoice,
    /// The root file system of a clone that has no image here: an unpacked directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) root_fs: Option<PathBuf>,
    /// Where a tool's alerts come from: falco, tetragon, auditd or kernel, and a file, pipe or socket. May be repeated.
    #[arg(long, value_name = "NAME=PATH")]
    pub(crate) detector: Vec<String>,
    /// The engine's socket, `unix:///run/docker.sock`.
    #[arg(long, value_name = "ENDPOINT", env = "DOCKER_HOST")]
    pub(crate) docker_host: Option<String>,
    /// Every attempt.
    #[arg(long)]
    pub(crate) all: bool,
    /// The format on standard output.
    #[arg(long, short, value_enum, default_value_t = PurpleFormat::Human)]
    pub(crate) format: PurpleFormat,
    /// No progress on standard error.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// What is hardened, and how one sees that it lives.
#[derive(Args)]
pub(crate) struct HardenArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// A command that ends with 0 when the workload serves as it should; nothing: its own health check, or that it
    /// goes on running. Of several targets each has its own, in their order; an empty one is none.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) check: Vec<String>,
    /// A container of the engine that the workload needs: one like it, with fresh data, runs beside it while it is tried, and
    /// is found by the same names. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) beside: Vec<String>,
    /// The signal that makes it read its settings again, HUP; it must serve after it.
    #[arg(long, value_name = "SIGNAL")]
    pub(crate) reload: Option<String>,
    /// A directory for the seccomp profile and the patches, made if it is not there: of several targets a directory in it
    /// for each. The snapshots before.facts.json and after.facts.json in it hold the targets as they are and as they would be.
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct ShowArgs {
    /// The run's id, or `last`; nothing: a list of all.
    pub(crate) run: Option<String>,
    /// Every attempt.
    #[arg(long)]
    pub(crate) all: bool,
    /// The format on standard output.
    #[arg(long, short, value_enum, default_value_t = PurpleFormat::Human)]
    pub(crate) format: PurpleFormat,
}

#[derive(Args)]
pub(crate) struct CleanArgs {
    /// The engine's socket, `unix:///run/docker.sock`.
    #[arg(long, value_name = "ENDPOINT", env = "DOCKER_HOST")]
    pub(crate) docker_host: Option<String>,
}

/// Who makes the clones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriverChoice {
    /// The engine where there is one, else runc, else plain namespaces.
    Auto,
    /// The Docker engine.
    Docker,
    /// The OCI runtime runc.
    Runc,
    /// Namespaces of our own making.
    Namespaces,
}

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PurpleFormat {
    /// Text for a terminal.
    Human,
    /// Everything, by docs/run.schema.json.
    Json,
}
