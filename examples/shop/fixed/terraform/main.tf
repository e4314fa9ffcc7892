# The workload's account: network, cluster, build instance, backups. Trails and their store stand in the audit account.
terraform {
  required_version = ">= 1.9.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.2.0"
    }
  }

  backend "s3" {
    bucket       = "shop-terraform-state"
    key          = "prod/terraform.tfstate"
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-central-1"

  assume_role {
    role_arn = var.deploy_role_arn
  }
}

provider "aws" {
  alias  = "audit"
  region = "eu-central-1"

  assume_role {
    role_arn = var.audit_role_arn
  }
}

provider "aws" {
  alias  = "organization"
  region = "eu-central-1"

  assume_role {
    role_arn = var.organization_role_arn
  }
}

variable "deploy_role_arn" {
  type        = string
  description = "Role of the pipeline in the workload's account"
}

variable "audit_role_arn" {
  type        = string
  description = "Role of the platform team in the audit account; the shop's team has none there"
}

variable "organization_role_arn" {
  type        = string
  description = "Role of the platform team in the organization's own account"
}

variable "network_role_arn" {
  type        = string
  description = "The one role that changes networks and holds external connectivity"
}

variable "office_cidr" {
  type        = string
  description = "Addresses that reach the API server and the load balancer's administration"

  validation {
    condition     = tonumber(split("/", var.office_cidr)[1]) >= 24
    error_message = "At most a /24."
  }
}

variable "ami" {
  type        = string
  description = "Image of the build instance: a container system, rebuilt weekly"
}

data "aws_caller_identity" "current" {}

data "aws_caller_identity" "audit" {
  provider = aws.audit
}

locals {
  account  = data.aws_caller_identity.current.account_id
  zones    = ["eu-central-1a", "eu-central-1b"]
  trail    = "arn:aws:cloudtrail:eu-central-1:${local.account}:trail/shop"
  flow_log = "arn:aws:logs:eu-central-1:${local.account}:log-group:/shop/flow"
}

# --- network

resource "aws_vpc" "shop" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.shop.id
}

resource "aws_subnet" "private" {
  count                   = length(local.zones)
  vpc_id                  = aws_vpc.shop.id
  availability_zone       = local.zones[count.index]
  cidr_block              = cidrsubnet(aws_vpc.shop.cidr_block, 8, 10 + count.index)
  map_public_ip_on_launch = false
}

resource "aws_security_group" "build" {
  name        = "shop-build"
  description = "Build instance: reached by nobody, reaches the endpoints of this network"
  vpc_id      = aws_vpc.shop.id

  egress {
    description = "Endpoints and the registry inside the network"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.shop.cidr_block]
  }
}

resource "aws_security_group" "endpoints" {
  name        = "shop-endpoints"
  description = "Services of the provider, reached from inside the network"
  vpc_id      = aws_vpc.shop.id

  ingress {
    description = "The network's own addresses"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.shop.cidr_block]
  }
}

resource "aws_vpc_endpoint" "shop" {
  for_each            = toset(["ecr.api", "ecr.dkr", "kms", "logs", "sts"])
  vpc_id              = aws_vpc.shop.id
  service_name        = "com.amazonaws.eu-central-1.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.endpoints.id]
}

resource "aws_flow_log" "shop" {
  vpc_id                   = aws_vpc.shop.id
  traffic_type             = "ALL"
  log_destination_type     = "cloud-watch-logs"
  log_destination          = aws_cloudwatch_log_group.flow.arn
  iam_role_arn             = aws_iam_role.flow.arn
  max_aggregation_interval = 60
}

resource "aws_cloudwatch_log_group" "flow" {
  name              = "/shop/flow"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_iam_role" "flow" {
  name = "shop-flow-log"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "vpc-flow-logs.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "flow" {
  name = "write"
  role = aws_iam_role.flow.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
      Resource = "${local.flow_log}:*"
    }]
  })
}

# --- keys

resource "aws_kms_key" "cluster" {
  description             = "Envelope encryption of the cluster's secrets"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key_of_account.json
}

resource "aws_kms_key" "backups" {
  description             = "Backups of the database"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key_of_account.json
}

resource "aws_kms_key" "logs" {
  description             = "Log groups of the workload's account"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key_of_logs.json
}

resource "aws_kms_key" "trail" {
  provider                = aws.audit
  description             = "The trail and its store"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key_of_trail.json
}

# A key's own policy: "*" is this key, and IAM of the named account decides further.
data "aws_iam_policy_document" "key_of_account" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${local.account}:root"]
    }
  }
}

data "aws_iam_policy_document" "key_of_logs" {
  source_policy_documents = [data.aws_iam_policy_document.key_of_account.json]

  statement {
    actions   = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.eu-central-1.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:aws:logs:eu-central-1:${local.account}:log-group:*"]
    }
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com", "cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "key_of_trail" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.audit.account_id}:root"]
    }
  }

  statement {
    actions   = ["kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail]
    }
  }
}

# --- backups

resource "aws_s3_bucket" "backups" {
  bucket              = "shop-backups-${local.account}"
  object_lock_enabled = true
}

resource "aws_s3_bucket_public_access_block" "backups" {
  bucket                  = aws_s3_bucket.backups.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "backups" {
  bucket = aws_s3_bucket.backups.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "backups" {
  bucket = aws_s3_bucket.backups.id

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = 35
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "backups" {
  bucket = aws_s3_bucket.backups.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.backups.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "backups" {
  bucket = aws_s3_bucket.backups.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = 90
    }

    noncurrent_version_expiration {
      noncurrent_days = 90
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}

resource "aws_s3_bucket_logging" "backups" {
  bucket        = aws_s3_bucket.backups.id
  target_bucket = "shop-access-logs-${local.account}"
  target_prefix = "backups/"
}

resource "aws_s3_bucket_policy" "backups" {
  bucket = aws_s3_bucket.backups.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.backups.arn, "${aws_s3_bucket.backups.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

# --- the audit trail: written here, kept where the shop's team has no rights

resource "aws_cloudtrail" "shop" {
  name                          = "shop"
  s3_bucket_name                = aws_s3_bucket.trail.id
  kms_key_id                    = aws_kms_key.trail.arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail.arn
  sns_topic_name                = aws_sns_topic.trail.arn
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = true

  depends_on = [aws_s3_bucket_policy.trail]
}

resource "aws_sns_topic" "trail" {
  name              = "shop-trail"
  kms_master_key_id = aws_kms_key.logs.arn
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/shop/trail"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_cloudwatch_metric_alarm" "trail_is_silent" {
  alarm_name          = "shop-trail-is-silent"
  alarm_description   = "No event has arrived for an hour"
  namespace           = "AWS/Logs"
  metric_name         = "IncomingLogEvents"
  dimensions          = { LogGroupName = aws_cloudwatch_log_group.trail.name }
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.trail.arn]
}

resource "aws_iam_role" "trail" {
  name = "shop-trail"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail } }
    }]
  })
}

resource "aws_iam_role_policy" "trail" {
  name = "write"
  role = aws_iam_role.trail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.trail.arn}:*"
    }]
  })
}

resource "aws_s3_bucket" "trail" {
  provider            = aws.audit
  bucket              = "shop-trail-${data.aws_caller_identity.audit.account_id}"
  object_lock_enabled = true
}

resource "aws_s3_bucket_public_access_block" "trail" {
  provider                = aws.audit
  bucket                  = aws_s3_bucket.trail.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "trail" {
  provider = aws.audit
  bucket   = aws_s3_bucket.trail.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "trail" {
  provider = aws.audit
  bucket   = aws_s3_bucket.trail.id

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = 400
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "trail" {
  provider = aws.audit
  bucket   = aws_s3_bucket.trail.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.trail.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "trail" {
  provider = aws.audit
  bucket   = aws_s3_bucket.trail.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = 800
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}

resource "aws_s3_bucket_logging" "trail" {
  provider      = aws.audit
  bucket        = aws_s3_bucket.trail.id
  target_bucket = "shop-access-logs-${data.aws_caller_identity.audit.account_id}"
  target_prefix = "trail/"
}

resource "aws_s3_bucket_policy" "trail" {
  provider = aws.audit
  bucket   = aws_s3_bucket.trail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.trail.arn, "${aws_s3_bucket.trail.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "TrailLooks"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = aws_s3_bucket.trail.arn
        Condition = { StringEquals = { "aws:SourceArn" = local.trail } }
      },
      {
        Sid       = "TrailWrites"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.trail.arn}/AWSLogs/${local.account}/*"
        Condition = { StringEquals = { "aws:SourceArn" = local.trail, "s3:x-amz-acl" = "bucket-owner-full-control" } }
      }
    ]
  })
}

# --- what nobody in the workload's account may do, whatever its IAM says

resource "aws_organizations_policy" "guard" {
  provider = aws.organization
  name     = "shop-guard"
  type     = "SERVICE_CONTROL_POLICY"
  content = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "LogsStayOn"
        Effect = "Deny"
        Action = [
          "cloudtrail:DeleteTrail",
          "cloudtrail:PutEventSelectors",
          "cloudtrail:StopLogging",
          "cloudtrail:UpdateTrail",
          "ec2:DeleteFlowLogs",
          "logs:DeleteLogGroup",
          "logs:DeleteLogStream",
        ]
        Resource = "*"
      },
      {
        Sid    = "NetworkByOneRole"
        Effect = "Deny"
        Action = [
          "ec2:AuthorizeSecurityGroup*",
          "ec2:CreateInternetGateway",
          "ec2:AttachInternetGateway",
          "ec2:CreateNatGateway",
          "ec2:CreateRoute",
          "ec2:CreateVpcPeeringConnection",
          "ec2:ModifySecurityGroupRules",
          "ec2:ReplaceRoute",
        ]
        Resource  = "*"
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = var.network_role_arn } }
      }
    ]
  })
}

resource "aws_organizations_policy_attachment" "guard" {
  provider  = aws.organization
  policy_id = aws_organizations_policy.guard.id
  target_id = local.account
}

# --- the build instance

resource "aws_instance" "build" {
  ami                         = var.ami
  instance_type               = "m7i.large"
  subnet_id                   = aws_subnet.private[0].id
  vpc_security_group_ids      = [aws_security_group.build.id]
  iam_instance_profile        = aws_iam_instance_profile.build.name
  associate_public_ip_address = false
  monitoring                  = true
  ebs_optimized               = true

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  root_block_device {
    encrypted  = true
    kms_key_id = aws_kms_key.backups.arn
  }
}

resource "aws_iam_instance_profile" "build" {
  name = "shop-build"
  role = aws_iam_role.build.name
}

resource "aws_iam_role" "build" {
  name = "shop-build"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "build" {
  name = "push-images"
  role = aws_iam_role.build.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:InitiateLayerUpload",
          "ecr:UploadLayerPart",
          "ecr:CompleteLayerUpload",
          "ecr:PutImage",
        ]
        Resource = "arn:aws:ecr:eu-central-1:${local.account}:repository/shop/*"
      },
      {
        # This action knows no resources.
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      }
    ]
  })
}

# --- the cluster

resource "aws_eks_cluster" "shop" {
  name     = "shop"
  role_arn = aws_iam_role.cluster.arn
  version  = "1.34"

  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.cluster.arn
    }
  }

  vpc_config {
    subnet_ids              = aws_subnet.private[*].id
    security_group_ids      = [aws_security_group.cluster.id]
    endpoint_private_access = true
    endpoint_public_access  = false
  }

  depends_on = [aws_cloudwatch_log_group.cluster]
}

resource "aws_cloudwatch_log_group" "cluster" {
  name              = "/aws/eks/shop/cluster"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_security_group" "cluster" {
  name        = "shop-cluster"
  description = "API server: reached over the office's private line only"
  vpc_id      = aws_vpc.shop.id

  ingress {
    description = "kubectl from the office and its pipeline"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [var.office_cidr]
  }
}

resource "aws_iam_role" "cluster" {
  name = "shop-cluster"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "eks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}
