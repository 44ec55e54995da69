-- title = "Function app not public"
-- severity = "high"
-- subject = "azure_function_app"
-- tables = ["azure_function_app"]
-- optional = ["azure_app_service_environment"]
-- controls = [
--   "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.1", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2",
--   "soc_2:CC6.1",
-- ]
-- rationale = "A function that only other services call has no need of an address that everybody can reach, and keys or code are then all that stands in between. Where the switch was never set, Azure closes the public address of an app with a private endpoint; an app in an internal App Service environment never has one. Access restrictions narrow the address but leave it public, so they do not pass."
-- remediation = "az functionapp update --ids ID --set publicNetworkAccess=Disabled, after a private endpoint gives callers another way in: az network private-endpoint create --connection-name NAME --private-connection-resource-id ID --group-id sites --vnet-name VNET --subnet SUBNET --name NAME --resource-group GROUP"
-- references = ["https://learn.microsoft.com/azure/app-service/overview-access-restrictions", "https://learn.microsoft.com/azure/azure-functions/functions-networking-options"]
-- [[case]]
-- title = "disabled"
-- given.azure_function_app = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "enabled, with and without a private endpoint"
-- given.azure_function_app = [
--   { name = "a", public_network_access = "Enabled" },
--   { name = "b", public_network_access = "Enabled", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "absent or empty means enabled"
-- given.azure_function_app = [{ name = "a" }, { name = "b", public_network_access = "" }]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "absent, with an approved private endpoint: Azure closes the public address"
-- given.azure_function_app = [{ name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Approved"] }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "absent, with private endpoints that are not approved"
-- given.azure_function_app = [{ name = "a", private_endpoint_connections_properties_private_link_service_connection_state_status = ["Pending", "Rejected"] }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "other letter case"
-- given.azure_function_app = [{ name = "a", public_network_access = "disabled" }, { name = "b", public_network_access = "ENABLED" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "a word not known yet"
-- given.azure_function_app = [{ name = "a", public_network_access = "SecuredByPerimeter" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "in an internal environment; in an open one; in one that holds back the deployment site only"
-- given.azure_function_app = [
--   { name = "a", hosting_environment_profile_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/hostingenvironments/in" },
--   { name = "b", public_network_access = "Enabled", hosting_environment_profile_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/hostingenvironments/out" },
--   { name = "c", hosting_environment_profile_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/hostingenvironments/half" },
-- ]
-- given.azure_app_service_environment = [
--   { name = "in", internal_load_balancing_mode = "Web, Publishing" },
--   { name = "out", internal_load_balancing_mode = "None" },
--   { name = "half", internal_load_balancing_mode = "Publishing" },
-- ]
-- expect = { a = "pass", b = "fail", c = "fail" }
-- [[case]]
-- title = "in an environment that was not read, or whose mode was not"
-- ledger = [{ table = "azure_app_service_environment", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = [
--   { name = "a", hosting_environment_profile_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/hostingenvironments/gone" },
--   { name = "b", hosting_environment_profile_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/hostingenvironments/dim" },
--   { name = "c", public_network_access = "Disabled", hosting_environment_profile_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.web/hostingenvironments/gone" },
-- ]
-- given.azure_app_service_environment = [{ name = "dim", _gaps = ["internal_load_balancing_mode"] }]
-- expect = { a = "unknown", b = "unknown", c = "pass" }
-- [[case]]
-- title = "in a Container Apps environment: its ingress decides"
-- given.azure_function_app = [{ name = "a", managed_environment_id = "/x/env" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "value not readable"
-- given.azure_function_app = [{ name = "a", _gaps = ["public_network_access"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_function_app", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_function_app", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_function_app = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
WITH environment AS (
    SELECT e.id,
           CASE WHEN NOT coalesce(list_contains(e._gaps, 'internal_load_balancing_mode'), FALSE)
                THEN lower(trim(e.internal_load_balancing_mode)) END AS mode
    FROM azure_app_service_environment AS e
),
app AS (
    SELECT f.id, f.subscription_id, f.public_network_access, f.hosting_environment_profile_id, f.managed_environment_id,
           lower(trim(coalesce(f.public_network_access, ''))) AS access,
           coalesce(array_length(list_filter(
               f.private_endpoint_connections_properties_private_link_service_connection_state_status,
               lambda item_: lower(trim(item_)) = 'approved')), 0) AS n_approved
    FROM azure_function_app AS f
),
judged AS (
    SELECT a.id, a.subscription_id, a.public_network_access, a.access, a.n_approved,
           CASE WHEN a.access = 'disabled' THEN 'disabled'
                WHEN a.managed_environment_id IS NOT NULL THEN 'container environment'
                WHEN a.hosting_environment_profile_id IS NOT NULL AND e.mode LIKE '%web%' THEN 'internal'
                WHEN a.hosting_environment_profile_id IS NOT NULL AND coalesce(e.mode, '') NOT IN ('none', 'publishing') THEN 'environment unread'
                WHEN a.access = 'enabled' THEN 'enabled'
                WHEN a.access <> '' THEN 'strange'
                WHEN a.n_approved > 0 THEN 'closed by endpoint'
                ELSE 'absent'
           END AS finding
    FROM app AS a
    LEFT JOIN environment AS e ON e.id = a.hosting_environment_profile_id
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN j.finding IN ('disabled', 'internal', 'closed by endpoint') THEN 'pass'
            WHEN j.finding IN ('enabled', 'absent') THEN 'fail'
       END AS verdict,
       CASE j.finding
            WHEN 'disabled' THEN 'public network access is disabled'
            WHEN 'internal' THEN 'the App Service environment of the app has internal addresses only'
            WHEN 'closed by endpoint' THEN 'public network access was never set and the app has a private endpoint, which closes the public address'
            WHEN 'enabled' THEN 'public network access is enabled'
            WHEN 'absent' THEN 'public network access was never set and there is no approved private endpoint, so it is enabled'
            WHEN 'container environment' THEN 'the app runs in a Container Apps environment, whose ingress decides'
            WHEN 'environment unread' THEN 'whether the App Service environment of the app is internal is not in the snapshot'
            ELSE 'setting not known: ' || j.public_network_access
       END AS reason,
       j.n_approved AS approved_private_endpoints
FROM judged AS j
