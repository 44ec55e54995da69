-- title = "Subscriptions cannot enter or leave tenant"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_subscription_tenant_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.25", "cis_azure_2_1_0:1.24", "cis_azure_3_0_0:2.25", "cis_azure_4_0_0:6.25", "cis_azure_5_0_0:5.25",
--   "cis_azure_6_0_0:5.6", "nist_800_53_r5:AC-6", "nist_800_53_r5:CM-7", "iso_27001_2022:A.5.15", "iso_27001_2022:A.8.2",
--   "pci_dss_4_0:7.2.1", "soc_2:CC6.3",
-- ]
-- rationale = "An owner can move a whole subscription, with the data in it, to a directory that the organisation does not rule, or bring a foreign one in. The policy stops both; those it exempts are listed, for a person to confirm."
-- remediation = "Azure portal > Subscriptions > Manage policies: permit no one to leave and no one to enter, exempting few; or az rest --method put --url https://management.azure.com/providers/Microsoft.Subscription/policies/default?api-version=2021-10-01 --body '{\"properties\":{\"blockSubscriptionsLeavingTenant\":true,\"blockSubscriptionsIntoTenant\":true}}'"
-- references = ["https://learn.microsoft.com/azure/cost-management-billing/manage/manage-azure-subscription-policy"]
-- [[case]]
-- title = "both ways closed"
-- given.azure_account = [{ }]
-- given.azure_subscription_tenant_policy = [{ name = "default", block_subscriptions_leaving_tenant = true, block_subscriptions_into_tenant = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "both closed, with people the policy does not bind"
-- given.azure_account = [{ }]
-- given.azure_subscription_tenant_policy = [
--   { name = "default", block_subscriptions_leaving_tenant = true, block_subscriptions_into_tenant = true, exempted_principals = ["p1", "p2"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "out closed, in open"
-- given.azure_account = [{ }]
-- given.azure_subscription_tenant_policy = [{ name = "default", block_subscriptions_leaving_tenant = true, block_subscriptions_into_tenant = false }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "in closed, out absent, which is open"
-- given.azure_account = [{ }]
-- given.azure_subscription_tenant_policy = [{ name = "default", block_subscriptions_into_tenant = true }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "row without values"
-- given.azure_account = [{ }]
-- given.azure_subscription_tenant_policy = [{ name = "default" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "policy never set"
-- given.azure_account = [{ }]
-- given.azure_subscription_tenant_policy = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "one value not readable, the other closed"
-- given.azure_account = [{ }]
-- given.azure_subscription_tenant_policy = [{ name = "default", block_subscriptions_leaving_tenant = true, _gaps = ["block_subscriptions_into_tenant"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "one value not readable, the other open: a fail all the same"
-- given.azure_account = [{ }]
-- given.azure_subscription_tenant_policy = [{ name = "default", block_subscriptions_leaving_tenant = false, _gaps = ["block_subscriptions_into_tenant"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "fail" }
-- [[case]]
-- title = "the list of exempt people is not readable"
-- given.azure_account = [{ }]
-- given.azure_subscription_tenant_policy = [
--   { name = "default", block_subscriptions_leaving_tenant = true, block_subscriptions_into_tenant = true, _gaps = ["exempted_principals"] },
-- ]
-- expect = { "99999999-9999-4999-8999-999999999999" = "pass" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "policy denied"
-- ledger = [{ table = "azure_subscription_tenant_policy", status = "denied" }]
-- given.azure_account = [{ }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH policy AS (
    SELECT p.tenant_id, p.id,
           CASE WHEN list_contains(p._gaps, 'block_subscriptions_leaving_tenant') THEN 'not readable'
                WHEN p.block_subscriptions_leaving_tenant THEN 'closed' ELSE 'open' END AS way_out,
           CASE WHEN list_contains(p._gaps, 'block_subscriptions_into_tenant') THEN 'not readable'
                WHEN p.block_subscriptions_into_tenant THEN 'closed' ELSE 'open' END AS way_in,
           CASE WHEN list_contains(p._gaps, 'exempted_principals') THEN ['not readable'] ELSE p.exempted_principals END AS exempt
    FROM azure_subscription_tenant_policy AS p
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN p.id IS NULL OR p.way_out = 'open' OR p.way_in = 'open' THEN 'fail'
            WHEN p.way_out = 'closed' AND p.way_in = 'closed' THEN 'pass'
       END AS verdict,
       CASE WHEN p.id IS NULL THEN 'the policy was never set, so subscriptions may be moved both ways'
            ELSE 'out of the tenant: ' || p.way_out || '; into the tenant: ' || p.way_in
              || CASE WHEN array_length(p.exempt) > 0 THEN '; exempt: ' || array_to_string(p.exempt, ', ') ELSE '; nobody is exempt' END
       END AS reason,
       t.display_name AS resource_name, p.exempt AS exempted_principals
FROM azure_account AS t
LEFT JOIN policy AS p ON p.tenant_id = t.tenant_id
