//! The rows of the mission are whole, and served.

use std::collections::BTreeSet;
use tyrian_rules::{checks, mission::MISSION};

#[test]
fn threats_and_controls_are_whole() {
    assert_eq!((MISSION.threats.len(), MISSION.controls.len()), (43, 90));
    let threats: BTreeSet<&str> = MISSION.threats.iter().map(|threat| threat.id.as_str()).collect();
    let controls: BTreeSet<&str> = MISSION.controls.iter().map(|control| control.id.as_str()).collect();
    assert_eq!((threats.len(), controls.len()), (43, 90), "an id is one thing");
    for control in &MISSION.controls {
        assert!(!control.answers.is_empty() && !control.layers.is_empty(), "{}", control.id);
        for threat in &control.answers {
            assert!(threats.contains(threat.as_str()), "{} answers {threat}, which is none", control.id);
        }
    }
    for threat in &threats {
        assert!(
            MISSION.controls.iter().any(|c| c.answers.iter().any(|a| a == threat)),
            "nothing answers {threat}"
        );
    }
}

#[test]
fn every_control_is_judged_or_says_why_not() {
    let judged: BTreeSet<&str> =
        checks::all().iter().flat_map(|check| check.controls.iter().copied()).collect();
    for control in &MISSION.controls {
        let (served, excused) = (judged.contains(control.id.as_str()), control.unserved.is_some());
        assert!(served != excused, "{}: judged {served}, excused {excused}", control.id);
    }
}
