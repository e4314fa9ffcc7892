use crate::checks::prelude::*;
use crate::cloud::is;

check! {
    /// A workload or account has an administrator's role of the cloud.
    ///
    /// ## What it checks
    /// The managed policies `AdministratorAccess`, `PowerUserAccess` and `IAMFullAccess` of AWS, `roles/owner` and
    /// `roles/editor` of Google Cloud, `Owner` and `Contributor` of Azure, where they are given by name.
    /// ## Why it matters
    /// The largest role there is goes to whoever takes the one that has it.
    /// ## Fix
    /// Give roles made for the task; keep the administrator's for people who take it for a limited time.
    "administrator-role",
    layer: Layer::Cloud,
    gain: Gain::System,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["cloud-least-privilege"],
    ids: &["attack:T1078.004"],
    bad: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role_policy_attachment" "node" {
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_project_iam_member" "ci" {
  role   = "roles/owner"
  member = "serviceAccount:ci@shop.iam.gserviceaccount.com"
}"#)]),
    ],
    good: &[
        Example::Tree(&[("main.tf", r#"
resource "aws_iam_role_policy_attachment" "node" {
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
}"#)]),
        Example::Tree(&[("main.tf", r#"
resource "google_project_iam_member" "ci" {
  role   = "roles/artifactregistry.writer"
  member = "serviceAccount:ci@shop.iam.gserviceaccount.com"
}"#)]),
    ],
}

fn check(see: &See, it: &Resource) -> Judged {
    const AWS: &[&str] =
        &["aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_policy_attachment"];
    const GOOGLE: &[&str] = &["google_project_iam_member", "google_project_iam_binding"];
    let key = match it.kind.as_str() {
        _ if is(it, AWS) => "policy_arn",
        _ if is(it, GOOGLE) => "role",
        _ if is(it, &["azurerm_role_assignment"]) => "role_definition_name",
        _ => return not_applicable(),
    };
    let Some(node) = see.child(&it.body, &[key])? else { return pass() };
    if see.reference(node)?.is_some_and(|name| name.starts_with("aws_iam_policy.")) {
        return pass();
    }
    let role = see.text(node)?.rsplit('/').next().unwrap_or_default();
    match role {
        "AdministratorAccess"
        | "PowerUserAccess"
        | "IAMFullAccess"
        | "owner"
        | "editor"
        | "Owner"
        | "Contributor" => fail(Some(node.pos()), format!("gives the role {role}")),
        _ => pass(),
    }
}
