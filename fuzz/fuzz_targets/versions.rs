#![no_main]
//! Any two texts as versions, as range and version, and as what an advisory says, by every scheme: orders hold.

use libfuzzer_sys::fuzz_target;
use tyrian_advisory::affected::{Affected, Event, Kind, Range};
use tyrian_advisory::version::Scheme;

fuzz_target!(|pair: (&str, &str)| {
    let (a, b) = pair;
    for scheme in Scheme::ALL {
        let _ = (scheme.within(a, b), scheme.within(b, a));
        let events = vec![Event::Fixed(b.into()), Event::Introduced(a.into()), Event::Limit(b.into())];
        let said =
            Affected { ranges: vec![Range { kind: Kind::Ecosystem, events }], versions: vec![a.into()] };
        let _ = (said.judge(scheme, a), said.judge(scheme, b));
        let (there, back) = (scheme.compare(a, b), scheme.compare(b, a));
        assert_eq!(there.is_ok(), back.is_ok());
        let (Ok(there), Ok(back)) = (there, back) else { continue };
        assert_eq!(there, back.reverse());
        let same = scheme.normal(a).unwrap() == scheme.normal(b).unwrap();
        assert!(same == there.is_eq() || scheme == Scheme::Maven && !same);
    }
});
