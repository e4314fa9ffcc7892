use crate::call::{socket, tcp_within};
use crate::program::Step;
use crate::technique::{Place, Variant, variant};
use std::net::Ipv4Addr;
use tyrian_model::evidence::Layer;

technique! {
    /// The metadata service of the cloud is asked for the credentials of the machine.
    ///
    /// ## What it tries
    ///
    /// To connect to the addresses at which clouds serve metadata; nothing is asked. The lab's network has no way out,
    /// so no real service is ever reached: it means something only where the lab has put a stand-in there, and is not
    /// applicable elsewhere.
    ///
    /// ## Why it matters
    ///
    /// Every process on the machine can ask, and what it gets opens the account of the machine.
    ///
    /// ## What stops it
    ///
    /// A proxy or a rule of the network between workloads and the service.
    "metadata-service",
    layer: Layer::Cloud,
    threats: &["metadata-credential-theft"],
    controls: &["metadata-proxy"],
    ids: &["attack:T1552.005"],
}

/// How long is waited, in thousandths of a second: a stand-in is on the lab's own network.
const ON_LINK: u32 = 100;

fn variants(_: &Place) -> Vec<Variant> {
    let service = |name, address| {
        variant(name, tcp_within(address, 80, ON_LINK)).missing(
            &[libc::ENETUNREACH, libc::EHOSTUNREACH, libc::ECONNREFUSED, libc::EINPROGRESS],
            "nothing stands for the metadata service on the lab's network, which has no way out",
        )
    };
    vec![
        service("link-local", Ipv4Addr::new(169, 254, 169, 254)),
        service("task", Ipv4Addr::new(169, 254, 170, 2)),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![socket(libc::AF_INET, libc::SOCK_STREAM, 0)]
}
