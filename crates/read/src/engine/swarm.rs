//! The swarm that an engine is part of: what `/info` says of it, and the addresses that dockerd keeps in its own
//! state.

use super::said::{Heard, Said, gap, known};
use crate::time;
use tyrian_model::fact::Why;
use tyrian_model::host::Swarm;

/// The swarm; nothing where the engine is part of none.
pub(super) fn of(info: &Said, state: &Said, secrets: &Said) -> Heard<Option<Swarm>> {
    match info.get("Swarm.LocalNodeState").text()? {
        "" | "inactive" => return Ok(None),
        "active" => {}
        "locked" => {
            return gap(
                Why::NotRead,
                "info: the swarm is locked, so its settings are not told: docker swarm unlock, and look again",
            );
        }
        other => return gap(Why::NotRead, format!("info: the engine is {other:?} in a swarm: look again")),
    }
    let manager = info.get("Swarm.ControlAvailable").bool();
    let cluster = info.get("Swarm.Cluster");
    let spec = cluster.get("Spec");
    // A worker is not told, and what it does not know is a matter of the managers.
    let told = manager.clone().and_then(|manager| {
        let what = "only a manager of the swarm tells it: scan one";
        if manager { Ok(()) } else { gap(Why::NotAsked, what) }
    });
    let count = |said: Said| {
        said.number().and_then(|number| {
            u64::try_from(number).or_else(|_| gap(Why::Malformed, format!("{} is negative", said.at)))
        })
    };
    let ask = |heard: Heard<u64>| known(told.clone().and(heard));
    let address = |key: &str| state.get(key).text();
    Ok(Some(Swarm {
        managers: ask(count(info.get("Swarm.Managers"))),
        nodes: ask(count(info.get("Swarm.Nodes"))),
        // The engine leaves out what is not set.
        autolock: known(told.clone().and_then(|()| {
            let options = spec.get("EncryptionConfig");
            let set = options.get_or_null("AutoLockManagers");
            if set.value()?.is_null() { Ok(false) } else { set.bool() }
        })),
        certificate_seconds: ask(
            count(spec.get("CAConfig").get("NodeCertExpiry")).map(|nanoseconds| nanoseconds / 1_000_000_000)
        ),
        authority_since: known(told.clone().and_then(|()| {
            let said = cluster.get("TLSInfo.TrustRoot");
            let text = said.text()?;
            begin_of_certificate(text).ok_or(()).or_else(|()| {
                gap(Why::Malformed, format!("{}: no certificate whose first day can be read", said.at))
            })
        })),
        secrets: known(told.clone().and_then(|()| secrets.list().map(<[_]>::len))),
        listens: known(address("ListenAddr").map(str::to_owned)),
        advertises: known(info.get("Swarm.NodeAddr").string()),
        data_path: known(
            address("DataPathAddr")
                .map(|address| Some(address.to_owned()).filter(|address| !address.is_empty())),
        ),
        manager: known(manager),
    }))
}

/// When the first certificate of a PEM text begins to hold, in seconds since 1970.
fn begin_of_certificate(pem: &str) -> Option<i64> {
    const MOST: usize = 64 << 10;
    let body = pem.get(..pem.len().min(MOST))?.split_once("-----BEGIN CERTIFICATE-----")?.1;
    let body = body.split_once("-----END CERTIFICATE-----")?.0;
    let der = base64(body)?;
    // Certificate { TBSCertificate { [0] version, serial, signature, issuer, validity { notBefore …
    let (_, certificate, _) = element(&der)?;
    let (_, mut rest, _) = element(certificate)?;
    let mut field = element(rest)?;
    if field.0 == 0xa0 {
        rest = field.2;
        field = element(rest)?;
    }
    for _ in 0..3 {
        field = element(field.2)?;
    }
    let (kind, time, _) = element(field.1)?;
    let time = std::str::from_utf8(time).ok()?;
    // UTCTime has two digits of the year, of 1950 to 2049.
    let (year, rest) = match kind {
        0x17 => {
            let (year, rest) = time.split_at_checked(2)?;
            let year: u32 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        0x18 => {
            let (year, rest) = time.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2);
    let (month, day, hour, minute, second) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
    time::seconds(&format!("{year:04}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

/// An element of DER: its tag, what is in it, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let (bytes, after) = rest.split_at_checked(length & 0x7f).filter(|(bytes, _)| bytes.len() <= 4)?;
        length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        rest = after;
    }
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_since_when() {
        let (tag, inner, rest) = element(&[0x30, 0x02, 1, 2, 9]).unwrap();
        assert_eq!((tag, inner, rest), (0x30, &[1_u8, 2][..], &[9_u8][..]));
        assert_eq!(element(&[0x30, 0x81, 0x01, 7]).unwrap().1, [7]);
        for bad in [&[][..], &[0x30], &[0x30, 5, 1], &[0x30, 0x85, 1, 1, 1, 1, 1, 1], &[0x30, 0xff]] {
            assert!(element(bad).is_none(), "{bad:?}");
        }
        assert_eq!(base64("aGk=").unwrap(), b"hi");
        assert_eq!(base64("a b").unwrap().len(), 1);
        assert!(base64("a$").is_none());
        for text in [
            "",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(begin_of_certificate(text), None, "{text}");
        }
    }
}
