# The read role in one account.
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "external_id" {
  description = "What Cloud Sentinel made when the account was registered."
  type        = string
}

module "cloud_sentinel" {
  source = "../.."

  principal   = "arn:aws:iam::999999999999:role/cloud-sentinel-worker"
  external_id = var.external_id
}

output "role_arn" {
  description = "What to register."
  value       = module.cloud_sentinel.role_arn
}
