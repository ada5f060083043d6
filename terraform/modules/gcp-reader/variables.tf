variable "project" {
  description = "Project in which the service account lives, and which is read."
  type        = string
}

variable "projects" {
  description = "Further projects that are read."
  type        = list(string)
  default     = []
}

variable "organization_id" {
  description = "Number of an organization whose projects are all read, those that join later too. Null: none."
  type        = string
  default     = null
}

variable "impersonators" {
  description = "Members that may act as the service account, for example serviceAccount:worker@platform.iam.gserviceaccount.com. No key is made."
  type        = list(string)
}

variable "account_id" {
  description = "Name of the service account."
  type        = string
  default     = "cloud-sentinel"
}

variable "role_id" {
  description = "Id of the custom role."
  type        = string
  default     = "cloudSentinelRead"
}
