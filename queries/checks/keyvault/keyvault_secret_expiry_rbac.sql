-- title = "Secrets expire (RBAC vaults)"
-- severity = "medium"
-- subject = "azure_keyvault_secret"
-- tables = ["azure_keyvault_secret", "azure_keyvault_service"]
-- controls = [
--   "cis_azure_2_0_0:8.3", "cis_azure_2_1_0:8.3", "cis_azure_3_0_0:3.3.3", "cis_azure_4_0_0:9.3.3", "cis_azure_5_0_0:8.3.3",
--   "cis_azure_6_0_0:8.3.3", "jupiterone_questions:key_vault_secret_expiry", "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12",
--   "iso_27001_2022:A.5.17", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3", "soc_2:CC6.1",
-- ]
-- rationale = "A secret without an end date is never renewed by force, and whoever copied it can use it for ever. Vaults with access policies are judged by a check of their own."
-- remediation = "az keyvault secret set-attributes --id SECRET_ID --expires 2027-12-31T00:00:00Z, after agreeing on who renews it; an expired secret can still be read, so rotate it where it is used as well."
-- references = ["https://learn.microsoft.com/azure/key-vault/secrets/secrets-best-practices"]
-- [[case]]
-- title = "expires later"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_secret = [{ id = "/x/v/secrets/k", _parent_id = "/x/v", attributes_enabled = true, attributes_exp = "2027-01-01T00:00:00Z" }]
-- expect = { k = "pass" }
-- [[case]]
-- title = "no end date"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_secret = [{ id = "/x/v/secrets/k", _parent_id = "/x/v", attributes_enabled = true }]
-- expect = { k = "fail" }
-- [[case]]
-- title = "an end date in the past is still one"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_secret = [{ id = "/x/v/secrets/k", _parent_id = "/x/v", attributes_enabled = true, attributes_exp = "2024-01-01T00:00:00Z" }]
-- expect = { k = "pass" }
-- [[case]]
-- title = "zero seconds is no end date"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_secret = [{ id = "/x/v/secrets/k", _parent_id = "/x/v", attributes_enabled = true, attributes_exp = "1970-01-01T00:00:00Z" }]
-- expect = { k = "fail" }
-- [[case]]
-- title = "a disabled one is left out, one without the flag counts as enabled"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_secret = [{ id = "/x/v/secrets/off", _parent_id = "/x/v", attributes_enabled = false }, { id = "/x/v/secrets/bare", _parent_id = "/x/v" }]
-- expect = { off = "not_applicable", bare = "fail" }
-- [[case]]
-- title = "vaults of the other kind belong to the other control; an absent flag means access policies"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = false }, { id = "/x/w" }]
-- given.azure_keyvault_secret = [
--   { id = "/x/v/secrets/k", _parent_id = "/x/v", attributes_enabled = true },
--   { id = "/x/w/secrets/l", _parent_id = "/x/w", attributes_enabled = true },
-- ]
-- expect = { k = "not_applicable", l = "not_applicable" }
-- [[case]]
-- title = "two vaults of one name: the id decides"
-- given.azure_keyvault_service = [{ id = "/x/one/v", name = "v", enable_rbac_authorization = true }, { id = "/x/two/v", name = "v", enable_rbac_authorization = false }]
-- given.azure_keyvault_secret = [{ id = "/x/one/v/secrets/k", _parent_id = "/x/one/v" }, { id = "/x/two/v/secrets/l", _parent_id = "/x/two/v" }]
-- expect = { k = "fail", l = "not_applicable" }
-- [[case]]
-- title = "the vault's row is missing"
-- given.azure_keyvault_secret = [{ id = "/x/v/secrets/k", _parent_id = "/x/v", attributes_exp = "2027-01-01T00:00:00Z" }]
-- expect = { k = "unknown" }
-- [[case]]
-- title = "the vault's flag is not readable"
-- given.azure_keyvault_service = [{ id = "/x/v", _gaps = ["enable_rbac_authorization"] }]
-- given.azure_keyvault_secret = [{ id = "/x/v/secrets/k", _parent_id = "/x/v" }]
-- expect = { k = "unknown" }
-- [[case]]
-- title = "not readable: the end date, the flag"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_secret = [
--   { id = "/x/v/secrets/k", _parent_id = "/x/v", _gaps = ["attributes_exp"] },
--   { id = "/x/v/secrets/l", _parent_id = "/x/v", _gaps = ["attributes_enabled"] },
-- ]
-- expect = { k = "unknown", l = "unknown" }
-- [[case]]
-- title = "an empty vault"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_secret = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "secrets denied"
-- ledger = [{ table = "azure_keyvault_secret", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "vaults denied"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "secrets of one vault denied"
-- ledger = [{ table = "azure_keyvault_secret", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "denied" }]
-- given.azure_keyvault_service = [{ name = "a", enable_rbac_authorization = true }, { name = "b", enable_rbac_authorization = true }]
-- given.azure_keyvault_secret = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b/secrets/k", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b" },
-- ]
-- expect = { a = "unknown", k = "fail" }
SELECT k.id AS subject, k.id AS resource_id, k.subscription_id,
       CASE WHEN NOT k.attributes_enabled THEN 'not_applicable'
            WHEN v.id IS NULL OR list_contains(v._gaps, 'enable_rbac_authorization') THEN NULL
            WHEN NOT coalesce(v.enable_rbac_authorization, FALSE) THEN 'not_applicable'
            WHEN k.attributes_exp > TIMESTAMP '1970-01-01 00:00:00' THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN NOT k.attributes_enabled THEN 'the secret is disabled'
            WHEN v.id IS NULL THEN 'the vault of the secret is not in the snapshot'
            WHEN list_contains(v._gaps, 'enable_rbac_authorization') THEN 'how the vault grants access could not be read'
            WHEN NOT coalesce(v.enable_rbac_authorization, FALSE) THEN 'the vault uses access policies'
            WHEN k.attributes_exp <= TIMESTAMP '1970-01-01 00:00:00' OR k.attributes_exp IS NULL THEN 'the secret never expires'
            WHEN k.attributes_exp < snapshot_time() THEN 'the secret expired on ' || CAST(k.attributes_exp AS VARCHAR)
            ELSE 'the secret expires on ' || CAST(k.attributes_exp AS VARCHAR)
       END AS reason,
       k._parent_id AS vault_id, k.attributes_exp AS expires
FROM azure_keyvault_secret AS k
LEFT JOIN azure_keyvault_service AS v ON v.id = k._parent_id
