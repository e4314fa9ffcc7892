//! One file is one check. The lists of modules and of checks are written by `cargo xtask registry`.

use crate::support::kubernetes;

/// What the file of a check needs.
pub mod prelude {
    pub use tyrian_judge::check;
    pub use tyrian_judge::check::{Example, Judged, each, fail, faults, not_applicable, pass};
    pub use tyrian_judge::mend::Spot;
    pub use tyrian_judge::severity::{Barrier, Gain};
    pub use tyrian_model::agreement::{Agreed, Agreement};
    pub use tyrian_model::ansible::{Playbook, Task};
    pub use tyrian_model::dockerfile::{Base, Dockerfile, Instruction, Stage, What};
    pub use tyrian_model::evidence::{Confidence, Fault, Layer, Verdict};
    pub use tyrian_model::fact::{Known, Pos, See, Why};
    pub use tyrian_model::facts::Resource;
    pub use tyrian_model::host::{Engine, EngineNetwork, FileRole, GuardedFile, Host, Swarm};
    pub use tyrian_model::image::Image;
    pub use tyrian_model::kubernetes::{Binding, Namespace, NetworkPolicy, Object, Role, ServiceAccount};
    pub use tyrian_model::mend::{Change, Mend, Rewrite, Value};
    pub use tyrian_model::pipeline::{Job, Pipeline, Repository, Step};
    pub use tyrian_model::script::{Command, Pipe, Script, Then};
    pub use tyrian_model::secret::{LogSample, SourceFile};
    pub use tyrian_model::vulnerability::Lock;
    pub use tyrian_model::workload::{Confinement, Container, Volume, Workload};
}

// What stands from here on is written by `cargo xtask registry`.
mod build;
mod cloud;
mod cluster;
mod host;
mod image;
mod logging;
mod network;
mod runtime;

/// Every check, by layer and name.
#[rustfmt::skip]
pub fn all() -> Vec<&'static tyrian_judge::check::Check> {
    [
        build::CHECKS,
        host::CHECKS,
        cloud::CHECKS,
        image::CHECKS,
        runtime::CHECKS,
        cluster::CHECKS,
        network::CHECKS,
        logging::CHECKS,
    ]
    .concat()
}
// Here ends what `cargo xtask registry` writes.
