locals {
  permissions = jsondecode(file("${path.module}/permissions.json"))
  projects    = toset(concat([var.project], var.projects))
  apis        = ["cloudasset.googleapis.com", "iamcredentials.googleapis.com", "monitoring.googleapis.com"]
}

resource "google_project_service" "this" {
  for_each = { for pair in setproduct(local.projects, local.apis) : "${pair[0]}/${pair[1]}" => pair }

  project            = each.value[0]
  service            = each.value[1]
  disable_on_destroy = false
}

resource "google_service_account" "this" {
  project      = var.project
  account_id   = var.account_id
  display_name = "Cloud Sentinel"
  description  = "Cloud Sentinel reads by it"
}

resource "google_service_account_iam_member" "impersonation" {
  for_each = toset(var.impersonators)

  service_account_id = google_service_account.this.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value
}

resource "google_project_iam_custom_role" "this" {
  for_each = var.organization_id == null ? local.projects : toset([])

  project     = each.value
  role_id     = var.role_id
  title       = "Cloud Sentinel read"
  description = "What a scan by Cloud Sentinel calls, and nothing else: reads only."
  permissions = local.permissions
}

resource "google_project_iam_member" "this" {
  for_each = google_project_iam_custom_role.this

  project = each.value.project
  role    = each.value.id
  member  = google_service_account.this.member
}

resource "google_organization_iam_custom_role" "this" {
  count = var.organization_id == null ? 0 : 1

  org_id      = var.organization_id
  role_id     = var.role_id
  title       = "Cloud Sentinel read"
  description = "What a scan by Cloud Sentinel calls, and nothing else: reads only."
  permissions = local.permissions
}

resource "google_organization_iam_member" "this" {
  count = var.organization_id == null ? 0 : 1

  org_id = var.organization_id
  role   = google_organization_iam_custom_role.this[0].id
  member = google_service_account.this.member
}
