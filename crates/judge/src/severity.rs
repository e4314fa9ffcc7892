//! The one rule of severity: what an attacker gains × what stands before it.
//!
//! | gains \ stands before | nothing | a foothold | a second fault |
//! |---|---|---|---|
//! | the host, the cluster, the account, the release | critical | high | medium |
//! | the workload: its code, data, secrets | high | medium | low |
//! | reach: other workloads, other networks | high | medium | low |
//! | cover: acts unseen, evidence is lost | medium | medium | low |
//! | hold: what is in stays in, resources are used up | medium | low | low |
//! | knowledge | low | low | info |
//!
//! A check states its two coordinates and nothing else, so no finding is made quiet by lowering it.

use tyrian_model::evidence::Severity;

/// What an attacker gains by a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gain {
    /// A version, a name, a list: something to plan with.
    Knowledge,
    /// Staying in, or using up what others need.
    Hold,
    /// Acting unseen, or the loss of evidence.
    Cover,
    /// Connections to other workloads and networks.
    Reach,
    /// The code, the data or the secrets of one workload.
    Workload,
    /// The host, the cluster, the cloud account, or what is released.
    System,
}

/// What stands before the gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Barrier {
    /// Nothing: whoever can reach it has it.
    Nothing,
    /// The attacker must already run code in the container, hold an account or sit in the network.
    Foothold,
    /// Another control has to fail as well.
    SecondFault,
}

/// The rule.
pub const fn severity(gain: Gain, barrier: Barrier) -> Severity {
    use Barrier::{Foothold, Nothing, SecondFault};
    use Severity::{Critical, High, Info, Low, Medium};
    match (gain, barrier) {
        (Gain::System, Nothing) => Critical,
        (Gain::System, Foothold) | (Gain::Workload | Gain::Reach, Nothing) => High,
        (Gain::System, SecondFault) => Medium,
        (Gain::Workload | Gain::Reach | Gain::Cover, Foothold) | (Gain::Cover | Gain::Hold, Nothing) => {
            Medium
        }
        (Gain::Workload | Gain::Reach | Gain::Cover | Gain::Hold, _)
        | (Gain::Knowledge, Nothing | Foothold) => Low,
        (Gain::Knowledge, SecondFault) => Info,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_gain_and_less_in_the_way_never_lower_it() {
        use Barrier::*;
        use Gain::*;
        let gains = [Knowledge, Hold, Cover, Reach, Workload, System];
        let barriers = [SecondFault, Foothold, Nothing];
        for g in gains.windows(2) {
            for b in barriers {
                assert!(severity(g[0], b) <= severity(g[1], b), "{g:?} {b:?}");
            }
        }
        for g in gains {
            for b in barriers.windows(2) {
                assert!(severity(g, b[0]) <= severity(g, b[1]), "{g:?} {b:?}");
            }
        }
    }
}
