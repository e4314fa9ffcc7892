//! What checks over container engines share.

/// Is that `host:port`, host or range an address of the machine itself?
pub(crate) fn is_own(address: &str) -> bool {
    let host = match address.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None if address.matches(':').count() > 1 => address.split('/').next().unwrap_or(""),
        None => address.split([':', '/']).next().unwrap_or(""),
    };
    // A name that only begins like an address is somebody else's: `127.0.0.1.example.com`.
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
