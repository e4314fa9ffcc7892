//! The forms of tokens: what stands in each, and how it is told from what only looks like it.

use super::value::{bech32, github_sum, mixed, random, web_token};
use regex::Regex;
use std::sync::OnceLock;

/// A form of tokens.
pub(super) struct Form {
    pub(super) kind: &'static str,
    /// Literals of which one stands in every token of this form.
    pub(super) anchors: &'static [&'static str],
    /// How many bytes of the token may stand before the anchor.
    pub(super) back: usize,
    /// The token; where there is a group, the secret is the group.
    pub(super) pattern: &'static str,
    /// Whether what matched is a token, and not only looks like one.
    pub(super) check: fn(&str) -> bool,
}

/// The longest token that is matched, in bytes, but for private keys.
pub(super) const LONGEST: usize = 8 * 1024;

const fn form(
    kind: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    check: fn(&str) -> bool,
) -> Form {
    Form { kind, anchors, back: 0, pattern, check }
}

pub(super) const FORMS: &[Form] = &[
    form("aws-access-key-id", &["AKIA", "ASIA"], "A[KS]IA[A-Z2-7]{16}", |t| {
        !t.ends_with("EXAMPLE") && random(&t[4..], 3.0)
    }),
    form("github-token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], "gh[pousr]_[A-Za-z0-9]{36}", |t| {
        github_sum(&t[4..])
    }),
    form("github-token", &["github_pat_"], "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}", |t| {
        random(&t[11..], 4.0)
    }),
    form(
        "gitlab-token",
        &["glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glsoat-", "glft-", "glimt-", "glagent-"],
        r"gl[a-z]{2,5}-(?:t[0-9]_)?[A-Za-z0-9_-]{20,300}(?:\.[0-9a-z]{2}\.?[0-9a-z]{7})?",
        |t| random(t.split_once('-').map_or("", |(_, body)| body), 3.2),
    ),
    form(
        "slack-token",
        &["xoxb-", "xoxp-", "xoxa-", "xoxo-", "xoxr-", "xoxs-", "xoxe-", "xoxe."],
        r"xox[a-z][.-](?:xox[a-z]-)?[0-9]{1,14}-[0-9A-Za-z-]{10,300}",
        |t| t.len() >= 32 && random(&t[5..], 2.8),
    ),
    form("slack-token", &["xapp-"], "xapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{8,14}-[0-9a-f]{32,80}", |t| {
        random(&t[5..], 3.0)
    }),
    form(
        "slack-webhook",
        &["hooks.slack.com/"],
        "hooks[.]slack[.]com/(?:services|workflows)/(T[A-Z0-9]{8,12}/[AB][A-Z0-9]{8,12}/[A-Za-z0-9/]{18,40})",
        |t| random(t, 3.4),
    ),
    form("stripe-key", &["sk_live_", "rk_live_"], "[sr]k_live_[A-Za-z0-9]{24,250}", |t| random(&t[8..], 3.4)),
    form("stripe-webhook-secret", &["whsec_"], "whsec_[A-Za-z0-9+/]{32,88}=*", |t| random(&t[6..], 3.8)),
    form("google-api-key", &["AIza"], "AIza[0-9A-Za-z_-]{35}", |t| random(&t[4..], 3.6)),
    form("google-oauth-secret", &["GOCSPX-"], "GOCSPX-[0-9A-Za-z_-]{28}", |t| random(&t[7..], 3.4)),
    form(
        "azure-storage-key",
        &["AccountKey=", "SharedAccessKey="],
        "(?:Account|SharedAccess)Key=((?:[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=))",
        |t| random(t, 4.0),
    ),
    form("azure-sas-signature", &["sig="], "sig=((?:[A-Za-z0-9+/]|%2[BbFf]){40,60}(?:=|%3[Dd]))", |t| {
        random(t, 4.0)
    }),
    Form {
        kind: "azure-client-secret",
        anchors: &["Q~"],
        back: 4,
        pattern: "[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}",
        check: |t| random(t, 4.0),
    },
    form("npm-token", &["npm_"], "npm_[A-Za-z0-9]{36}", |t| random(&t[4..], 3.8) && mixed(&t[4..], 0.3)),
    form(
        "pypi-token",
        &["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"],
        "pypi-AgE[A-Za-z0-9_-]{64,300}",
        |t| random(&t[5..], 4.0),
    ),
    form("docker-hub-token", &["dckr_pat_", "dckr_oat_"], "dckr_[po]at_[A-Za-z0-9_-]{27,32}", |t| {
        random(&t[9..], 3.4)
    }),
    form(
        "json-web-token",
        &["eyJ"],
        r"eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{16,1500}",
        web_token,
    ),
    form("sendgrid-key", &["SG."], r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", |t| random(&t[3..], 4.0)),
    form("twilio-api-key", &["SK"], "SK[0-9a-f]{32}", |t| random(&t[2..], 3.0)),
    Form {
        kind: "telegram-bot-token",
        anchors: &[":AA"],
        back: 10,
        pattern: "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",
        check: |t| t.split_once(':').is_some_and(|(_, body)| random(body, 3.6)),
    },
    form("vault-token", &["hvs.", "hvb.", "hvr."], r"hv[sbr]\.[A-Za-z0-9_-]{24,300}", |t| {
        random(&t[4..], 3.6) && t.bytes().any(|b| b.is_ascii_digit())
    }),
    Form {
        kind: "terraform-token",
        anchors: &[".atlasv1."],
        back: 14,
        pattern: r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70}",
        check: |t| random(t, 4.0),
    },
    form("digitalocean-token", &["dop_v1_", "doo_v1_", "dor_v1_"], "do[opr]_v1_[a-f0-9]{64}", |t| {
        random(&t[7..], 3.2)
    }),
    form("heroku-key", &["HRKU-"], "HRKU-AA[0-9A-Za-z_-]{58}", |t| random(&t[7..], 4.0)),
    form("databricks-token", &["dapi"], "dapi[a-f0-9]{32}(?:-[0-9])?", |t| random(&t[4..], 3.0)),
    form("shopify-token", &["shpat_", "shpca_", "shppa_", "shpss_"], "shp[a-z]{2}_[a-fA-F0-9]{32}", |t| {
        random(&t[6..], 3.0)
    }),
    form("age-secret-key", &["AGE-SECRET-KEY-1"], "AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}", bech32),
    form("anthropic-key", &["sk-ant-"], "sk-ant-[a-z0-9]{5,8}-[A-Za-z0-9_-]{80,120}", |t| {
        random(&t[7..], 4.0)
    }),
    Form {
        kind: "openai-key",
        anchors: &["T3BlbkFJ"],
        back: 100,
        pattern: "sk-[A-Za-z0-9_-]{20,90}T3BlbkFJ[A-Za-z0-9_-]{20,90}",
        check: |t| random(t, 4.0),
    },
    form("hugging-face-token", &["hf_"], "hf_[A-Za-z]{34}", |t| random(&t[3..], 3.8)),
    form("grafana-token", &["glsa_"], "glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}", |t| random(&t[5..], 3.6)),
    form("rubygems-key", &["rubygems_"], "rubygems_[0-9a-f]{48}", |t| random(&t[9..], 3.0)),
    form("pulumi-token", &["pul-"], "pul-[0-9a-f]{40}", |t| random(&t[4..], 3.0)),
    form("new-relic-key", &["NRAK-"], "NRAK-[A-Z0-9]{27}", |t| random(&t[5..], 3.4)),
    form("atlassian-token", &["ATATT3x"], "ATATT3x[A-Za-z0-9_=-]{170,250}", |t| random(&t[7..], 4.0)),
    form("tailscale-key", &["tskey-"], "tskey-[a-z]{3,10}-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{20,50}", |t| {
        random(&t[6..], 3.6)
    }),
    form(
        "password-hash",
        &[":$apr1$", ":$1$", ":$2a$", ":$2b$", ":$2y$", ":$5$", ":$6$", ":$y$"],
        HASHES,
        |t| random(t, 3.6),
    ),
];

/// A password's hash as /etc/shadow and htpasswd have it, after a user's name at the start of a line.
const HASHES: &str = r":(\$(?:apr1|1)\$[./0-9A-Za-z]{1,8}\$[./0-9A-Za-z]{22}|\$2[aby]\$[0-9]{2}\$[./0-9A-Za-z]{53}|\$[56]\$(?:rounds=[0-9]{4,9}\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{43,86}|\$y\$[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{1,86}\$[./0-9A-Za-z]{43})";

static PATTERNS: [OnceLock<Option<Regex>>; FORMS.len()] = [const { OnceLock::new() }; FORMS.len()];

pub(super) fn pattern(index: usize) -> Option<&'static Regex> {
    let Form { pattern, .. } = FORMS[index];
    PATTERNS[index].get_or_init(|| Regex::new(&format!("^(?:{pattern})")).ok()).as_ref()
}
