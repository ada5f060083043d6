output "client_id" {
  description = "The application that Cloud Sentinel signs in as."
  value       = azuread_application.this.client_id
}

output "tenant_id" {
  description = "The tenant of the application."
  value       = azuread_service_principal.this.application_tenant_id
}

output "client_secret" {
  description = "The client secret; null with a federated credential. It stands in the state as well: keep that encrypted."
  value       = one(azuread_application_password.this[*].value)
  sensitive   = true
}
