-- title = "Locks on mission-critical resources"
-- severity = "low"
-- subject = "azure_subscription"
-- tables = ["azure_subscription", "azure_resource", "azure_resource_group", "azure_resource_lock"]
-- params = ["critical_tags"]
-- controls = [
--   "cis_azure_2_0_0:10.1", "cis_azure_2_1_0:10.1", "cis_azure_3_0_0:10.1", "cis_azure_4_0_0:7.2", "cis_azure_5_0_0:6.2",
--   "cis_azure_6_0_0:6.2", "nist_800_53_r5:CM-3", "nist_800_53_r5:CM-5", "iso_27001_2022:A.8.9", "iso_27001_2022:A.8.32",
--   "pci_dss_4_0:6.5.1", "soc_2:A1.2", "soc_2:CC8.1",
-- ]
-- rationale = "A lock keeps a resource from being deleted or changed by a slip, also by an owner. Which resources are critical only the organisation knows: resources with one of the tags of the parameter critical_tags are held against the locks, and the auditor judges the rest."
-- remediation = "az lock create --name NAME --lock-type CanNotDelete --resource RESOURCE_ID"
-- references = ["https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources"]
-- [[case]]
-- title = "critical resources with a lock of their own, of their group and with none"
-- given.azure_subscription = [{ }]
-- given.azure_resource_group = [{ name = "rg" }, { name = "rg2" }]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a", tags = { Criticality = "High" } },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2/providers/microsoft.x/ys/b", resource_group = "rg2", tags = { criticality = "mission-critical" } },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2/providers/microsoft.x/ys/c", resource_group = "rg2", tags = { owner = "me" } },
-- ]
-- given.azure_resource_lock = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.authorization/locks/l", name = "l", level = "CanNotDelete" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "a lock on the subscription covers all"
-- given.azure_subscription = [{ }]
-- given.azure_resource = [{ name = "a", tags = { critical = "true" } }]
-- given.azure_resource_lock = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.authorization/locks/l", name = "l", level = "ReadOnly" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "own tags, by name and value or by name alone"
-- param.critical_tags = ["tier=1", "vital"]
-- given.azure_subscription = [{ }]
-- given.azure_resource = [{ name = "a", tags = { Tier = "1" } }, { name = "b", tags = { Vital = "x" } }, { name = "c", tags = { critical = "true" } }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "no tag and no lock"
-- given.azure_subscription = [{ }]
-- given.azure_resource = [{ name = "a" }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "tags of a resource not readable"
-- given.azure_subscription = [{ }]
-- given.azure_resource = [{ name = "a", _gaps = ["tags"] }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
-- [[case]]
-- title = "no subscription row"
-- given.azure_subscription = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "locks denied: the row stays, marked incomplete"
-- ledger = [{ table = "azure_resource_lock", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_subscription = [{ }]
-- given.azure_resource = [{ name = "a", tags = { critical = "true" } }]
-- expect = { "11111111-1111-4111-8111-111111111111" = "manual" }
WITH wanted AS (
    SELECT lower(trim(string_split(u.tag, '=')[1])) AS name,
           CASE WHEN contains(u.tag, '=') THEN lower(trim(regexp_extract(u.tag, '=(.*)$', 1))) END AS value
    FROM unnest(param_critical_tags()) AS u(tag)
),
lock_row AS (
    SELECT l.subscription_id, l.level, regexp_replace(lower(l.id), '/providers/microsoft.authorization/locks/[^/]*$', '') AS scope
    FROM azure_resource_lock AS l
),
locked AS (
    SELECT DISTINCT k.scope FROM lock_row AS k
),
tagged AS (
    SELECT r.id, r.subscription_id, '/subscriptions/' || r.subscription_id || '/resourcegroups/' || lower(r.resource_group) AS group_id,
           lower(u.e.key) AS name, lower(trim(u.e.value)) AS value
    FROM azure_resource AS r, unnest(map_entries(r.tags)) AS u(e)
    UNION ALL
    SELECT g.id, g.subscription_id, g.id, lower(u.e.key), lower(trim(u.e.value))
    FROM azure_resource_group AS g, unnest(map_entries(g.tags)) AS u(e)
),
critical AS (
    SELECT t.id, t.subscription_id, max(t.group_id) AS group_id, min(t.name || '=' || t.value) AS tag
    FROM tagged AS t
    JOIN wanted AS w ON w.name = t.name AND (w.value IS NULL OR w.value = t.value)
    GROUP BY t.id, t.subscription_id
),
judged AS (
    SELECT c.id, c.subscription_id, c.tag,
           own.scope IS NOT NULL OR upper_part.scope IS NOT NULL OR of_group.scope IS NOT NULL OR of_subscription.scope IS NOT NULL AS is_locked,
           row_number() OVER (PARTITION BY c.subscription_id ORDER BY c.id) AS place
    FROM critical AS c
    LEFT JOIN locked AS own ON own.scope = c.id
    -- A part of a resource (a database of a server) is inside the lock of the whole.
    LEFT JOIN locked AS upper_part ON upper_part.scope = regexp_replace(c.id, '/[^/]+/[^/]+$', '')
    LEFT JOIN locked AS of_group ON of_group.scope = c.group_id
    LEFT JOIN locked AS of_subscription ON of_subscription.scope = '/subscriptions/' || c.subscription_id
),
per_subscription AS (
    SELECT j.subscription_id, count(*) AS n_critical, sum(CASE WHEN j.is_locked THEN 0 ELSE 1 END) AS n_open,
           list_sort(list(j.id || ' (' || j.tag || ')') FILTER (WHERE NOT j.is_locked AND j.place <= 1000)) AS open_resources
    FROM judged AS j
    GROUP BY j.subscription_id
),
placed AS (
    SELECT k.subscription_id, coalesce(k.level, 'level not told') || ' on ' || k.scope AS line,
           row_number() OVER (PARTITION BY k.subscription_id ORDER BY k.scope) AS place
    FROM lock_row AS k
),
lock_list AS (
    SELECT p.subscription_id, count(*) AS n, list_sort(list(p.line) FILTER (WHERE p.place <= 200)) AS locks
    FROM placed AS p
    GROUP BY p.subscription_id
)
SELECT s.id AS subject, s.id AS resource_id, s.subscription_id,
       'manual' AS verdict,
       'locks: ' || coalesce(l.n, 0) || '; resources and groups tagged critical: ' || coalesce(n.n_critical, 0)
         || ', of them without a lock: ' || coalesce(n.n_open, 0) AS reason,
       s.display_name AS resource_name, n.open_resources AS critical_without_lock, l.locks AS first_200_locks
FROM azure_subscription AS s
LEFT JOIN per_subscription AS n ON n.subscription_id = s.subscription_id
LEFT JOIN lock_list AS l ON l.subscription_id = s.subscription_id
