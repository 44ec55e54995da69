-- title = "Certificates valid at most 12 months"
-- severity = "medium"
-- subject = "azure_keyvault_certificate"
-- tables = ["azure_keyvault_certificate", "azure_keyvault_certificate_policy", "azure_keyvault_service"]
-- controls = [
--   "cis_azure_5_0_0:8.3.11", "cis_azure_6_0_0:8.3.11", "nist_800_53_r5:IA-5", "nist_800_53_r5:SC-12", "iso_27001_2022:A.5.17",
--   "iso_27001_2022:A.8.24", "pci_dss_4_0:3.7.4", "pci_dss_4_0:8.6.3", "soc_2:CC6.1",
-- ]
-- rationale = "The longer a certificate is valid, the longer a stolen private key is of use, and the less anybody remembers how to renew it. A year at most keeps renewal a habit."
-- remediation = "az keyvault certificate show --vault-name VAULT --name NAME --query policy > policy.json, set validityInMonths to 12 or less, then: az keyvault certificate set-attributes --vault-name VAULT --name NAME --policy @policy.json; make a new version afterwards. Imported certificates: order one of a year or less."
-- references = ["https://learn.microsoft.com/azure/key-vault/certificates/about-certificates"]
-- [[case]]
-- title = "policy of 12 months"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_enabled = true, attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-01T00:10:00Z" },
-- ]
-- given.azure_keyvault_certificate_policy = [{ name = "pk", _parent_id = "https://v.vault.azure.net/certificates/k", x509_props_validity_months = 12 }]
-- expect = { k = "pass" }
-- [[case]]
-- title = "policy of 13 months, though the present version is younger"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_enabled = true, attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-01T00:10:00Z" },
-- ]
-- given.azure_keyvault_certificate_policy = [{ name = "pk", _parent_id = "https://v.vault.azure.net/certificates/k", x509_props_validity_months = 13 }]
-- expect = { k = "fail" }
-- [[case]]
-- title = "imported, policy without a validity: the dates decide"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_enabled = true, attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-01T00:10:00Z" },
--   { id = "https://v.vault.azure.net/certificates/l", name = "l", _parent_id = "/x/v", attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-02-03T00:00:00Z" },
-- ]
-- given.azure_keyvault_certificate_policy = [
--   { name = "pk", _parent_id = "https://v.vault.azure.net/certificates/k", issuer_name = "Unknown" },
--   { name = "pl", _parent_id = "https://v.vault.azure.net/certificates/l", issuer_name = "Unknown" },
-- ]
-- expect = { k = "pass", l = "fail" }
-- [[case]]
-- title = "imported, no policy at all: the dates decide, a day of rounding is let pass"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-01T23:59:59Z" },
--   { id = "https://v.vault.azure.net/certificates/l", name = "l", _parent_id = "/x/v", attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-02T00:00:01Z" },
-- ]
-- given.azure_keyvault_certificate_policy = []
-- expect = { k = "pass", l = "fail" }
-- [[case]]
-- title = "neither a policy nor dates"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_exp = "2027-01-01T00:00:00Z" },
--   { id = "https://v.vault.azure.net/certificates/l", name = "l", _parent_id = "/x/v" },
-- ]
-- given.azure_keyvault_certificate_policy = []
-- expect = { k = "unknown", l = "unknown" }
-- [[case]]
-- title = "policy of 12 months, but the present version is valid for two years"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2028-01-01T00:00:00Z" },
-- ]
-- given.azure_keyvault_certificate_policy = [{ name = "pk", _parent_id = "https://v.vault.azure.net/certificates/k", x509_props_validity_months = 12 }]
-- expect = { k = "fail" }
-- [[case]]
-- title = "policy of 12 months, some days on top from the authority"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-28T00:00:00Z" },
-- ]
-- given.azure_keyvault_certificate_policy = [{ name = "pk", _parent_id = "https://v.vault.azure.net/certificates/k", x509_props_validity_months = 12 }]
-- expect = { k = "pass" }
-- [[case]]
-- title = "a disabled one is left out, one without the flag counts as enabled"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/off", name = "off", _parent_id = "/x/v", attributes_enabled = false },
--   { id = "https://v.vault.azure.net/certificates/bare", name = "bare", _parent_id = "/x/v" },
-- ]
-- given.azure_keyvault_certificate_policy = [
--   { name = "poff", _parent_id = "https://v.vault.azure.net/certificates/off", x509_props_validity_months = 24 },
--   { name = "pbare", _parent_id = "https://v.vault.azure.net/certificates/bare", x509_props_validity_months = 24 },
-- ]
-- expect = { off = "not_applicable", bare = "fail" }
-- [[case]]
-- title = "not readable: the months in the policy, the end of validity, the flag"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_enabled = true, attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-01T00:10:00Z" },
--   { id = "https://v.vault.azure.net/certificates/l", name = "l", _parent_id = "/x/v", attributes_nbf = "2026-01-01T00:00:00Z", _gaps = ["attributes_exp"] },
--   { id = "https://v.vault.azure.net/certificates/m", name = "m", _parent_id = "/x/v", _gaps = ["attributes_enabled"] },
-- ]
-- given.azure_keyvault_certificate_policy = [
--   { name = "pk", _parent_id = "https://v.vault.azure.net/certificates/k", _gaps = ["x509_props_validity_months"] },
--   { name = "pm", _parent_id = "https://v.vault.azure.net/certificates/m", x509_props_validity_months = 12 },
-- ]
-- expect = { k = "unknown", l = "unknown", m = "unknown" }
-- [[case]]
-- title = "an empty vault"
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = []
-- given.azure_keyvault_certificate_policy = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "certificates denied"
-- ledger = [{ table = "azure_keyvault_certificate", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "policies of certificates denied"
-- ledger = [{ table = "azure_keyvault_certificate_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_enabled = true, attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-01T00:10:00Z" },
-- ]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "vaults denied"
-- ledger = [{ table = "azure_keyvault_service", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_keyvault_service = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "certificates of one vault denied: data access is missing"
-- ledger = [{ table = "azure_keyvault_certificate", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/a", status = "denied" }]
-- given.azure_keyvault_service = [{ name = "a" }, { name = "b" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://b.vault.azure.net/certificates/k", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.keyvault/vaults/b" },
-- ]
-- given.azure_keyvault_certificate_policy = [{ name = "pk", _parent_id = "https://b.vault.azure.net/certificates/k", x509_props_validity_months = 6 }]
-- expect = { a = "unknown", k = "pass" }
-- [[case]]
-- title = "policy of one certificate denied"
-- ledger = [{ table = "azure_keyvault_certificate_policy", subscription = "11111111-1111-4111-8111-111111111111", parent = "https://v.vault.azure.net/certificates/k", status = "denied" }]
-- given.azure_keyvault_service = [{ id = "/x/v" }]
-- given.azure_keyvault_certificate = [
--   { id = "https://v.vault.azure.net/certificates/k", name = "k", _parent_id = "/x/v", attributes_enabled = true, attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-01T00:10:00Z" },
--   { id = "https://v.vault.azure.net/certificates/l", name = "l", _parent_id = "/x/v", attributes_enabled = true, attributes_nbf = "2026-01-01T00:00:00Z", attributes_exp = "2027-01-01T00:10:00Z" },
-- ]
-- given.azure_keyvault_certificate_policy = [{ name = "pl", _parent_id = "https://v.vault.azure.net/certificates/l", x509_props_validity_months = 12 }]
-- expect = { k = "unknown", l = "pass" }
WITH certificate AS (
    SELECT c.id, c.subscription_id, c._parent_id AS vault_id, c.attributes_enabled, c.attributes_nbf AS starts, c.attributes_exp AS ends,
           date_diff('day', c.attributes_nbf, c.attributes_exp) AS days
    FROM azure_keyvault_certificate AS c
),
policy AS (
    SELECT p._parent_id AS certificate_id, p.x509_props_validity_months AS months, p.issuer_name,
           coalesce(list_contains(p._gaps, 'x509_props_validity_months'), FALSE) AS unread
    FROM azure_keyvault_certificate_policy AS p
)
SELECT c.id AS subject, c.id AS resource_id, c.subscription_id,
       CASE WHEN NOT c.attributes_enabled THEN 'not_applicable'
            WHEN p.months > 12 THEN 'fail'
            -- A version made before the policy was tightened; authorities may add some days of their own.
            WHEN c.ends > c.starts + INTERVAL 13 MONTH THEN 'fail'
            WHEN p.unread THEN NULL
            WHEN p.months <= 12 THEN 'pass'
            WHEN c.ends <= c.starts + INTERVAL 12 MONTH + INTERVAL 1 DAY THEN 'pass'
            WHEN c.ends > c.starts + INTERVAL 12 MONTH + INTERVAL 1 DAY THEN 'fail'
       END AS verdict,
       CASE WHEN NOT c.attributes_enabled THEN 'the certificate is disabled'
            WHEN p.months IS NULL AND c.days IS NULL THEN 'neither the policy nor the dates tell how long the certificate is valid'
            WHEN p.unread THEN 'the validity in the policy could not be read'
            ELSE CASE WHEN p.months IS NULL THEN 'the policy names no validity'
                      ELSE 'the policy gives ' || p.months || ' months'
                 END
                 || coalesce(', the present version is valid for ' || c.days || ' days', '')
       END AS reason,
       c.vault_id, p.issuer_name AS issuer, c.starts, c.ends
FROM certificate AS c
LEFT JOIN policy AS p ON p.certificate_id = c.id
