-- title = "Key Vault secrets unchanged for long"
-- severity = "informational"
-- subject = "azure_keyvault_secret"
-- tables = ["azure_keyvault_secret", "azure_keyvault_service"]
-- params = ["secret_unchanged_days"]
-- controls = ["jupiterone_questions:key_vault_secret_age"]
-- rationale = "A secret that nobody changes is known to all who ever saw it. Counted from the time of the snapshot; the days are a parameter. The date also moves when only a label or the expiry is changed, so a young one does not prove a new value. Vaults whose list could not be read are told as gaps, where the question gave no rows."
-- remediation = ""
-- references = ["https://learn.microsoft.com/azure/key-vault/secrets/about-secrets"]
-- [[case]]
-- title = "changed long ago, enabled or not; changed lately is no row"
-- given.azure_keyvault_secret = [
--   { id = "/x/a", attributes_updated = "2026-07-01 00:00:00", attributes_enabled = true },
--   { id = "/x/b", attributes_updated = "2020-01-01 00:00:00", attributes_enabled = false },
--   { id = "/x/c", attributes_updated = "2026-09-15 00:00:00" },
-- ]
-- expect = { a = "manual", b = "manual" }
-- [[case]]
-- title = "exactly the days is not over them; the days are a parameter"
-- param.secret_unchanged_days = 10
-- given.azure_keyvault_secret = [
--   { id = "/x/a", attributes_updated = "2026-09-21 00:00:00" },
--   { id = "/x/b", attributes_updated = "2026-09-20 23:59:59" },
-- ]
-- expect = { b = "manual" }
-- [[case]]
-- title = "no date of change: the day it was made; neither of them, or not readable"
-- given.azure_keyvault_secret = [
--   { id = "/x/a", attributes_created = "2020-01-01 00:00:00" },
--   { id = "/x/b" },
--   { id = "/x/c", _gaps = ["attributes_updated"], attributes_created = "2026-09-30 00:00:00" },
-- ]
-- expect = { a = "manual", b = "unknown", c = "unknown" }
-- [[case]]
-- title = "none is old"
-- given.azure_keyvault_secret = [{ id = "/x/c", attributes_updated = "2026-09-15 00:00:00" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "secrets of one vault denied"
-- ledger = [{ table = "azure_keyvault_secret", subscription = "11111111-1111-4111-8111-111111111111", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/v", status = "denied" }]
-- given.azure_keyvault_service = [{ name = "v" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/v" = "unknown" }
WITH secret AS (
    SELECT k.id, k.subscription_id, k.name, k._parent_id, k.attributes_enabled, k.attributes_updated, k.attributes_created, k.attributes_exp,
           CASE WHEN NOT coalesce(list_contains(k._gaps, 'attributes_updated') OR (k.attributes_updated IS NULL AND list_contains(k._gaps, 'attributes_created')), FALSE)
                THEN coalesce(k.attributes_updated, k.attributes_created) END AS changed
    FROM azure_keyvault_secret AS k
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN s.changed IS NOT NULL THEN 'manual' END AS verdict,
       CASE WHEN s.changed IS NULL THEN 'when the secret was last changed is absent or could not be read'
            ELSE 'unchanged since ' || CAST(CAST(s.changed AS DATE) AS VARCHAR) || CASE WHEN s.attributes_enabled IS FALSE THEN '; disabled' ELSE '' END
       END AS reason,
       s.name AS resource_name, s._parent_id AS vault_id, s.attributes_enabled AS enabled, s.attributes_updated AS updated, s.attributes_created AS created,
       s.attributes_exp AS expires
FROM secret AS s
WHERE s.changed IS NULL OR s.changed < snapshot_time() - INTERVAL 1 DAY * param_secret_unchanged_days()
