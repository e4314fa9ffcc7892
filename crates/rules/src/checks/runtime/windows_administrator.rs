use crate::checks::prelude::*;
use tyrian_model::workload::User;

check! {
    /// A Windows container runs as administrator.
    ///
    /// ## What it checks
    /// `windowsOptions.runAsUserName` of Windows pods: `ContainerAdministrator`, `Administrator` and the accounts
    /// of the system. Of a container that names no user the image decides; nothing is said of it.
    /// ## Why it matters
    /// The administrator of a container can change its programs and load what he likes; most ways out of a
    /// Windows container began with his rights.
    /// ## Fix
    /// Set `runAsUserName: ContainerUser`.
    "windows-administrator",
    layer: Layer::Runtime,
    gain: Gain::System,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["non-root"],
    ids: &["attack:T1611", "nist:3.4.3"],
    bad: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  containers: [{name: a, image: 'shop/iis:1', securityContext: {windowsOptions: {runAsUserName: ContainerAdministrator}}}]")]),
    ],
    good: &[
        Example::Tree(&[("pod.yaml", "
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  securityContext: {windowsOptions: {runAsUserName: ContainerUser}}
  containers: [{name: a, image: 'shop/iis:1'}]")]),
    ],
}

/// The last part of the account's name.
const MIGHTY: [&str; 3] = ["administrator", "containeradministrator", "system"];

fn check(see: &See, it: &Workload) -> Judged {
    if !it.windows {
        return not_applicable();
    }
    each(see, see.rows(&it.containers), |see, (name, container)| {
        let user = &container.declared.user;
        let User::Name(account) = see.get(user)? else { return not_applicable() };
        let last = account.rsplit(['\\', '/']).next().unwrap_or_default().to_ascii_lowercase();
        if MIGHTY.contains(&last.as_str()) {
            fail(user.pos(), format!("container {name}: runs as {account}"))
        } else {
            pass()
        }
    })
}
