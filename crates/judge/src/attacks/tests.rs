//! What runs say of cells, and for how long.

use super::*;
use tyrian_model::purple::{Depth, FORMAT, Techniques};

fn basis() -> Basis {
    let text = |text: &str| text.to_owned();
    Basis {
        image: text("sha256:1"),
        configuration: text("c"),
        kernel: text("6.1"),
        runtime: text("runc 1.1"),
        rules: text("0.1"),
    }
}

fn attempt(prevention: Prevention) -> Attempt {
    let blocked = prevention == Prevention::Blocked;
    Attempt {
        outcome: Outcome::Ran,
        depth: (!blocked).then_some(Depth::Primitive),
        prevention: Some(prevention),
        errno: blocked.then(|| "EPERM".into()),
        step: blocked.then(|| "mount".into()),
        stopper: blocked.then(|| "seccomp".into()),
        sufficient: if blocked { vec!["seccomp".into(), "least-capability".into()] } else { Vec::new() },
        masked: if blocked { vec!["mandatory-access-control".into()] } else { Vec::new() },
        controls: vec!["seccomp".into(), "least-capability".into()],
        threats: vec!["container-breakout".into()],
        detections: vec!["detect-shell".into()],
        ..Attempt::untried("mount-file-system", "mount")
    }
}

fn run(started: i64, prevention: Prevention) -> Run {
    Run {
        format: FORMAT,
        id: format!("run-{started}"),
        started,
        milliseconds: 1,
        who: "root".into(),
        target: "container:web".into(),
        subject: "engine/container:web".into(),
        basis: basis(),
        driver: "docker".into(),
        detectors: Vec::new(),
        techniques: Techniques { known: 1, tried: 1 },
        whole: true,
        attributed: true,
        proposed: false,
        attempts: vec![attempt(prevention)],
    }
}

fn says(proofs: &[Proof], control: &str) -> Option<(Says, bool)> {
    let of = proofs.iter().find(|proof| proof.control == control);
    of.map(|proof| (proof.says, proof.lapsed.is_some()))
}

#[test]
fn what_stopped_it_or_would_have_alone_is_proven_and_the_rest_masked() {
    let proofs = proofs(&[run(1000, Prevention::Blocked)], 1001, &BTreeMap::new());
    assert_eq!(says(&proofs, "seccomp"), Some((Says::Prevented, false)));
    assert_eq!(says(&proofs, "least-capability"), Some((Says::Prevented, false)));
    assert_eq!(says(&proofs, "mandatory-access-control"), Some((Says::Masked, false)));
}

#[test]
fn a_proof_lapses_with_age_and_with_any_part_of_its_basis() {
    let runs = [run(1000, Prevention::Blocked)];
    let later = proofs(&runs, 1001 + LONGEST, &BTreeMap::new());
    assert_eq!(later[0].lapsed.as_deref(), Some("it was tried 30 days ago"));
    for change in 0..5 {
        let mut today = basis();
        let parts = [
            &mut today.image,
            &mut today.configuration,
            &mut today.kernel,
            &mut today.runtime,
            &mut today.rules,
        ];
        parts.into_iter().nth(change).unwrap().push('!');
        let today = [("engine/container:web".to_owned(), today)].into();
        assert_eq!(says(&proofs(&runs, 1001, &today), "seccomp"), Some((Says::Prevented, true)), "{change}");
    }
    let same = [("engine/container:web".to_owned(), basis())].into();
    assert_eq!(says(&proofs(&runs, 1001, &same), "seccomp"), Some((Says::Prevented, false)));
}

#[test]
fn a_broken_control_stays_broken_until_an_attack_fails() {
    let mut runs = vec![run(1000, Prevention::NotBlocked)];
    let old = 1000 + 10 * LONGEST;
    assert_eq!(says(&proofs(&runs, old, &BTreeMap::new()), "seccomp"), Some((Says::Broken, false)));
    // What could not be told heals nothing.
    let mut inconclusive = run(2000, Prevention::Blocked);
    inconclusive.attempts[0].outcome = Outcome::Inconclusive;
    runs.push(inconclusive);
    assert_eq!(says(&proofs(&runs, old, &BTreeMap::new()), "seccomp"), Some((Says::Broken, false)));
    runs.push(run(3000, Prevention::Blocked));
    assert_eq!(says(&proofs(&runs, 3001, &BTreeMap::new()), "seccomp"), Some((Says::Prevented, false)));
}

#[test]
fn the_silence_of_a_deaf_detector_says_nothing() {
    use tyrian_model::purple::Detector;
    let with = |heard| {
        let mut run = run(1000, Prevention::Blocked);
        run.detectors = vec![Detector { name: "falco".into(), heard, remark: None }];
        run
    };
    assert_eq!(says(&proofs(&[with(false)], 1001, &BTreeMap::new()), "detect-shell"), None);
    assert_eq!(
        says(&proofs(&[with(true)], 1001, &BTreeMap::new()), "detect-shell"),
        Some((Says::Broken, false))
    );
    let mut alerted = with(true);
    alerted.attempts[0].visibility = Visibility::Alerted;
    assert_eq!(
        says(&proofs(&[alerted], 1001, &BTreeMap::new()), "detect-shell"),
        Some((Says::Detected, false))
    );
}

#[test]
fn proposed_settings_count_for_whoever_has_them() {
    let before = run(1000, Prevention::NotBlocked);
    let mut after = run(1001, Prevention::Blocked);
    after.proposed = true;
    after.basis.configuration = "tighter".into();
    let runs = [before, after];
    let as_it_is = BTreeMap::from([("engine/container:web".to_owned(), basis())]);
    assert_eq!(says(&proofs(&runs, 1002, &as_it_is), "seccomp"), Some((Says::Broken, false)));
    // Nobody looked at what it has.
    assert_eq!(says(&proofs(&runs, 1002, &BTreeMap::new()), "seccomp"), Some((Says::Broken, false)));
    let mended = Basis { configuration: "tighter".into(), ..basis() };
    let mended = BTreeMap::from([("engine/container:web".to_owned(), mended)]);
    assert_eq!(says(&proofs(&runs, 1002, &mended), "seccomp"), Some((Says::Prevented, false)));
}

#[test]
fn other_settings_that_leave_nothing_to_attack_mend_and_another_kernel_does_not() {
    let mut gone = run(1001, Prevention::Blocked);
    gone.attempts[0] =
        Attempt { outcome: Outcome::NotApplicable, ..Attempt::untried("mount-file-system", "mount") };
    let runs = [run(1000, Prevention::NotBlocked), gone.clone()];
    assert_eq!(says(&proofs(&runs, 1002, &BTreeMap::new()), "seccomp"), Some((Says::Broken, false)));
    gone.basis.configuration = "tighter".into();
    let runs = [run(1000, Prevention::NotBlocked), gone];
    assert_eq!(says(&proofs(&runs, 1002, &BTreeMap::new()), "seccomp"), None);
}
