# The read role in the management account, and by a StackSet in every account under the root.
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
  description = "What Cloud Sentinel made when the management account was registered."
  type        = string
}

module "cloud_sentinel" {
  source = "../.."

  principal               = "arn:aws:iam::999999999999:role/cloud-sentinel-worker"
  external_id             = var.external_id
  list_organization       = true
  organizational_unit_ids = ["r-ab12"]
}

output "role_arn" {
  description = "What to register for the management account."
  value       = module.cloud_sentinel.role_arn
}
