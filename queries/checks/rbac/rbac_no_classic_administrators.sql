-- title = "No classic administrators are left"
-- severity = "high"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_classic_admin_group"]
-- controls = ["jit:rbac_no_classic_administrators", "pim:rbac_no_classic_administrators"]
-- rationale = "Classic administrators had every right over the subscription, outside roles, Privileged Identity Management and reviews. The roles were retired in August 2024 and leftovers turned into Owner assignments, so each name still listed is full access that nobody planned."
-- remediation = "Give whoever still needs access an Azure role, best an eligible one (az role assignment create --assignee ID --role ROLE --scope /subscriptions/ID), then remove the entry: Azure portal > Subscriptions > the subscription > Access control (IAM) > Classic administrators > Delete. Look for Owner assignments that were made from it."
-- references = ["https://learn.microsoft.com/azure/role-based-access-control/classic-administrators"]
-- [[case]]
-- # JIT-39 pass: none besides AccountAdministrator
-- title = "nobody"
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- # JIT-39 pass: none besides AccountAdministrator
-- title = "an account administrator only, in any letter case"
-- given.azure_subscription = [{ }]
-- given.azure_classic_admin_group = [{ name = "a", role = "accountadministrator", email_address = "a@contoso.com" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass" }
-- [[case]]
-- # JIT-39 fail: ServiceAdministrator
-- title = "a service administrator"
-- given.azure_subscription = [{ }]
-- given.azure_classic_admin_group = [{ name = "a", role = "ServiceAdministrator", email_address = "a@contoso.com" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- # JIT-39 fail: CoAdministrator
-- title = "a co-administrator of one subscription of two"
-- given.azure_subscription = [
--   { },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_classic_admin_group = [{ name = "a", role = " CoAdministrator ", email_address = "a@contoso.com", subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "pass", "22222222-2222-4222-8222-222222222222" = "fail" }
-- [[case]]
-- title = "several roles in one row"
-- given.azure_subscription = [
--   { },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- given.azure_classic_admin_group = [
--   { name = "a", role = "ServiceAdministrator;AccountAdministrator" },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", role = "AccountAdministrator; " },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail", "22222222-2222-4222-8222-222222222222" = "pass" }
-- [[case]]
-- title = "a role that is absent, not readable or not known"
-- given.azure_subscription = [
--   { },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
--   { subscription_id = "33333333-3333-4333-8333-333333333333" },
-- ]
-- given.azure_classic_admin_group = [
--   { name = "a" },
--   { name = "b", subscription_id = "22222222-2222-4222-8222-222222222222", role = "AccountAdministrator", _gaps = ["role"] },
--   { name = "c", subscription_id = "33333333-3333-4333-8333-333333333333", role = "Other" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "unknown", "22222222-2222-4222-8222-222222222222" = "unknown", "33333333-3333-4333-8333-333333333333" = "unknown" }
-- [[case]]
-- title = "one administrator is enough, whatever else could not be read"
-- given.azure_subscription = [{ }]
-- given.azure_classic_admin_group = [
--   { name = "a" },
--   { name = "b", role = "CoAdministrator" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- # JIT-39 NA: retired
-- title = "the list is gone"
-- ledger = [{ table = "azure_classic_admin_group", status = "retired" }]
-- given.azure_subscription = [{ }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "gone in one subscription, denied in another"
-- ledger = [
--   { table = "azure_classic_admin_group", subscription = "11111111-1111-4111-8111-111111111111", status = "retired" },
--   { table = "azure_classic_admin_group", subscription = "22222222-2222-4222-8222-222222222222", status = "denied" },
-- ]
-- given.azure_subscription = [
--   { },
--   { subscription_id = "22222222-2222-4222-8222-222222222222" },
-- ]
-- expect = { "11111111-1111-4111-8111-111111111111" = "not_applicable", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown" }
-- [[case]]
-- title = "denied"
-- ledger = [{ table = "azure_classic_admin_group", status = "denied" }]
-- given.azure_subscription = [{ }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "an address that could not be read does not matter"
-- given.azure_subscription = [{ }]
-- given.azure_classic_admin_group = [{ name = "a", role = "CoAdministrator", _gaps = ["email_address"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
WITH entry AS (
    SELECT c.id, c.subscription_id,
           CASE WHEN NOT coalesce(list_contains(c._gaps, 'role'), FALSE) THEN c.role END AS role,
           CASE WHEN NOT coalesce(list_contains(c._gaps, 'email_address'), FALSE) THEN c.email_address END AS email_address
    FROM azure_classic_admin_group AS c
),
member AS (
    SELECT e.subscription_id, e.id,
           list_filter(list_transform(string_split(coalesce(e.role, ''), ';'), lambda m: lower(trim(m))), lambda m: m <> '') AS roles,
           coalesce(e.email_address, e.id) || ' (' || coalesce(e.role, 'role not readable') || ')' AS line
    FROM entry AS e
),
weighed AS (
    SELECT m.subscription_id, m.line,
           list_contains(m.roles, 'serviceadministrator') OR list_contains(m.roles, 'coadministrator') AS is_administrator,
           array_length(m.roles) = 0
             OR array_length(list_filter(m.roles, lambda r: r NOT IN ('serviceadministrator', 'coadministrator', 'accountadministrator'))) > 0 AS is_unclear
    FROM member AS m
),
counted AS (
    SELECT w.subscription_id, sum(CASE WHEN w.is_administrator THEN 1 ELSE 0 END) AS n_administrators,
           sum(CASE WHEN w.is_unclear AND NOT w.is_administrator THEN 1 ELSE 0 END) AS n_unclear,
           list_sort(list(DISTINCT w.line)) AS administrators
    FROM weighed AS w
    GROUP BY w.subscription_id
),
retired AS (
    SELECT DISTINCT lower(l.scope_id) AS subscription_id
    FROM azure_ledger AS l
    WHERE l.table_name = 'azure_classic_admin_group' AND l.parent_id IS NULL AND l.status = 'retired'
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       CASE WHEN c.n_administrators > 0 THEN 'fail'
            WHEN c.n_unclear > 0 THEN NULL
            WHEN r.subscription_id IS NOT NULL THEN 'not_applicable'
            ELSE 'pass'
       END AS verdict,
       CASE WHEN c.n_administrators > 0 THEN 'classic service administrators and co-administrators: ' || c.n_administrators
            WHEN c.n_unclear > 0 THEN 'classic administrators whose role is not known: ' || c.n_unclear
            WHEN r.subscription_id IS NOT NULL THEN 'Azure no longer has classic administrators here'
            WHEN c.subscription_id IS NOT NULL THEN 'no classic administrator but the account administrator'
            ELSE 'no classic administrator'
       END AS reason,
       s.display_name AS resource_name, c.administrators
FROM azure_subscription AS s
LEFT JOIN counted AS c ON c.subscription_id = s.subscription_id
LEFT JOIN retired AS r ON r.subscription_id = s.subscription_id
