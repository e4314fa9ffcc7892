use crate::call::{child, part, primitive, repeat, sleep, wait};
use crate::program::Step;
use crate::technique::{Condition, Place, Variant, variant};

technique! {
    /// Processes are started until nobody can start any.
    ///
    /// ## What it tries
    ///
    /// To start 300 children that only wait; all are ended when the attempt is over. The lab itself allows a few more,
    /// so that the machine is in no danger. Of a limit above that it says nothing.
    ///
    /// ## Why it matters
    ///
    /// The number of processes is the machine's: when it is used up, nobody logs in and nothing restarts.
    ///
    /// ## What stops it
    ///
    /// A limit of processes of the container.
    "exhaust-processes",
    threats: &["resource-hijack", "shared-kernel"],
    controls: &["resource-limits"],
    ids: &["attack:T1499.001"],
    alone: true,
}

const PROCESSES: u32 = 300;

fn variants(_: &Place) -> Vec<Variant> {
    let below = || Condition::Processes(u64::from(PROCESSES));
    let inner = vec![primitive(repeat(PROCESSES, child(vec![sleep()])))];
    vec![
        variant("children", vec![primitive(repeat(PROCESSES, child(vec![sleep()])))]).on(below()),
        variant("grandchildren", vec![part(child(inner)).named("child"), primitive(wait("child"))])
            .on(below()),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![child(Vec::new()).named("child"), wait("child")]
}
