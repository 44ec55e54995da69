-- title = "Keys rotate automatically"
-- severity = "medium"
-- subject = "azure_keyvault_key"
-- tables = ["azure_keyvault_key", "azure_keyvault_service"]
-- optional = ["azure_keyvault_certificate"]
-- controls = [
--   "cis_azure_2_0_0:8.8", "cis_azure_2_1_0:8.8", "cis_azure_3_0_0:3.3.8", "cis_azure_4_0_0:9.3.9", "cis_azure_5_0_0:8.3.9",
--   "cis_azure_6_0_0:8.3.9", "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12", "iso_27001_2022:A.5.17", "iso_27001_2022:A.8.24",
--   "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3", "soc_2:PI1.5",
-- ]
-- rationale = "Keys that people have to renew stay in use for years, and with them all that a leaked copy opens. A rotation policy makes a new version in time by itself; one that only sends notices does not, nor one that waits for the expiry of a key that has none."
-- remediation = "az keyvault key rotation-policy update --vault-name VAULT --name KEY --value '{\"lifetimeActions\":[{\"trigger\":{\"timeAfterCreate\":\"P18M\"},\"action\":{\"type\":\"Rotate\"}}],\"attributes\":{\"expiryTime\":\"P2Y\"}}'. See that users of the key follow to the new version."
-- references = ["https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation"]
-- [[case]]
-- title = "rotates some time after creation, then some time before the end"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[{"trigger":{"timeAfterCreate":"P10M"},"action":{"type":"rotate"}}]}' },
--   { id = "/x/v/keys/l", _parent_id = "/x/v", attributes_enabled = true, attributes_exp = "2027-03-01T00:00:00Z", rotation_policy = '{"attributes":{"expiryTime":"P1Y"},"lifetimeActions":[{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"Rotate"}}]}' },
-- ]
-- expect = { k = "pass", l = "pass" }
-- [[case]]
-- title = "rotates some time before the end, but the key has no end: it never rotates, unless another action starts after creation"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"attributes":{"expiryTime":"P1Y"},"lifetimeActions":[{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"Rotate"}}]}' },
--   { id = "/x/v/keys/l", _parent_id = "/x/v", attributes_enabled = true, attributes_exp = "1970-01-01T00:00:00Z", rotation_policy = '{"lifetimeActions":[{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"rotate"}}]}' },
--   { id = "/x/v/keys/m", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"notify"}},{"trigger":{"timeAfterCreate":"P90D"},"action":{"type":"rotate"}}]}' },
--   { id = "/x/v/keys/n", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"rotate"}}]}', _gaps = ["attributes_exp"] },
--   { id = "/x/v/keys/o", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[{"trigger":{"timeAfterCreate":"P90D"},"action":{"type":"rotate"}}]}', _gaps = ["attributes_exp"] },
-- ]
-- expect = { k = "fail", l = "fail", m = "pass", n = "unknown", o = "pass" }
-- [[case]]
-- title = "notices only"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"notify"}}]}' },
-- ]
-- expect = { k = "fail" }
-- [[case]]
-- title = "no policy, an empty one, one without actions"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true },
--   { id = "/x/v/keys/l", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{}' },
--   { id = "/x/v/keys/m", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[]}' },
-- ]
-- expect = { k = "fail", l = "fail", m = "fail" }
-- [[case]]
-- title = "other letter case, beside a notice"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"Notify"}},{"trigger":{"timeAfterCreate":"P90D"},"action":{"type":"ROTATE"}}]}' },
-- ]
-- expect = { k = "pass" }
-- [[case]]
-- title = "an action that rotates but never starts; the trigger of another action does not count"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[{"trigger":{},"action":{"type":"rotate"}}]}' },
--   { id = "/x/v/keys/l", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[{"trigger":{"timeAfterCreate":""},"action":{"type":"rotate"}},{"trigger":{"timeBeforeExpiry":"P30D"},"action":{"type":"notify"}}]}' },
-- ]
-- expect = { k = "fail", l = "fail" }
-- [[case]]
-- title = "a disabled key is left out, one without the flag counts as enabled"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [{ id = "/x/v/keys/off", _parent_id = "/x/v", attributes_enabled = false }, { id = "/x/v/keys/bare", _parent_id = "/x/v" }]
-- expect = { off = "not_applicable", bare = "fail" }
-- [[case]]
-- title = "the single call for the key failed: its policy is not known"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [{ id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, _gaps = ["rotation_policy", "kty"] }]
-- expect = { k = "unknown" }
-- [[case]]
-- title = "the flag is not readable"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", rotation_policy = '{"lifetimeActions":[{"trigger":{"timeAfterCreate":"P10M"},"action":{"type":"rotate"}}]}', _gaps = ["attributes_enabled"] },
-- ]
-- expect = { k = "unknown" }
-- [[case]]
-- title = "the key of a certificate is renewed with it; a certificate of another vault does not count"
-- given.azure_keyvault_service = [{ id = "/x/v" }, { id = "/x/w" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true, name = "K" },
--   { id = "/x/v/keys/l", _parent_id = "/x/v", attributes_enabled = true, name = "l" },
-- ]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v" },
--   { id = "https://w.vault.azure.net/certificates/l", name = "l", _parent_id = "/x/w" },
-- ]
-- expect = { k = "not_applicable", l = "fail" }
-- [[case]]
-- title = "certificates denied: the policy decides alone"
-- ledger = [{ table = "azure_keyvault_certificate", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = [
--   { id = "/x/v/keys/k", _parent_id = "/x/v", attributes_enabled = true },
--   { id = "/x/v/keys/l", _parent_id = "/x/v", attributes_enabled = true, rotation_policy = '{"lifetimeActions":[{"trigger":{"timeAfterCreate":"P10M"},"action":{"type":"rotate"}}]}' },
-- ]
-- expect = { k = "unknown", l = "pass" }
-- [[case]]
-- title = "an empty vault"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_key = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "keys denied"
-- ledger = [{ table = "azure_keyvault_key", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "vaults denied"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "keys of one vault denied"
-- ledger = [{ table = "azure_keyvault_key", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "denied" }]
-- given.azure_keyvault_service = [{ name = "a" }, { name = "b" }]
-- given.azure_keyvault_key = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b/keys/k", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b" },
-- ]
-- expect = { a = "unknown", k = "fail" }
-- [[case]]
-- title = "certificates of one vault denied"
-- ledger = [{ table = "azure_keyvault_certificate", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/v", status = "denied" }]
-- given.azure_keyvault_service = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/v" }, { id = "/x/w" }]
-- given.azure_keyvault_key = [{ name = "k", id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/v/keys/k", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/v" }, { id = "/x/w/keys/l", name = "l", _parent_id = "/x/w" }]
-- expect = { k = "unknown", l = "fail" }
WITH policy AS (
    SELECT k.id, (k.rotation_policy ->> '$.lifetimeActions') AS actions,
           CASE WHEN NOT coalesce(list_contains(k._gaps, 'attributes_exp'), FALSE)
                THEN coalesce(k.attributes_exp > TIMESTAMP '1970-01-01 00:00:00', FALSE) END AS has_end
    FROM azure_keyvault_key AS k
),
action AS (
    SELECT p.id,
           lower(p.actions ->> ('$[' || u.i || '].action.type')) AS kind,
           coalesce(nullif(trim(p.actions ->> ('$[' || u.i || '].trigger.timeAfterCreate')), '') || ' after creation',
                    nullif(trim(p.actions ->> ('$[' || u.i || '].trigger.timeBeforeExpiry')), '') || ' before expiry') AS time,
           -- Before an expiry that the key does not have, nothing happens: the one in the policy is for versions made by rotation.
           nullif(trim(p.actions ->> ('$[' || u.i || '].trigger.timeAfterCreate')), '') IS NOT NULL OR p.has_end AS can_start
    FROM policy AS p, unnest(range(CAST(json_array_length(p.actions) AS BIGINT))) AS u(i)
),
per_key AS (
    SELECT a.id,
           min(CASE WHEN a.kind = 'rotate' AND a.can_start THEN a.time END) AS rotates,
           min(CASE WHEN a.kind = 'rotate' AND NOT a.can_start THEN a.time END) AS waits,
           min(CASE WHEN a.kind = 'rotate' AND a.can_start IS NULL THEN a.time END) AS perhaps,
           list_sort(list(coalesce(a.kind, 'unnamed action') || coalesce(' ' || a.time, ' without a time'))) AS actions
    FROM action AS a
    GROUP BY a.id
),
-- A key of the name of a certificate in the same vault is that certificate's own and can have no policy.
owner AS (
    SELECT DISTINCT c._parent_id AS vault_id, lower(c.name) AS name
    FROM azure_keyvault_certificate AS c
),
-- Vaults whose certificates were read: without their list, a key without a policy may be that of a certificate.
-- Statuses that are knowledge count as read; a missing row is not_collected.
vault_bad AS (
    SELECT DISTINCT rtrim(lower(l.parent_id), '/') AS vault_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_keyvault_certificate' AND l.parent_id IS NOT NULL
      AND l.status NOT IN ('ok', 'not_registered', 'unsupported', 'license', 'retired')
),
scope_read AS (
    SELECT lower(l.scope_id) AS subscription_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_keyvault_certificate' AND l.parent_id IS NULL
    GROUP BY lower(l.scope_id)
    HAVING bool_and(l.status IN ('ok', 'partial', 'not_registered', 'unsupported', 'license', 'retired'))
)
SELECT k.id AS subject, k.id AS resource_id, k.subscription_id,
       CASE WHEN NOT k.attributes_enabled THEN 'not_applicable'
            WHEN p.rotates IS NOT NULL THEN 'pass'
            WHEN o.name IS NOT NULL THEN 'not_applicable'
            WHEN p.perhaps IS NOT NULL THEN NULL
            WHEN p.actions IS NULL AND (b.vault_id IS NOT NULL OR r.subscription_id IS NULL) THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN NOT k.attributes_enabled THEN 'the key is disabled'
            WHEN p.rotates IS NOT NULL THEN 'the key rotates ' || p.rotates
            WHEN o.name IS NOT NULL THEN 'the key belongs to a certificate and is renewed with it'
            WHEN p.actions IS NULL AND (b.vault_id IS NOT NULL OR r.subscription_id IS NULL)
            THEN 'the key has no rotation policy; whether it belongs to a certificate is not known, since the certificates of the vault were not read'
            WHEN p.perhaps IS NOT NULL THEN 'the policy rotates the key ' || p.perhaps || ', but its expiry date could not be read'
            WHEN p.waits IS NOT NULL THEN 'the policy rotates the key ' || p.waits || ', but the key has no expiry date, so it never does'
            WHEN p.actions IS NOT NULL THEN 'the policy does not rotate the key: ' || array_to_string(p.actions, ', ')
            ELSE 'the key has no rotation policy'
       END AS reason,
       k._parent_id AS vault_id, p.actions
FROM azure_keyvault_key AS k
LEFT JOIN per_key AS p ON p.id = k.id
LEFT JOIN owner AS o ON o.vault_id = k._parent_id AND o.name = lower(k.name)
LEFT JOIN vault_bad AS b ON b.vault_id = k._parent_id
LEFT JOIN scope_read AS r ON r.subscription_id = lower(k.subscription_id)
