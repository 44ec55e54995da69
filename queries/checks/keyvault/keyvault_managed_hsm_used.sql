-- title = "Managed HSM used where required"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_keyvault_managed_hsm"]
-- controls = [
--   "cis_azure_4_0_0:9.3.10", "cis_azure_5_0_0:8.3.10", "cis_azure_6_0_0:8.3.10", "nist_800_53_r5:SC-13", "nist_800_53_r5:SC-28",
--   "iso_27001_2022:A.8.24", "pci_dss_4_0:3.5.1", "soc_2:CC6.1",
-- ]
-- rationale = "A managed HSM belongs to one customer, is validated to FIPS 140-3 level 3 and puts its keys under an administrator of their own. Whether a law or a contract asks for that no setting tells; this check lists what there is."
-- remediation = "Where keys have to be in a single-tenant HSM: az keyvault create --hsm-name NAME --resource-group GROUP --location REGION --administrators OBJECT_ID --retention-days 90, activate it with its security domain and move the keys."
-- references = ["https://learn.microsoft.com/azure/key-vault/managed-hsm/overview"]
-- [[case]]
-- title = "an active one: a person decides"
-- given.azure_subscription = [{ }]
-- given.azure_keyvault_managed_hsm = [{ name = "h", security_domain_properties_activation_status = "Active" }]
-- expect = { 11111111-1111-4111-8111-111111111111 = "manual" }
-- [[case]]
-- title = "none: a person decides whether one is needed"
-- given.azure_subscription = [{ }]
-- expect = { 11111111-1111-4111-8111-111111111111 = "manual" }
-- [[case]]
-- title = "one that was never activated, one whose state is not told"
-- given.azure_subscription = [{ }]
-- given.azure_keyvault_managed_hsm = [{ name = "h", security_domain_properties_activation_status = "NotActivated" }, { name = "i" }]
-- expect = { 11111111-1111-4111-8111-111111111111 = "manual" }
-- [[case]]
-- title = "each subscription has its own"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_keyvault_managed_hsm = [{ name = "h", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { 11111111-1111-4111-8111-111111111111 = "manual", 22222222-2222-4222-8222-222222222222 = "manual" }
-- [[case]]
-- title = "state not readable"
-- given.azure_subscription = [{ }]
-- given.azure_keyvault_managed_hsm = [{ name = "h", _gaps = ["security_domain_properties_activation_status"] }]
-- expect = { 11111111-1111-4111-8111-111111111111 = "manual" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { 99999999-9999-4999-8999-999999999999 = "not_applicable" }
-- [[case]]
-- title = "HSMs denied: still for a person, the evidence is marked incomplete"
-- ledger = [{ table = "azure_keyvault_managed_hsm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "manual" }
WITH hsm AS (
    SELECT h.subscription_id, count(*) AS n_hsms,
           sum(CASE WHEN lower(h.security_domain_properties_activation_status) = 'active' THEN 1 ELSE 0 END) AS n_active,
           list_sort(list(h.name || ': ' || coalesce(h.security_domain_properties_activation_status, 'state not told'))) AS hsms
    FROM azure_keyvault_managed_hsm AS h
    GROUP BY h.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id, 'manual' AS verdict,
       'managed HSMs in the subscription: ' || coalesce(h.n_hsms, 0) || ', active: ' || coalesce(h.n_active, 0)
         || '; decide which keys have to be in one' AS reason,
       s.display_name AS resource_name, h.hsms AS managed_hsms
FROM azure_subscription AS s
LEFT JOIN hsm AS h ON h.subscription_id = s.subscription_id
