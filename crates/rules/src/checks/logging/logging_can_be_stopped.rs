use crate::checks::prelude::*;

check! {
    /// A role may switch off the record of what it does.
    ///
    /// ## What it checks
    /// Policies of roles, users and groups in Terraform that allow `cloudtrail:StopLogging`,
    /// `cloudtrail:DeleteTrail`, `logs:DeleteLogGroup`, `ec2:DeleteFlowLogs` and the like, by name or by `*`.
    /// ## Why it matters
    /// The first step of an attacker with that role is to become invisible.
    /// ## Fix
    /// Leave these actions to one account that runs nothing else, and deny them to all others by a policy of
    /// the organization.
    "logging-can-be-stopped",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["cannot-turn-off"],
    ids: &["attack:T1685.002"],
    bad: &[
        Example::Tree(&[("main.tf", r#"resource "aws_iam_role_policy" "p" {
  role = "x"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "cloudtrail:*", Resource = "*" }] })
}
"#)]),
        Example::Tree(&[("main.tf", r#"resource "aws_iam_role_policy" "p" {
  role = "x"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "*"], Resource = "*" }] })
}
"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"resource "aws_iam_role_policy" "p" {
  role = "x"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "logs:PutLogEvents"], Resource = "*" }] })
}
"#)]),
    ],
}

const STOPS: &[&str] = &[
    "*",
    "*:*",
    "cloudtrail:*",
    "cloudtrail:StopLogging",
    "cloudtrail:DeleteTrail",
    "cloudtrail:UpdateTrail",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "ec2:DeleteFlowLogs",
    "guardduty:*",
    "guardduty:DeleteDetector",
    "config:StopConfigurationRecorder",
];

fn check(see: &See, it: &Resource) -> Judged {
    if it.block != "resource"
        || !matches!(
            it.kind.as_str(),
            "aws_iam_role_policy" | "aws_iam_policy" | "aws_iam_user_policy" | "aws_iam_group_policy"
        )
    {
        return not_applicable();
    }
    let Some(policy) = see.child(&it.body, &["policy"])? else { return not_applicable() };
    if see.reference(policy)?.is_some() {
        return not_applicable(); // a policy document, which is a row of its own
    }
    let Some(statements) = see.child(policy, &["Statement"])? else { return not_applicable() };
    each(see, see.items(statements)?, |see, statement| {
        if see.text_at(statement, &["Effect"])? != Some("Allow") {
            return pass();
        }
        let Some(actions) = see.child(statement, &["Action"])? else { return pass() };
        each(see, see.items(actions)?, |see, action| {
            let name = see.text(action)?;
            let stops = STOPS.iter().any(|stop| stop.eq_ignore_ascii_case(name));
            if stops {
                fail(Some(action.pos()), format!("allows {name}, by which logging can be switched off"))
            } else {
                pass()
            }
        })
    })
}
