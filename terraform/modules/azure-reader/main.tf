locals {
  groups = var.management_group_id == null ? [] : ["/providers/Microsoft.Management/managementGroups/${var.management_group_id}"]
  actions = concat(
    jsondecode(file("${path.module}/actions.json")),
    var.management_group_id == null ? [] : jsondecode(file("${path.module}/management_group.json")),
  )
  scopes = concat([for id in var.subscription_ids : "/subscriptions/${id}"], local.groups)
}

resource "azurerm_role_definition" "this" {
  name              = var.role_name
  description       = "Reads what Cloud Sentinel scans, and nothing else."
  scope             = local.scopes[0]
  assignable_scopes = local.scopes

  permissions {
    actions = local.actions
  }

  lifecycle {
    precondition {
      condition     = length(local.scopes) > 0
      error_message = "Give subscription_ids, or a management_group_id."
    }
  }
}

resource "azuread_application" "this" {
  display_name = var.application_name
}

resource "azuread_service_principal" "this" {
  client_id = azuread_application.this.client_id
}

resource "azurerm_role_assignment" "this" {
  for_each = toset(local.scopes)

  scope              = each.value
  role_definition_id = azurerm_role_definition.this.role_definition_resource_id
  principal_id       = azuread_service_principal.this.object_id
  principal_type     = "ServicePrincipal"
}

resource "azuread_application_federated_identity_credential" "this" {
  count = var.federated_credential == null ? 0 : 1

  application_id = azuread_application.this.id
  display_name   = "cloud-sentinel"
  description    = "The identity of Cloud Sentinel's workers"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = var.federated_credential.issuer
  subject        = var.federated_credential.subject
}

resource "azuread_application_password" "this" {
  count = var.federated_credential == null ? 1 : 0

  application_id    = azuread_application.this.id
  display_name      = "cloud-sentinel"
  end_date_relative = "${var.secret_days * 24}h"
}
