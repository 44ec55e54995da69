-- title = "Keys expire (RBAC vaults)"
-- severity = "medium"
-- subject = "azure_keyvault_key"
-- tables = ["azure_keyvault_key", "azure_keyvault_service"]
-- controls = [
--   "cis_azure_2_0_0:8.1", "cis_azure_2_1_0:8.1", "cis_azure_3_0_0:3.3.1", "cis_azure_4_0_0:9.3.1", "cis_azure_5_0_0:8.3.1",
--   "cis_azure_6_0_0:8.3.1", "jupiterone_questions:key_vault_key_expiry", "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12",
--   "iso_27001_2022:A.5.17", "iso_27001_2022:A.8.24", "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3", "soc_2:CC6.1",
-- ]
-- rationale = "A key without an end date is never renewed by force, and a leaked copy of it works for ever. Vaults with access policies are judged by a check of their own."
-- remediation = "az keyvault key set-attributes --id KEY_ID --expires 2027-12-31T00:00:00Z, better together with a rotation policy: az keyvault key rotation-policy update."
-- references = ["https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation"]
-- [[case]]
-- title = "expires later"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_key = [{ id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, attributes_exp = "2027-01-01T00:00:00Z" }]
-- expect = { k = "pass" }
-- [[case]]
-- title = "no end date"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_key = [{ id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true }]
-- expect = { k = "fail" }
-- [[case]]
-- title = "an end date in the past is still one"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_key = [{ id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, attributes_exp = "2024-01-01T00:00:00Z" }]
-- expect = { k = "pass" }
-- [[case]]
-- title = "zero seconds is no end date"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_key = [{ id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, attributes_exp = "1970-01-01T00:00:00Z" }]
-- expect = { k = "fail" }
-- [[case]]
-- title = "a disabled key is left out, one without the flag counts as enabled"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/off", _parent_id = "/x/v", attributes_enabled = false },
--   { id = "/x/v/keys/bare", _parent_id = "/x/v" },
-- ]
-- expect = { off = "not_applicable", bare = "fail" }
-- [[case]]
-- title = "vaults with access policies belong to the other control, also when the flag is absent"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = false }, { id = "/x/w" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true },
--   { id = "/x/w/keys/l", _parent_id = "/x/w", attributes_enabled = true },
-- ]
-- expect = { k = "not_applicable", l = "not_applicable" }
-- [[case]]
-- title = "two vaults of one name: the id decides"
-- given.azure_keyvault_service = [{ id = "/x/one/v", name = "v", enable_rbac_authorization = true }, { id = "/x/two/v", name = "v", enable_rbac_authorization = false }]
-- given.azure_keyvault_key = [
--   { id = "/x/one/v/keys/k", _parent_id = "/x/one/v" },
--   { id = "/x/two/v/keys/l", _parent_id = "/x/two/v" },
-- ]
-- expect = { k = "fail", l = "not_applicable" }
-- [[case]]
-- title = "the vault's row is missing"
-- given.azure_keyvault_key = [{ id = "/x/v/keys/k", _parent_id = "/x/v", attributes_exp = "2027-01-01T00:00:00Z" }]
-- expect = { k = "unknown" }
-- [[case]]
-- title = "the vault's flag is not readable"
-- given.azure_keyvault_service = [{ id = "/x/v", _gaps = ["enable_rbac_authorization"] }]
-- given.azure_keyvault_key = [{ id = "/x/v/keys/k", _parent_id = "/x/v" }]
-- expect = { k = "unknown" }
-- [[case]]
-- title = "the key's end date is not readable"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_key = [{ id = "/x/v/keys/k", _parent_id = "/x/v", _gaps = ["attributes_exp"] }]
-- expect = { k = "unknown" }
-- [[case]]
-- title = "a vault without keys"
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- given.azure_keyvault_key = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "keys denied"
-- ledger = [{ table = "azure_keyvault_key", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = [{ id = "/x/v", enable_rbac_authorization = true }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT k.id AS subject, k.id AS resource_id, k.subscription_id,
       CASE WHEN NOT k.attributes_enabled THEN 'not_applicable'
            WHEN v.id IS NULL OR list_contains(v._gaps, 'enable_rbac_authorization') THEN NULL
            WHEN NOT coalesce(v.enable_rbac_authorization, FALSE) THEN 'not_applicable'
            WHEN k.attributes_exp > TIMESTAMP '1970-01-01 00:00:00' THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       CASE WHEN NOT k.attributes_enabled THEN 'the key is disabled'
            WHEN v.id IS NULL THEN 'the vault of the key is not in the snapshot'
            WHEN list_contains(v._gaps, 'enable_rbac_authorization') THEN 'how the vault grants access could not be read'
            WHEN NOT coalesce(v.enable_rbac_authorization, FALSE) THEN 'the vault uses access policies'
            WHEN k.attributes_exp <= TIMESTAMP '1970-01-01 00:00:00' OR k.attributes_exp IS NULL THEN 'the key never expires'
            WHEN k.attributes_exp < snapshot_time() THEN 'the key expired on ' || CAST(k.attributes_exp AS VARCHAR)
            ELSE 'the key expires on ' || CAST(k.attributes_exp AS VARCHAR)
       END AS reason,
       k._parent_id AS vault_id, k.attributes_exp AS expires
FROM azure_keyvault_key AS k
LEFT JOIN azure_keyvault_service AS v ON v.id = k._parent_id
