//! The command line. One definition feeds the parser, the help, the man pages and the completions.

mod purple;

use crate::benchmark::Benchmark;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

pub(crate) use purple::{
    CleanArgs, DriverChoice, HardenArgs, ListArgs, PurpleCommand, PurpleFormat, RunArgs, ShowArgs,
};

const TARGETS: &str = "\
Targets:
  PATH             a directory, a file or an image archive
  -                manifests on standard input
  host             the operating system that this runs on (another root: --root)
  docker           the Docker engine, its containers, networks and images
  container:NAME   one container of the engine
  image:REF        an image of the engine (Docker's or Podman's), its file system included
  contents:NAME    the files of a container: those of its image and what was written on top
  containerd:REF[#NAMESPACE]   an image of containerd's store on this machine, or below --root
  registry:REF     an image of a registry; logins are those of the Docker client
  archive:FILE     an image as `docker save` or `skopeo copy` writes it
  oci:DIR          an image in an OCI layout
  root:DIR         a directory that is the root of a system, such as an unpacked image
  compose:FILE#SERVICE, manifest:FILE#KIND/NAME   one workload of a file
  sbom:FILE        a bill of materials: CycloneDX, SPDX, Syft's or Trivy's JSON
  facts:FILE       a snapshot written by `tyrian facts collect`";

const REPORT: &str = "
  report:FILE[@sha256:HEX]   the JSON report of an earlier scan by this version, alone";

const EXIT: &str = "\
Exit status: 0 done · 1 the gate failed · 2 usage · 3 nothing to scan · 4 incomplete, with --strict · 70 internal";

/// Security across the container stack: sees, judges, and says what holds.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = EXIT, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Look at targets and report what is wrong.
    #[command(after_help = format!("{TARGETS}\n\nExamples:\n  tyrian scan                      what is found here: this directory, Docker, the host\n  tyrian scan . docker host        those three\n  tyrian scan image:nginx:1.27     an image of the engine\n  helm template shop | tyrian scan -\n  tyrian scan . -o report.html -o report.sarif\n  tyrian scan --watch deploy       again whenever a file changes\n  tyrian scan k8s --benchmark pod-security   what each namespace would have to change\n  tyrian scan docker host --benchmark cis-docker   the list of Docker Bench\n\n{EXIT}"))]
    Scan(ScanArgs),
    /// Decide: may this go on? Exit 1 when it may not, or when it cannot be told.
    #[command(after_help = format!("{TARGETS}{REPORT}\n\nExamples:\n  tyrian gate .                                    high and critical findings fail it\n  tyrian gate . --policy org.toml@sha256:5f1c…     by the policy of the organisation, pinned\n  tyrian gate facts:today.json --baseline old.json only what is new\n  tyrian gate report:scan.json                     what an earlier `tyrian scan -o scan.json` found\n  tyrian gate docker --proven seccomp,non-root     what attacks have proved (tyrian purple run)\n\n{EXIT}"))]
    Gate(GateArgs),
    /// Write down what is there today, so that the gate looks at what is new.
    #[command(
        after_help = "Examples:\n  tyrian baseline . --owner shop --approver ann@example.org\n  tyrian baseline . --owner shop --approver ann@example.org --reason 'first scan' --expires 2027-03-31 -o old.json\n  tyrian gate . --baseline tyrian-baseline.json"
    )]
    Baseline(BaselineArgs),
    /// Threat × control: what is absent, claimed, observed, and what attacks have proved or broken.
    #[command(after_help = format!("{TARGETS}\n\nExamples:\n  tyrian matrix . docker host\n  tyrian matrix facts:today.json --layer runtime -o matrix.html\n  tyrian matrix container:web --before yesterday.json -o compared.html\n  tyrian matrix docker -f nist -o navigator:layer.json -o oscal:results.json -o cells.csv"))]
    Matrix(MatrixArgs),
    /// What a check, a control, a threat, an id or a word of a report means.
    #[command(
        after_help = "Examples:\n  tyrian explain privileged-container\n  tyrian explain seccomp\n  tyrian explain T1611\n  tyrian explain --list"
    )]
    Explain(ExplainArgs),
    /// Mend what can be mended: patches are shown first, and applied on request.
    #[command(after_help = format!("{TARGETS}\n\nExamples:\n  tyrian fix .                            what would change\n  tyrian fix . --apply                    change it\n  tyrian fix --undo                       take the last run back\n  tyrian fix . --try --check root-user    what may stop a program too, of one check\n  tyrian fix . --format patch | git apply\n\n{EXIT}"))]
    Fix(FixArgs),
    /// A bill of materials: every package that is in an image or a directory, or that a tree's lock files name.
    #[command(
        after_help = "Examples:\n  tyrian sbom image:shop/web:1.0 -f cyclonedx -o web.cdx.json\n  tyrian sbom archive:web.tar -f spdx\n  tyrian sbom .                    what the lock files of this tree name\n  tyrian scan sbom:web.cdx.json    judge what a bill names; also SPDX, and Syft's and Trivy's own JSON\n\nThe same target gives the same bytes. Where it does not say when it was made, SOURCE_DATE_EPOCH does."
    )]
    Sbom(SbomArgs),
    /// What two images differ in: packages, files that give rights, sizes, configuration, findings.
    #[command(
        after_help = "Each of the two is a target with one image in it: image:REF, archive:FILE, oci:DIR, root:DIR, sbom:FILE, facts:FILE.\n\nExamples:\n  tyrian diff image:shop/web:1.0 image:shop/web:1.1\n  tyrian diff archive:old.tar archive:new.tar -f json\n  tyrian diff facts:released.json image:shop/web:next --fail-on high   exit 1 on a new finding that is high or worse"
    )]
    Diff(DiffArgs),
    /// Attack a clone, name the control that stopped it, mend, attack again.
    #[command(subcommand)]
    Purple(PurpleCommand),
    /// Snapshots: everything that was read, as one JSON file.
    #[command(subcommand)]
    Facts(FactsCommand),
    /// Advisory data: what is known of vulnerable packages, as one file.
    #[command(
        subcommand,
        after_help = "Examples:\n  tyrian db update                      from the export of OSV, or from --mirror URL\n  tyrian db import advisories/          a folder laid out like the OSV export, RustSec, secdb, KEV, EPSS\n  tyrian db status\n  tyrian db export bundle.db            for a machine without a network: tyrian db import bundle.db"
    )]
    Db(DbCommand),
}

#[derive(Args, Clone)]
pub(crate) struct Targets {
    /// What to look at; nothing: what is found here.
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    /// Look at the host below this root instead of the running one.
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// The engine's socket, `unix:///run/docker.sock`.
    #[arg(long, value_name = "ENDPOINT", env = "DOCKER_HOST")]
    pub(crate) docker_host: Option<String>,
    /// Of an image for several platforms, the one for this: `linux/arm64`, `linux/arm/v7`; nothing: this machine's, else
    /// the first.
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Option<String>,
    /// Read every layer of an image anew, and keep nothing of it; else what was read of a layer is kept in tyrian/layers in the
    /// user's cache folder.
    #[arg(long)]
    pub(crate) no_cache: bool,
    #[command(flatten)]
    pub(crate) advisories: DbPlace,
    /// Exit with 4 when something could not be read.
    #[arg(long)]
    pub(crate) strict: bool,
    /// No progress on standard error.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Args, Clone)]
pub(crate) struct Outputs {
    /// The format on standard output.
    #[arg(long, short, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Write the report to a file too; the ending says the format (.json .sarif .html .md .csv .svg .txt .junit.xml), or `FORMAT:FILE`. May be repeated.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Vec<String>,
}

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for a terminal.
    Human,
    /// Everything, by docs/report.schema.json.
    Json,
    /// One self-contained page.
    Html,
    /// SARIF 2.1.0, for code scanning services and editors.
    Sarif,
    /// One page for job summaries and comments on merge requests.
    Markdown,
    /// JUnit XML, for the test reports of pipelines.
    Junit,
    /// GitLab's security report (SAST, schema 15).
    GitlabSast,
    /// GitLab's code quality report.
    GitlabCodequality,
    /// The native JSON of Jenkins' warnings plugin.
    WarningsNg,
    /// A table, for spreadsheets: of findings; of tyrian matrix, a row for each cell.
    Csv,
    /// What is said of each vulnerability, as OpenVEX 0.2.0.
    Openvex,
    /// The same as CycloneDX 1.6.
    CyclonedxVex,
    /// The matrix as a picture.
    Svg,
    /// The matrix as a layer of the ATT&CK Navigator, format 4.5, with scores.
    Navigator,
    /// The matrix by the countermeasures of NIST SP 800-190: what is proven, passed, failed, unknown.
    Nist,
    /// The matrix as OSCAL assessment results 1.1.2.
    Oscal,
}

#[derive(Args)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) targets: Targets,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// Exit with 1 when a finding of that severity or more is open.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Severity>,
    /// Every finding with its place.
    #[arg(long)]
    pub(crate) all: bool,
    /// Lay a benchmark over the result instead: the classic list, id by id, and how much of it is met. One of cis-docker, cis-docker-1.8,
    /// cis-kubernetes, nist-800-190, nsa-cisa and pod-security, which also has versions (pod-security@v1.30).
    #[arg(long, value_name = "NAME", value_parser = Benchmark::parse, conflicts_with = "fail_on")]
    pub(crate) benchmark: Option<Benchmark>,
    /// Stay, and print what is new and what is mended whenever the files change; with -f json, a line of JSON each time.
    #[arg(long, conflicts_with_all = ["fail_on", "strict", "benchmark"])]
    pub(crate) watch: bool,
}

#[derive(Args)]
pub(crate) struct GateArgs {
    #[command(flatten)]
    pub(crate) targets: Targets,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// Fail unless attacks on clones have proved these controls, wherever a technique can try them: `seccomp,non-root`.
    #[arg(long, value_name = "CONTROL", value_delimiter = ',')]
    pub(crate) proven: Vec<String>,
    /// Fail when a cell of the matrix is worse than in that file, which `tyrian matrix -f json` wrote.
    #[arg(long, value_name = "FILE")]
    pub(crate) no_worse_than: Option<PathBuf>,
}

#[derive(Args, Clone)]
pub(crate) struct PolicyArgs {
    /// The repository's own configuration; nothing: tyrian.toml, looked for upwards.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The organisation's policy, pinned by its digest.
    #[arg(long, value_name = "FILE[@sha256:HEX]", env = "TYRIAN_POLICY")]
    pub(crate) policy: Option<String>,
    /// Findings that were there before.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// What somebody says of vulnerabilities, OpenVEX or CycloneDX. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) vex: Vec<PathBuf>,
}

#[derive(Args)]
pub(crate) struct BaselineArgs {
    #[command(flatten)]
    pub(crate) targets: Targets,
    /// Who answers for it.
    #[arg(long)]
    pub(crate) owner: String,
    /// Who allowed it.
    #[arg(long)]
    pub(crate) approver: String,
    /// Why.
    #[arg(long, default_value = "was there when the gate was set up")]
    pub(crate) reason: String,
    /// The last day it holds, 2027-03-31; nothing: 90 days from now.
    #[arg(long, value_name = "DAY")]
    pub(crate) expires: Option<jiff::civil::Date>,
    /// The file.
    #[arg(long, short, value_name = "FILE", default_value = "tyrian-baseline.json")]
    pub(crate) output: PathBuf,
}

#[derive(Args)]
pub(crate) struct FixArgs {
    #[command(flatten)]
    pub(crate) targets: Targets,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// Only findings of this check. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) check: Vec<String>,
    /// Only findings of that severity or more.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) severity: Option<Severity>,
    /// Also what may stop a program that needs what is taken away: to be tried first.
    #[arg(long)]
    pub(crate) r#try: bool,
    /// Change the files, all of them or none.
    #[arg(long, conflicts_with = "undo")]
    pub(crate) apply: bool,
    /// Take back the last run that changed something in the target.
    #[arg(long)]
    pub(crate) undo: bool,
    /// The format on standard output.
    #[arg(long, short, value_enum, default_value_t = FixFormat::Human)]
    pub(crate) format: FixFormat,
}

/// How patches are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FixFormat {
    /// Text for a terminal.
    Human,
    /// What becomes of each finding, with its patch.
    Json,
    /// A unified diff for `git apply` and `patch -p1`.
    Patch,
}

/// A severity, worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl From<Severity> for tyrian_model::evidence::Severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Low => Self::Low,
            Severity::Medium => Self::Medium,
            Severity::High => Self::High,
            Severity::Critical => Self::Critical,
        }
    }
}

#[derive(Args)]
pub(crate) struct MatrixArgs {
    #[command(flatten)]
    pub(crate) targets: Targets,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
    /// Only this layer.
    #[arg(long, value_enum)]
    pub(crate) layer: Option<Layer>,
    /// Show it beside what was before: a target, `facts:old.json`, or a file that `tyrian matrix -f json` wrote. May be
    /// repeated for targets.
    #[arg(long, value_name = "TARGET|FILE")]
    pub(crate) before: Vec<String>,
}

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// The name.
    #[arg(required_unless_present = "list")]
    pub(crate) name: Option<String>,
    /// List every name.
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Args)]
pub(crate) struct SbomArgs {
    #[command(flatten)]
    pub(crate) targets: Targets,
    /// The format.
    #[arg(long, short, value_enum, default_value_t = SbomFormat::Cyclonedx)]
    pub(crate) format: SbomFormat,
    /// The file; nothing: standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    pub(crate) targets: Targets,
    /// The format.
    #[arg(long, short, value_enum, default_value_t = DiffFormat::Human)]
    pub(crate) format: DiffFormat,
    /// The file; nothing: standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Every line of every part.
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 1 when the second image has a finding of that severity or more that the first has not.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<Severity>,
}

/// How differences are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// Text for a terminal.
    Human,
    /// JSON, by docs/diff.schema.json.
    Json,
}

/// A format of bills of materials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SbomFormat {
    /// CycloneDX 1.6, JSON.
    Cyclonedx,
    /// SPDX 2.3, JSON.
    Spdx,
}

#[derive(Subcommand)]
pub(crate) enum FactsCommand {
    /// Read targets and write the snapshot.
    #[command(
        after_help = "Examples:\n  tyrian facts collect . docker host -o today.json\n  tyrian scan facts:today.json"
    )]
    Collect {
        #[command(flatten)]
        targets: Targets,
        /// The file; nothing: standard output.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print what a snapshot holds.
    Show {
        /// The snapshot.
        file: PathBuf,
        /// Only the thing whose id contains this.
        #[arg(long, value_name = "TEXT")]
        subject: Option<String>,
    },
    /// Say what two snapshots differ in.
    Diff {
        /// The earlier one.
        before: PathBuf,
        /// The later one.
        after: PathBuf,
    },
}

/// Where the advisory data is.
#[derive(Args, Clone)]
pub(crate) struct DbPlace {
    /// The database; nothing: tyrian/advisories.db in the user's data folder.
    #[arg(long, value_name = "FILE", env = "TYRIAN_DB")]
    pub(crate) db: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum DbCommand {
    /// Read sources into the database; each takes the place of what it brought before.
    Import {
        /// Files and folders: OSV (records, ECOSYSTEM/all.zip), RustSec's database, Alpine's secdb, Debian's tracker, KEV, EPSS,
        /// ends of support, another database.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Whose data it is; the word of the organisation's own stands above the public one.
        #[arg(long, value_enum, default_value_t = DbLayer::Public)]
        layer: DbLayer,
        /// The data covers that ecosystem whole, `Debian:12`: who is not named has nothing known against it. May be repeated.
        #[arg(long, value_name = "ECOSYSTEM")]
        whole: Vec<String>,
        /// No progress on standard error.
        #[arg(long, short)]
        quiet: bool,
        #[command(flatten)]
        place: DbPlace,
    },
    /// Bring the public part up to date over the network: the export of OSV, exploited vulnerabilities, ends of support. What has not
    /// changed is not fetched again; proxies are those of the environment.
    Update {
        /// A mirror of the export instead: its files are ECOSYSTEM/all.zip, kev.json, epss.csv.gz and eol/PRODUCT.json, and
        /// FILE.sha256 where there is one has to be right.
        #[arg(long, value_name = "URL", env = "TYRIAN_DB_MIRROR")]
        mirror: Option<String>,
        /// Only that ecosystem, `Debian`. May be repeated.
        #[arg(long, value_name = "NAME")]
        ecosystem: Vec<String>,
        /// A mirror covers that ecosystem whole, `Debian:12`; the export of OSV covers all of its own. May be repeated.
        #[arg(long, value_name = "ECOSYSTEM")]
        whole: Vec<String>,
        /// No progress on standard error.
        #[arg(long, short)]
        quiet: bool,
        #[command(flatten)]
        place: DbPlace,
    },
    /// Write the database to a file, for a machine without a network.
    Export {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        place: DbPlace,
    },
    /// Say of each part where it is from, how old it is, and what it covers.
    Status {
        /// The format on standard output.
        #[arg(long, short, value_enum, default_value_t = StatusFormat::Human)]
        format: StatusFormat,
        #[command(flatten)]
        place: DbPlace,
    },
}

/// How the database is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFormat {
    /// Text for a terminal.
    Human,
    /// JSON.
    Json,
}

/// Whose advisory data it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DbLayer {
    /// Everybody's.
    Public,
    /// The organisation's own.
    Own,
}

impl From<DbLayer> for tyrian_advisory::record::Layer {
    fn from(layer: DbLayer) -> Self {
        match layer {
            DbLayer::Public => Self::Public,
            DbLayer::Own => Self::Own,
        }
    }
}

/// A layer of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layer {
    Build,
    Host,
    Cloud,
    Image,
    Runtime,
    Cluster,
    Network,
    Logging,
}

impl From<Layer> for tyrian_model::evidence::Layer {
    fn from(layer: Layer) -> Self {
        match layer {
            Layer::Build => Self::Build,
            Layer::Host => Self::Host,
            Layer::Cloud => Self::Cloud,
            Layer::Image => Self::Image,
            Layer::Runtime => Self::Runtime,
            Layer::Cluster => Self::Cluster,
            Layer::Network => Self::Network,
            Layer::Logging => Self::Logging,
        }
    }
}
