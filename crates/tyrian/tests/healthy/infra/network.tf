terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.90"
    }
  }
}

resource "aws_security_group" "api" {
  name        = "queue-api"
  description = "The API, from the inner load balancer"
  vpc_id      = "vpc-0a1b2c3d4e5f60718"

  ingress {
    description = "HTTPS"
    from_port   = 8443
    to_port     = 8443
    protocol    = "tcp"
    cidr_blocks = ["10.20.0.0/24"]
  }
}

resource "aws_launch_template" "node" {
  name          = "queue-node"
  image_id      = "ami-0123456789abcdef0"
  instance_type = "t3.small"

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}

data "aws_iam_policy_document" "jobs" {
  statement {
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
    resources = ["arn:aws:sqs:eu-central-1:111122223333:queue-jobs"]
  }
}

resource "aws_iam_policy" "jobs" {
  name   = "queue-jobs"
  policy = data.aws_iam_policy_document.jobs.json
}
