variable "subscription_ids" {
  description = "Subscriptions that Cloud Sentinel reads."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.subscription_ids : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "A subscription is given by its id, for example 00000000-0000-0000-0000-000000000000."
  }
}

variable "management_group_id" {
  description = "Name of a management group whose subscriptions are all read, those that join later too. Null: none."
  type        = string
  default     = null
}

variable "role_name" {
  description = "Name of the custom role."
  type        = string
  default     = "Cloud Sentinel scan"
}

variable "application_name" {
  description = "Display name of the application that Cloud Sentinel signs in as."
  type        = string
  default     = "cloud-sentinel"
}

variable "federated_credential" {
  description = "Whose tokens the application trusts (a workload identity): nothing secret is kept then. Null: a client secret is made."
  type = object({
    issuer  = string
    subject = string
  })
  default = null
}

variable "secret_days" {
  description = "Days after which a client secret ends. It is replaced by the first apply after that."
  type        = number
  default     = 90

  validation {
    condition     = var.secret_days >= 1 && var.secret_days <= 730
    error_message = "A client secret lives 1 to 730 days."
  }
}
