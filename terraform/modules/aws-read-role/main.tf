locals {
  documents = jsondecode(file("${path.module}/policies.json"))
  policies  = var.this_account ? { for index, document in local.documents : tostring(index + 1) => document } : {}
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [var.principal]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }
}

resource "aws_iam_role" "this" {
  count = var.this_account ? 1 : 0

  name                 = var.role_name
  description          = "Cloud Sentinel reads this account by it"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
  tags                 = var.tags
}

resource "aws_iam_policy" "this" {
  for_each = local.policies

  name        = "${var.role_name}-${each.key}"
  description = "What a scan by Cloud Sentinel calls, and nothing else"
  policy      = jsonencode(each.value)
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = aws_iam_policy.this

  role       = aws_iam_role.this[0].name
  policy_arn = each.value.arn
}

resource "aws_iam_role_policy" "organization" {
  count = var.this_account && var.list_organization ? 1 : 0

  name   = "${var.role_name}-organization"
  role   = aws_iam_role.this[0].name
  policy = file("${path.module}/organization.json")
}
