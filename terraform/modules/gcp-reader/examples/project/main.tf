# One project, read by a service account that the workers impersonate: no key anywhere.
terraform {
  required_version = ">= 1.5"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 5.0"
    }
  }
}

module "cloud_sentinel" {
  source = "../.."

  project       = "web-production"
  impersonators = ["serviceAccount:worker@platform.iam.gserviceaccount.com"]
}

output "service_account" {
  description = "What to register."
  value       = module.cloud_sentinel.service_account
}
