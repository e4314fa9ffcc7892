use crate::checks::prelude::*;
use crate::host::in_container;

check! {
    /// The processor has a known fault that the kernel does not hold off.
    ///
    /// ## What it checks
    /// The entries of `/sys/devices/system/cpu/vulnerabilities` that begin with `Vulnerable`.
    /// ## Why it matters
    /// Faults of speculative execution let one container read memory of another or of the kernel.
    /// ## Fix
    /// Install the newest microcode and kernel, remove `mitigations=off` from the command line; in a virtual
    /// machine ask its operator for the microcode.
    "cpu-fault-open",
    layer: Layer::Host,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["patch-host", "sandbox-kernel"],
    ids: &["attack:T1212", "nist:3.5.2"],
    bad: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"cpu_faults": {"is": {"meltdown": "Vulnerable", "spectre_v2": "Mitigation: Retpolines"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"hosts": {"rows": {"host:web1": {"cpu_faults": {"is": {"meltdown": "Not affected", "spectre_v2": "Mitigation: Retpolines"}}, "in_container": {"is": false}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Host) -> Judged {
    if in_container(see, it)? {
        return not_applicable();
    }
    let open = see.get(&it.cpu_faults)?.iter().filter(|(_, state)| state.starts_with("Vulnerable"));
    faults(
        open.map(|(name, _)| Fault { what: format!("is open to the processor fault {name}"), at: None })
            .collect(),
    )
}
