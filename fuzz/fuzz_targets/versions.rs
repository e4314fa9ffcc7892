#![no_main]
//! Any two texts as versions and as range and version, by every scheme: orders hold, and nothing is neither.

use libfuzzer_sys::fuzz_target;
use tyrian_advisory::version::Scheme;

fuzz_target!(|pair: (&str, &str)| {
    let (a, b) = pair;
    for scheme in Scheme::ALL {
        let _ = (scheme.within(a, b), scheme.within(b, a));
        let (there, back) = (scheme.compare(a, b), scheme.compare(b, a));
        assert_eq!(there.is_ok(), back.is_ok());
        let (Ok(there), Ok(back)) = (there, back) else { continue };
        assert_eq!(there, back.reverse());
        let same = scheme.normal(a).unwrap() == scheme.normal(b).unwrap();
        assert!(same == there.is_eq() || scheme == Scheme::Maven && !same);
    }
});
