//! Processes of the host on Windows.

use super::*;

control! {
    /// `securityContext.windowsOptions.hostProcess` is false or not set, for the pod and for each container: such a
    /// container runs on the Windows node itself. Since v1.0.
    "windowsHostProcess",
    title: "Windows host processes",
    level: Level::Baseline,
    since: 0,
    replaces: None,
    set: "take securityContext.windowsOptions.hostProcess out",
}

fn judge(see: &See, pod: &PodSecurity, _: Version) -> Result<Vec<Breach>, Unseen> {
    Ok(settings(see, pod, |see, spot, security| {
        let field = "securityContext.windowsOptions.hostProcess";
        spot.forbid(see, &security.host_process, field, "false, or not set", |process| *process)
    }))
}
