-- title = "Network security perimeter used"
-- severity = "low"
-- subject = "azure_resource"
-- tables = ["azure_resource", "azure_network_security_perimeter", "azure_network_security_perimeter_association"]
-- controls = [
--   "cis_azure_5_0_0:7.16", "cis_azure_6_0_0:7.16", "nist_800_53_r5:AC-4", "nist_800_53_r5:SC-7", "iso_27001_2022:A.8.20",
--   "iso_27001_2022:A.8.22", "pci_dss_4_0:1.3.1", "pci_dss_4_0:1.4.2", "soc_2:CC6.6",
-- ]
-- rationale = "A network security perimeter draws one border around storage, vaults, databases and the like, and blocks and logs what crosses it, also outwards. Which services belong into one is for the organisation to say; the list shows which are in none, and which are only watched."
-- remediation = "az network perimeter create, az network perimeter profile create, then az network perimeter association create --perimeter-name PERIMETER --resource-group GROUP --association-name NAME --access-mode Learning --private-link-resource '{id:RESOURCE_ID}' --profile '{id:PROFILE_ID}', and Enforced after a look at the logs"
-- references = ["https://learn.microsoft.com/azure/private-link/network-security-perimeter-concepts", "https://learn.microsoft.com/azure/private-link/network-security-perimeter-transition"]
-- [[case]]
-- title = "in no perimeter"
-- given.azure_resource = [{ id = "/x/sa", type = "Microsoft.Storage/storageAccounts" }]
-- expect = { sa = "manual" }
-- [[case]]
-- title = "in a perimeter, enforced or watched"
-- given.azure_resource = [{ id = "/x/sa", type = "microsoft.storage/storageaccounts" }, { id = "/x/kv", type = "microsoft.keyvault/vaults" }]
-- given.azure_network_security_perimeter = [{ id = "/x/nsp", name = "nsp" }]
-- given.azure_network_security_perimeter_association = [
--   { name = "a", _parent_id = "/x/nsp", private_link_resource_id = "/x/sa", access_mode = "Enforced" },
--   { name = "b", _parent_id = "/x/nsp", private_link_resource_id = "/x/kv", access_mode = "Learning" },
-- ]
-- expect = { sa = "manual", kv = "manual" }
-- [[case]]
-- title = "types that no perimeter takes are not listed"
-- given.azure_resource = [{ id = "/x/vm", type = "microsoft.compute/virtualmachines" }, { id = "/x/sa", type = "microsoft.storage/storageaccounts" }]
-- expect = { sa = "manual" }
-- [[case]]
-- title = "of AI accounts only the kinds that can be in one"
-- given.azure_resource = [
--   { id = "/x/openai", type = "microsoft.cognitiveservices/accounts", kind = "OpenAI" },
--   { id = "/x/foundry", type = "microsoft.cognitiveservices/accounts", kind = "AIServices" },
--   { id = "/x/speech", type = "microsoft.cognitiveservices/accounts", kind = "SpeechServices" },
-- ]
-- expect = { openai = "manual", foundry = "manual" }
-- [[case]]
-- title = "a perimeter of another subscription; two associations give one row"
-- given.azure_resource = [{ id = "/x/sa", type = "microsoft.storage/storageaccounts" }]
-- given.azure_network_security_perimeter = [{ id = "/y/nsp", name = "nsp", subscription_id = "11111111-1111-4111-8111-111111111111" }]
-- given.azure_network_security_perimeter_association = [
--   { name = "a", _parent_id = "/y/nsp", private_link_resource_id = "/x/sa", access_mode = "Enforced" },
--   { name = "b", _parent_id = "/y/nsp2", private_link_resource_id = "/x/sa", access_mode = "Audit" },
-- ]
-- expect = { sa = "manual" }
-- [[case]]
-- title = "no resource that a perimeter takes"
-- given.azure_resource = [{ id = "/x/vm", type = "microsoft.compute/virtualmachines" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "associations denied: the rows stay, and the subscription is told of"
-- ledger = [{ table = "azure_network_security_perimeter_association", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_resource = [{ id = "/x/sa", type = "microsoft.storage/storageaccounts" }]
-- expect = { sa = "manual", "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "resources denied"
-- ledger = [{ table = "azure_resource", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_resource = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH member AS (
    SELECT rtrim(lower(a.private_link_resource_id), '/') AS resource_id,
           list_sort(list(coalesce(p.name, guid_of(a._parent_id), 'not known') || ' (' || coalesce(a.access_mode, 'mode absent') || ')')) AS perimeters
    FROM azure_network_security_perimeter_association AS a
    LEFT JOIN azure_network_security_perimeter AS p ON p.id = lower(a._parent_id)
    WHERE a.private_link_resource_id IS NOT NULL
    GROUP BY rtrim(lower(a.private_link_resource_id), '/')
),
supported AS (
    SELECT r.id, r.subscription_id, r.type, t.service, t.stage
    FROM azure_resource AS r
    JOIN data_network_security_perimeter_type AS t
      ON lower(t.type) = lower(r.type) AND (coalesce(t.kind, '') = '' OR lower(t.kind) = lower(trim(r.kind)))
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       'manual' AS verdict,
       CASE WHEN m.resource_id IS NULL THEN 'review: in no network security perimeter'
            ELSE 'review: in network security perimeter ' || array_to_string(m.perimeters, ', ')
       END || CASE WHEN s.stage = 'preview' THEN '; support of ' || s.service || ' is in preview' ELSE '' END AS reason,
       s.type AS resource_type, m.resource_id IS NOT NULL AS is_in_perimeter, m.perimeters
FROM supported AS s
LEFT JOIN member AS m ON m.resource_id = s.id
