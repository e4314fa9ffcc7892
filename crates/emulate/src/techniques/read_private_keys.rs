use crate::call::{exists, open, part, primitive, reach, read};
use crate::program::{Memory, Step};
use crate::technique::{Place, Variant, variant};

technique! {
    /// Keys and passwords are looked for where people and tools leave them.
    ///
    /// ## What it tries
    ///
    /// To read from the files in which SSH, the tools of clouds, Docker, Kubernetes and Git keep credentials in the home
    /// of root. They are those of the image; what is read goes nowhere.
    ///
    /// ## Why it matters
    ///
    /// They lead out of the container: to other machines, to the account at the provider, to the registry.
    ///
    /// ## What stops it
    ///
    /// An image without them, in which there is nothing to try; a user other than root.
    "read-private-keys",
    threats: &["process-hijack", "data-exfiltration"],
    controls: &["non-root"],
    detections: &["detect-sensitive-read"],
    ids: &["attack:T1552.001", "attack:T1552.004"],
}

fn variants(_: &Place) -> Vec<Variant> {
    let reads = |name, path: &str, reason| {
        let steps = vec![
            part(exists(path)),
            reach(open(path, libc::O_RDONLY)).named("file"),
            primitive(read("file", "secret", 64)),
        ];
        variant(name, steps).sharing("secret", Memory::zeros(64)).missing_file(reason)
    };
    vec![
        reads("ssh", "/root/.ssh/id_rsa", "the image has no SSH key in /root"),
        reads("ssh-ed25519", "/root/.ssh/id_ed25519", "the image has no such SSH key in /root"),
        reads("aws", "/root/.aws/credentials", "the image has no credentials of AWS in /root"),
        reads(
            "gcloud",
            "/root/.config/gcloud/application_default_credentials.json",
            "the image has no credentials of Google Cloud in /root",
        ),
        reads(
            "azure",
            "/root/.azure/msal_token_cache.json",
            "the image has no credentials of Azure in /root",
        ),
        reads("docker", "/root/.docker/config.json", "the image has no credentials of registries in /root"),
        reads("kubernetes", "/root/.kube/config", "the image has no kubeconfig in /root"),
        reads("git", "/root/.git-credentials", "the image has no credentials of Git in /root"),
        reads("netrc", "/root/.netrc", "the image has no .netrc in /root"),
    ]
}

fn harmless(_: &Place) -> Vec<Step> {
    vec![open("/proc/self/status", libc::O_RDONLY)]
}
