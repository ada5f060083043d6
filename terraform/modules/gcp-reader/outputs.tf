output "service_account" {
  description = "The service account that workers impersonate: what to register."
  value       = google_service_account.this.email
}
