use crate::call::{call, primitive};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// The name of the host is changed.
    ///
    /// ## What it tries
    ///
    /// To set a name of 65 bytes, one more than there may be, which the kernel refuses once it has let the
    /// caller in: as the host's name and as that of its domain.
    ///
    /// ## Why it matters
    ///
    /// Logs and other machines know the host by its name; a container that shares it renames the host.
    ///
    /// ## What stops it
    ///
    /// The runtime's default seccomp profile and the lack of CAP_SYS_ADMIN, each by itself.
    "host-name-set",
    threats: &["container-breakout"],
    controls: &["seccomp", "least-capability"],
    capabilities: &["SYS_ADMIN"],
    ids: &["attack:T1611"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let attempt = |name: &'static str, number: libc::c_long| {
        let arguments = vec![Memory::zeros(65).into(), 65.into()];
        vec![primitive(call(name, number, arguments)).let_through_by(&[libc::EINVAL])]
    };
    vec![
        variant("host", attempt("sethostname", libc::SYS_sethostname)),
        variant("domain", attempt("setdomainname", libc::SYS_setdomainname)),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![call("uname", libc::SYS_uname, vec![Memory::zeros(390).into()])]
}
