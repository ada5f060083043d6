variable "principal" {
  description = "ARN of the AWS identity that Cloud Sentinel scans with. Only it may assume the role."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/.+)$", var.principal))
    error_message = "The principal is the ARN of a user, a role or an account, for example arn:aws:iam::123456789012:role/scanner."
  }
}

variable "external_id" {
  description = "The external id that Cloud Sentinel made for the account. Without it nobody gets in."
  type        = string

  validation {
    condition     = can(regex("^[[:word:]+=,.@:/-]+$", var.external_id)) && length(var.external_id) >= 2 && length(var.external_id) <= 1224
    error_message = "An external id has 2 to 1224 letters, digits and +=,.@:/-_."
  }
}

variable "role_name" {
  description = "Name of the role. Discovery finds the accounts of an organization by it: keep it the same everywhere."
  type        = string
  default     = "cloud-sentinel-read"
}

variable "this_account" {
  description = "Whether the role is made in the account of the provider."
  type        = bool
  default     = true
}

variable "organizational_unit_ids" {
  description = "Organizational units (or the root, r-...) whose accounts all get the role, those that join later too. Needs the organization's management account, or a delegated administrator. A StackSet never deploys into the management account: this_account does."
  type        = list(string)
  default     = []
}

variable "delegated_administrator" {
  description = "Whether the provider's account is a delegated administrator of the organization, and not its management account."
  type        = bool
  default     = false
}

variable "list_organization" {
  description = "Whether the role may also list the organization's accounts, so that they can be discovered through this account."
  type        = bool
  default     = false
}

variable "stack_region" {
  description = "Region in which the StackSet keeps its stacks. A role is global: one region is enough."
  type        = string
  default     = "us-east-1"
}

variable "tags" {
  description = "Tags of everything that is made here."
  type        = map(string)
  default     = {}
}
