-- title = "App secrets kept in Key Vault"
-- severity = "medium"
-- subject = "azure_web_app"
-- tables = ["azure_web_app", "azure_keyvault_service"]
-- optional = ["azure_role_assignment"]
-- controls = [
--   "cis_azure_2_0_0:9.11", "cis_azure_2_1_0:9.10", "cis_azure_3_0_0:9.11", "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12",
--   "iso_27001_2022:A.5.17", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3", "soc_2:CC6.1",
-- ]
-- rationale = "A password in an app setting is shown to everybody who may configure the app, and nobody sees who read it. Settings are never read, so an auditor has to look; the evidence tells whether the app could use a vault at all: the vaults of its subscription, its identity, and the vaults that let that identity in."
-- remediation = "Put the secret into a vault and refer to it: az webapp config appsettings set --name APP --resource-group GROUP --settings \"NAME=@Microsoft.KeyVault(SecretUri=https://VAULT.vault.azure.net/secrets/SECRET/)\""
-- references = ["https://learn.microsoft.com/azure/app-service/app-service-key-vault-references"]
-- [[case]]
-- title = "an app with an identity, and a vault that lets it in"
-- given.azure_web_app = [{ name = "a", identity_type = "SystemAssigned", identity_principal_id = "P1", key_vault_reference_identity = "SystemAssigned" }]
-- given.azure_keyvault_service = [{ name = "v", access_policies_object_id = ["p1", "p2"] }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "by a role on the vault"
-- given.azure_web_app = [
--   { name = "a", identity_type = "UserAssigned", identity_user_assigned_identities = ["/x/i"], identity_user_assigned_identities_principal_id = ["u1"] },
-- ]
-- given.azure_keyvault_service = [{ name = "v", enable_rbac_authorization = true }]
-- given.azure_role_assignment = [
--   { name = "r", principal_id = "u1", scope = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/v" },
-- ]
-- expect = { a = "manual" }
-- [[case]]
-- title = "no vault and no identity: still for the auditor to say"
-- given.azure_web_app = [{ name = "a" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "several apps and vaults give one row per app"
-- given.azure_web_app = [{ name = "a", identity_principal_id = "p1" }, { name = "b" }]
-- given.azure_keyvault_service = [{ name = "v", access_policies_object_id = ["p1"] }, { name = "w", access_policies_object_id = ["p1", "p1"] }]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "a gap does not change who decides"
-- given.azure_web_app = [{ name = "a", _gaps = ["identity_principal_id"] }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "function apps are not judged here"
-- given.azure_web_app = [{ name = "a" }]
-- given.azure_function_app = [{ name = "f" }]
-- expect = { a = "manual" }
-- [[case]]
-- title = "no app"
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "apps could not be listed"
-- ledger = [{ table = "azure_web_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "vaults denied: the evidence is incomplete"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_web_app = [{ name = "a" }]
-- expect = { a = "manual", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH holder AS (
    SELECT w.id AS app_id, lower(trim(w.identity_principal_id)) AS principal_id
    FROM azure_web_app AS w
    WHERE trim(w.identity_principal_id) <> ''
    UNION ALL
    SELECT w.id, lower(trim(u.principal_id))
    FROM azure_web_app AS w, unnest(w.identity_user_assigned_identities_principal_id) AS u(principal_id)
    WHERE trim(u.principal_id) <> ''
),
-- An identity may be shared by many apps and let into many vaults: vaults are numbered and counted by identity first, and
-- of each app's the first twenty are named.
vault AS (
    SELECT v.id AS vault_id, row_number() OVER (ORDER BY v.id) AS number FROM azure_keyvault_service AS v
),
-- Who a vault lets in: by access policy, or by a role on the vault itself.
let_in AS (
    SELECT v.id AS vault_id, lower(trim(u.object_id)) AS principal_id
    FROM azure_keyvault_service AS v, unnest(v.access_policies_object_id) AS u(object_id)
    UNION
    SELECT lower(rtrim(r.scope, '/')), lower(trim(r.principal_id))
    FROM azure_role_assignment AS r
),
per_principal AS (
    SELECT l.principal_id, list_sort(list(v.number)) AS numbers
    FROM let_in AS l
    JOIN vault AS v ON v.vault_id = l.vault_id
    JOIN (SELECT DISTINCT h.principal_id FROM holder AS h) AS h ON h.principal_id = l.principal_id
    GROUP BY l.principal_id
),
app_principals AS (
    SELECT h.app_id, list_sort(list(DISTINCT h.principal_id)) AS principals FROM holder AS h GROUP BY h.app_id
),
-- Apps with the same identities reach the same vaults.
reach AS (
    SELECT a.principals, list_sort(list_distinct(flatten(list(p.numbers)))) AS numbers
    FROM (SELECT DISTINCT a.principals FROM app_principals AS a) AS a, unnest(a.principals) AS u(principal_id)
    JOIN per_principal AS p ON p.principal_id = u.principal_id
    GROUP BY a.principals
),
named AS (
    SELECT r.principals, any_value(array_length(r.numbers)) AS n_vaults, list_sort(list(v.vault_id)) AS vaults
    FROM reach AS r, unnest(list_slice(r.numbers, 1, 20)) AS u(number)
    JOIN vault AS v ON v.number = u.number
    GROUP BY r.principals
),
reachable AS (
    SELECT a.app_id, n.n_vaults, n.vaults FROM app_principals AS a JOIN named AS n ON n.principals = a.principals
),
per_subscription AS (
    SELECT v.subscription_id, count(*) AS n_vaults FROM azure_keyvault_service AS v GROUP BY v.subscription_id
)
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       'manual' AS verdict,
       'app settings are not collected: look for secrets with plain values; vaults in the subscription: ' || coalesce(n.n_vaults, 0)
         || ', vaults that let an identity of the app in: ' || coalesce(r.n_vaults, 0) AS reason,
       a.identity_type AS identity, a.key_vault_reference_identity AS reference_identity, coalesce(n.n_vaults, 0) AS vaults_in_subscription,
       r.vaults AS vaults_of_the_app
FROM azure_web_app AS a
LEFT JOIN reachable AS r ON r.app_id = a.id
LEFT JOIN per_subscription AS n ON n.subscription_id = a.subscription_id
