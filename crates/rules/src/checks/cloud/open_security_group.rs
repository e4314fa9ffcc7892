use crate::checks::prelude::*;
use crate::cloud::{everywhere, items, some_text};
use tyrian_model::tree::Tree;

check! {
    /// A firewall lets every address of the internet in.
    ///
    /// ## What it checks
    /// Rules for incoming traffic from `0.0.0.0/0`, `::/0` or `Internet` in security groups of AWS, firewalls of
    /// Google Cloud and security groups of Azure. The ports 80 and 443 alone, and ICMP, are let through: a public
    /// site needs them.
    /// ## Why it matters
    /// What is open to everybody is found and tried within minutes; a service that was meant for a few has
    /// thousands of guests.
    /// ## Fix
    /// Name the addresses that need it in `cidr_blocks` (`source_ranges`, `source_address_prefix`), or refer to
    /// another security group. Administration comes through a bastion, a VPN or the provider's session service.
    "open-security-group",
    layer: Layer::Cloud,
    gain: Gain::Reach,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["no-open-cidr"],
    ids: &["attack:T1133"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_security_group" "web" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_security_group_rule" "db" {
  type              = "ingress"
  from_port         = 5432
  to_port           = 5432
  protocol          = "tcp"
  ipv6_cidr_blocks  = ["::/0"]
  security_group_id = var.group
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "aws_vpc_security_group_ingress_rule" "all" {
  security_group_id = aws_security_group.web.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_compute_firewall" "ssh" {
  name          = "ssh"
  network       = "default"
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "azurerm_network_security_rule" "rdp" {
  direction              = "Inbound"
  access                 = "Allow"
  protocol               = "Tcp"
  source_address_prefix  = "*"
  destination_port_range = "3389"
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_security_group" "web" {
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_compute_firewall" "deny" {
  source_ranges = ["0.0.0.0/0"]
  deny {
    protocol = "all"
  }
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "azurerm_network_security_rule" "web" {
  direction              = "Inbound"
  access                 = "Allow"
  protocol               = "Tcp"
  source_address_prefix  = "Internet"
  destination_port_range = "443"
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    match it.kind.as_str() {
        _ if it.block != "resource" => not_applicable(),
        "aws_security_group" | "aws_default_security_group" => {
            each(see, items(see, &it.body, "ingress")?, |see, rule| aws(see, rule))
        }
        "aws_security_group_rule" => match see.text_at(&it.body, &["type"])? {
            Some("ingress") => aws(see, &it.body),
            _ => not_applicable(),
        },
        "aws_vpc_security_group_ingress_rule" => aws(see, &it.body),
        "google_compute_firewall" => google(see, &it.body),
        "azurerm_network_security_rule" => azure(see, &it.body),
        "azurerm_network_security_group" => {
            each(see, items(see, &it.body, "security_rule")?, |see, rule| azure(see, rule))
        }
        _ => not_applicable(),
    }
}

/// What a public site has open.
fn of_a_site(from: &str, to: &str) -> bool {
    from == to && matches!(from, "80" | "443")
}

fn aws(see: &See, rule: &Tree) -> Judged {
    let open = |see: &See, key| some_text(see, rule, key, everywhere);
    let ranges = ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"];
    each(see, ranges, |see, key| {
        if !open(see, key)? {
            return pass();
        }
        let protocol = match see.text_at(rule, &["protocol"])? {
            Some(protocol) => protocol,
            None => see.text_at(rule, &["ip_protocol"])?.unwrap_or("-1"),
        };
        if matches!(protocol, "icmp" | "icmpv6" | "1" | "58") {
            return pass();
        }
        let from = see.text_at(rule, &["from_port"])?.unwrap_or("0");
        let to = see.text_at(rule, &["to_port"])?.unwrap_or(from);
        let every = matches!(protocol, "-1" | "all");
        if !every && of_a_site(from, to) {
            return pass();
        }
        let range = if key.contains("v6") { "::/0" } else { "0.0.0.0/0" };
        fail(Some(rule.pos()), format!("lets {range} in to {}", ports(every, from, to)))
    })
}

fn ports(every: bool, from: &str, to: &str) -> String {
    match (from, to) {
        _ if every => "every port".to_owned(),
        ("0", "65535" | "0") | ("1", "65535") | ("-1", _) => "every port".to_owned(),
        _ if from == to => format!("port {from}{}", known(from)),
        _ => format!("the ports {from} to {to}"),
    }
}

/// What the port of an administrator or a data store is.
fn known(port: &str) -> &'static str {
    match port {
        "22" => ", SSH",
        "3389" => ", remote desktop",
        "2375" | "2376" => ", the Docker engine",
        "3306" => ", MySQL",
        "5432" => ", PostgreSQL",
        "6379" => ", Redis",
        "6443" => ", the Kubernetes API",
        "9200" => ", Elasticsearch",
        "27017" => ", MongoDB",
        _ => "",
    }
}

/// The two ends of `22`, `20-25`.
fn range(ports: &str) -> (&str, &str) {
    ports.split_once('-').unwrap_or((ports, ports))
}

fn google(see: &See, rule: &Tree) -> Judged {
    if see.text_at(rule, &["direction"])? == Some("EGRESS") || see.flag_at(rule, &["disabled"])? == Some(true)
    {
        return not_applicable();
    }
    if !some_text(see, rule, "source_ranges", everywhere)? {
        return pass();
    }
    each(see, items(see, rule, "allow")?, |see, allow| {
        let protocol = see.text_at(allow, &["protocol"])?.unwrap_or("all");
        if matches!(protocol, "icmp" | "1" | "58" | "ipv6-icmp") {
            return pass();
        }
        let Some(list) = see.child(allow, &["ports"])? else {
            return fail(Some(allow.pos()), format!("lets every address in to every port ({protocol})"));
        };
        each(see, see.items(list)?, |see, port| {
            let (from, to) = range(see.text(port)?);
            if of_a_site(from, to) {
                return pass();
            }
            fail(Some(allow.pos()), format!("lets every address in to {}", ports(false, from, to)))
        })
    })
}

fn azure(see: &See, rule: &Tree) -> Judged {
    if see.text_at(rule, &["direction"])? != Some("Inbound")
        || see.text_at(rule, &["access"])? != Some("Allow")
    {
        return not_applicable();
    }
    let open = some_text(see, rule, "source_address_prefix", everywhere)?
        || some_text(see, rule, "source_address_prefixes", everywhere)?;
    if !open || see.text_at(rule, &["protocol"])? == Some("Icmp") {
        return pass();
    }
    each(see, ["destination_port_range", "destination_port_ranges"], |see, key| {
        let Some(list) = see.child(rule, &[key])? else { return not_applicable() };
        each(see, see.items(list)?, |see, port| {
            let (from, to) = range(see.text(port)?);
            if of_a_site(from, to) {
                return pass();
            }
            fail(Some(rule.pos()), format!("lets every address in to {}", ports(from == "*", from, to)))
        })
    })
}
