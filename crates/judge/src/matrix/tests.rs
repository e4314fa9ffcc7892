//! Cells over which attacks and checks speak.

use super::*;
use crate::attacks::Known;

fn mission() -> (Vec<Threat>, Vec<Control>) {
    let threat = Threat {
        id: "container-breakout".into(),
        title: String::new(),
        layers: vec![Layer::Runtime],
        ids: Vec::new(),
    };
    let control = Control {
        id: "seccomp".into(),
        title: String::new(),
        layers: vec![Layer::Runtime],
        kind: ControlKind::Prevents,
        answers: vec!["container-breakout".into()],
        unserved: None,
    };
    (vec![threat], vec![control])
}

fn proof(subject: &str, says: Says, lapsed: Option<&str>) -> Proof {
    Proof {
        threat: "container-breakout".into(),
        control: "seccomp".into(),
        subject: subject.into(),
        says,
        attempt: "mount-file-system/mount".into(),
        run: "r".into(),
        started: 1,
        lapsed: lapsed.map(str::to_owned),
    }
}

fn with(proofs: Vec<Proof>) -> Matrix {
    let (threats, controls) = mission();
    let techniques =
        vec![Known { name: "mount-file-system", threats: &["container-breakout"], controls: &["seccomp"] }];
    matrix(&threats, &controls, &[], &Attacks { proofs, techniques })
}

fn grade_over(checked: Option<Grade>, proofs: &[Proof]) -> Option<Grade> {
    let mut grades: BTreeMap<&str, Grade> = checked.map(|grade| ("a", grade)).into_iter().collect();
    attacked(&mut grades, &proofs.iter().collect::<Vec<_>>());
    grades.get("a").copied()
}

#[test]
fn an_attack_proves_masks_and_breaks_what_checks_have_seen() {
    let say = |says| vec![proof("a", says, None)];
    for checked in [None, Some(Grade::Unknown), Some(Grade::Claimed), Some(Grade::Observed)] {
        assert_eq!(grade_over(checked, &say(Says::Prevented)), Some(Grade::Proven), "{checked:?}");
        assert_eq!(grade_over(checked, &say(Says::Broken)), Some(Grade::Broken), "{checked:?}");
    }
    assert_eq!(grade_over(Some(Grade::Observed), &say(Says::Masked)), Some(Grade::Masked));
    assert_eq!(grade_over(Some(Grade::Unknown), &say(Says::Masked)), Some(Grade::Unknown));
    // One that went through counts more than ten that were stopped; one tried alone more than one that was masked.
    let both = [proof("a", Says::Prevented, None), proof("a", Says::Broken, None)];
    assert_eq!(grade_over(Some(Grade::Observed), &both), Some(Grade::Broken));
    let both = [proof("a", Says::Masked, None), proof("a", Says::Prevented, None)];
    assert_eq!(grade_over(Some(Grade::Observed), &both), Some(Grade::Proven));
}

#[test]
fn what_is_missing_stays_missing_whatever_was_tried() {
    for says in [Says::Prevented, Says::Masked, Says::Broken, Says::Detected] {
        assert_eq!(grade_over(Some(Grade::Absent), &[proof("a", says, None)]), Some(Grade::Absent));
    }
}

#[test]
fn a_lapsed_proof_leaves_what_checks_say() {
    let lapsed = [proof("a", Says::Prevented, Some("since it was tried, the image changed"))];
    assert_eq!(grade_over(Some(Grade::Observed), &lapsed), Some(Grade::Observed));
    assert_eq!(grade_over(None, &lapsed), None);
    let matrix = with(lapsed.to_vec());
    assert_eq!(matrix.cells[0].proofs, lapsed);
    assert_eq!(
        unproven(&matrix, &["seccomp".into()]),
        ["not proven: seccomp against container-breakout: since it was tried, the image changed"]
    );
}

#[test]
fn a_cell_shows_its_weakest_subject_and_what_would_be_tried() {
    let matrix = with(vec![proof("a", Says::Prevented, None), proof("b", Says::Broken, None)]);
    let cell = &matrix.cells[0];
    assert_eq!((cell.grade, cell.weakest.as_slice()), (Some(Grade::Broken), &["b".to_owned()][..]));
    assert_eq!(cell.counts, [(Grade::Broken, 1), (Grade::Proven, 1)].into());
    assert_eq!(cell.would_try, ["mount-file-system"]);
    assert_eq!(cell.proofs[0].says, Says::Broken);
}

#[test]
fn the_gate_is_told_what_is_not_proven_and_what_is_worse() {
    let proven = with(vec![proof("a", Says::Prevented, None)]);
    let broken = with(vec![proof("a", Says::Broken, None)]);
    let nothing = with(Vec::new());
    assert_eq!(unproven(&proven, &["seccomp".into()]), [""; 0]);
    assert!(unproven(&broken, &["seccomp".into()])[0].ends_with("an attack went through"));
    assert!(unproven(&nothing, &["seccomp".into()])[0].ends_with("nothing was judged"));
    assert!(unproven(&proven, &["waivers".into()])[0].ends_with("no technique tries it"));
    assert_eq!(worse(&proven, &proven), [""; 0]);
    assert_eq!(worse(&nothing, &broken), [""; 0]);
    assert_eq!(
        worse(&proven, &broken),
        ["worse: seccomp against container-breakout: broken, and it was proven"]
    );
    assert_eq!(
        worse(&broken, &nothing),
        ["worse: seccomp against container-breakout: not judged, and it was broken"]
    );
}
