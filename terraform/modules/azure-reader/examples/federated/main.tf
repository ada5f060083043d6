# Every subscription of a management group, read by workers in Kubernetes: no secret anywhere.
terraform {
  required_version = ">= 1.5"

  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = ">= 2.47"
    }
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 3.90"
    }
  }
}

provider "azurerm" {
  features {}
}

module "cloud_sentinel" {
  source = "../.."

  management_group_id = "production"

  federated_credential = {
    issuer  = "https://oidc.example.org/cluster"
    subject = "system:serviceaccount:cloud-sentinel:worker"
  }
}

output "client_id" {
  description = "What to register."
  value       = module.cloud_sentinel.client_id
}

output "tenant_id" {
  description = "What to register."
  value       = module.cloud_sentinel.tenant_id
}
