output "role_arn" {
  description = "ARN of the role in the provider's account; null when it is made in the organization only."
  value       = one(aws_iam_role.this[*].arn)
}

output "role_name" {
  description = "Name of the role, the same in every account: what discovery is told."
  value       = var.role_name
}
