-- title = "Log Analytics agent auto-provisioned (retired)"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_security_center_auto_provisioning_setting"]
-- controls = [
--   "cis_azure_2_0_0:2.1.15", "cis_azure_2_1_0:2.1.14", "cis_azure_3_0_0:3.1.1.1",
--   "jupiterone_questions:log_agent_auto_provisioning", "nist_800_53_r5:AU-6", "nist_800_53_r5:AU-12", "nist_800_53_r5:SI-4",
--   "iso_27001_2022:A.8.15", "pci_dss_4_0:10.2.1", "soc_2:A1.1", "soc_2:CC3.2", "soc_2:CC4.2", "soc_2:CC6.8", "soc_2:CC7.1",
--   "soc_2:CC7.2", "soc_2:CC7.3", "soc_2:PI1.3", "mitre_attack:T1190",
-- ]
-- rationale = "The agent carried logs of machines to Defender. It retired in August 2024 and its installation can no longer be switched on, so Off is not a fault that anybody could mend. Agentless scanning and Defender for Endpoint took its place."
-- remediation = "Nothing to do. Take the agent off where it is left, and switch on the parts of the servers plan: Defender for Cloud > Environment settings > subscription > Defender for Servers > Settings."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/prepare-deprecation-log-analytics-mma-agent"]
-- [[case]]
-- title = "still on"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_auto_provisioning_setting = [{ name = "default", auto_provision = "On" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "other letter case"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_auto_provisioning_setting = [{ name = "Default", auto_provision = "ON" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- title = "off: can no longer be switched on"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_auto_provisioning_setting = [{ name = "default", auto_provision = "Off" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "no row; row without a value"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_auto_provisioning_setting = [{ name = "default", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable", "22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "Defender for Cloud not registered"
-- ledger = [{ table = "azure_security_center_auto_provisioning_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "not_registered" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "the setting of another subscription"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_security_center_auto_provisioning_setting = [{ name = "default", auto_provision = "On", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "value not readable"
-- given.azure_subscription = [{ }]
-- given.azure_security_center_auto_provisioning_setting = [{ name = "default", _gaps = ["auto_provision"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "settings denied"
-- ledger = [{ table = "azure_security_center_auto_provisioning_setting", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH setting AS (
    SELECT a.subscription_id, a.auto_provision,
           coalesce(list_contains(a._gaps, 'auto_provision'), FALSE) AS unread
    FROM azure_security_center_auto_provisioning_setting AS a
    WHERE lower(a.name) = 'default'
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN a.unread THEN NULL
            WHEN lower(a.auto_provision) = 'on' THEN 'pass'
            ELSE 'not_applicable'
       END AS verdict,
       CASE WHEN a.unread THEN 'whether the agent is installed by itself could not be read'
            WHEN lower(a.auto_provision) = 'on' THEN 'the agent, retired in August 2024, is still installed by itself'
            ELSE 'the agent retired in August 2024 and its installation can no longer be switched on (setting: '
              || coalesce(a.auto_provision, 'none') || ')'
       END AS reason,
       s.display_name AS resource_name, a.auto_provision
FROM azure_subscription AS s
LEFT JOIN setting AS a ON a.subscription_id = s.subscription_id
