-- title = "Critical resources with a lock"
-- severity = "medium"
-- subject = "azure_resource"
-- tables = ["azure_resource", "azure_resource_group", "azure_subscription", "azure_resource_lock"]
-- params = ["critical_tags"]
-- controls = ["jupiterone_questions:critical_resource_locks"]
-- rationale = "A lock keeps a resource from being deleted by a slip, also by an owner. Which tags mean critical is a parameter. The question counted only locks on the resource itself; locks of the group, the subscription and of the resource it is a part of hold as well and count here. Subscriptions and groups with the tag are judged too. A check of its own gives the same as counts for each subscription."
-- remediation = "az lock create --name NAME --lock-type CanNotDelete --resource RESOURCE_ID"
-- references = ["https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources"]
-- [[case]]
-- title = "a lock of its own; none; no tag is no row"
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a", tags = { Criticality = "High" } },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/b", tags = { Criticality = "High" } },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/c" },
-- ]
-- given.azure_resource_lock = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a/providers/microsoft.authorization/locks/l", name = "l", level = "CanNotDelete" }]
-- expect = { a = "pass", b = "fail" }
-- [[case]]
-- title = "the lock of the group, of the subscription, of the whole it is a part of"
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a", tags = { Criticality = "High" } },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2/providers/microsoft.x/ys/p/zs/d", resource_group = "rg2", tags = { Criticality = "High" } },
--   { id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.x/ys/e", subscription_id = "22222222-2222-4222-8222-222222222222", tags = { Criticality = "High" } },
-- ]
-- given.azure_resource_lock = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/RG/providers/microsoft.authorization/locks/l", name = "l", level = "ReadOnly" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2/providers/Microsoft.X/ys/p/providers/microsoft.authorization/locks/l", name = "l", level = "CanNotDelete" },
--   { id = "/subscriptions/22222222-2222-4222-8222-222222222222/providers/microsoft.authorization/locks/l", subscription_id = "22222222-2222-4222-8222-222222222222", name = "l", level = "CanNotDelete" },
-- ]
-- expect = { a = "pass", d = "pass", e = "pass" }
-- [[case]]
-- title = "a lock beside, below or of another subscription does not hold"
-- given.azure_resource = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a", tags = { Criticality = "High" } }]
-- given.azure_resource_lock = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg2/providers/microsoft.authorization/locks/l", name = "l", level = "CanNotDelete" },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a/zs/d/providers/microsoft.authorization/locks/l", name = "l", level = "CanNotDelete" },
--   { id = "/subscriptions/22222222-2222-4222-8222-222222222222/providers/microsoft.authorization/locks/l", name = "l", level = "CanNotDelete" },
-- ]
-- expect = { a = "fail", "22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "tagged group and subscription"
-- given.azure_resource_group = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg", name = "rg", tags = { Criticality = "High" } }]
-- given.azure_subscription = [{ tags = { critical = "yes" } }]
-- given.azure_resource_lock = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.authorization/locks/l", name = "l", level = "CanNotDelete" }]
-- expect = { rg = "pass", "/subscriptions/11111111-1111-4111-8111-111111111111" = "fail" }
-- [[case]]
-- title = "own tags, by name and value or by name alone"
-- param.critical_tags = ["classification=critical", "vital"]
-- given.azure_resource = [
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a", tags = { Classification = "Critical" } },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/b", tags = { vital = "x" } },
--   { id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/c", tags = { Criticality = "High" } },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "tags not readable"
-- given.azure_resource = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a", _gaps = ["tags"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "locks denied"
-- ledger = [{ table = "azure_resource_lock", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_resource = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a", tags = { Criticality = "High" } }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "nothing is critical"
-- given.azure_resource = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.x/ys/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
WITH wanted AS (
    SELECT lower(trim(string_split(u.tag, '=')[1])) AS name,
           CASE WHEN contains(u.tag, '=') THEN lower(trim(regexp_extract(u.tag, '=(.*)$', 1))) END AS value
    FROM unnest(param_critical_tags()) AS u(tag)
    WHERE trim(u.tag) <> ''
),
locked AS (
    SELECT regexp_replace(lower(l.id), '/providers/microsoft.authorization/locks/[^/]*$', '') AS scope,
           list_sort(list(DISTINCT coalesce(l.level, 'level not told'))) AS levels
    FROM azure_resource_lock AS l
    GROUP BY regexp_replace(lower(l.id), '/providers/microsoft.authorization/locks/[^/]*$', '')
),
thing AS (
    SELECT r.id, r.subscription_id, r.tags, coalesce(list_contains(r._gaps, 'tags'), FALSE) AS tags_gap FROM azure_resource AS r
    UNION ALL
    SELECT g.id, g.subscription_id, g.tags, coalesce(list_contains(g._gaps, 'tags'), FALSE) FROM azure_resource_group AS g
    UNION ALL
    SELECT s.id, s.subscription_id, s.tags, coalesce(list_contains(s._gaps, 'tags'), FALSE) FROM azure_subscription AS s
),
tagged AS (
    SELECT t.id, lower(trim(u.e.key)) AS name, lower(trim(u.e.value)) AS value
    FROM thing AS t, unnest(map_entries(t.tags)) AS u(e)
),
critical AS (
    SELECT t.id, min(t.name || '=' || t.value) AS tag
    FROM tagged AS t
    JOIN wanted AS w ON w.name = t.name AND (w.value IS NULL OR w.value = t.value)
    GROUP BY t.id
),
judged AS (
    SELECT t.id, t.subscription_id, c.tag, c.id IS NULL AS tags_unread,
           coalesce(own.scope, part1.scope, part2.scope, of_group.scope, of_subscription.scope) AS lock_scope,
           coalesce(own.levels, part1.levels, part2.levels, of_group.levels, of_subscription.levels) AS levels
    FROM thing AS t
    LEFT JOIN critical AS c ON c.id = t.id
    LEFT JOIN locked AS own ON own.scope = t.id
    -- A part of a resource (a database of a server) is inside the lock of the whole.
    LEFT JOIN locked AS part1 ON part1.scope = regexp_replace(t.id, '/[^/]+/[^/]+$', '') AND t.id LIKE '%/providers/%'
    LEFT JOIN locked AS part2 ON part2.scope = regexp_replace(t.id, '/[^/]+/[^/]+/[^/]+/[^/]+$', '') AND t.id LIKE '%/providers/%'
    LEFT JOIN locked AS of_group ON of_group.scope = regexp_extract(t.id, '^(/subscriptions/[^/]+/resourcegroups/[^/]+)', 1)
    LEFT JOIN locked AS of_subscription ON of_subscription.scope = regexp_extract(t.id, '^(/subscriptions/[^/]+)', 1)
    WHERE c.id IS NOT NULL OR t.tags_gap
)
SELECT j.id AS subject, j.id AS resource_id, j.subscription_id,
       CASE WHEN j.tags_unread THEN NULL WHEN j.lock_scope IS NOT NULL THEN 'pass' ELSE 'fail' END AS verdict,
       CASE WHEN j.tags_unread THEN 'whether it is tagged critical could not be read'
            WHEN j.lock_scope IS NOT NULL THEN 'tagged ' || j.tag || '; locked (' || array_to_string(j.levels, ', ') || ') on ' || j.lock_scope
            ELSE 'tagged ' || j.tag || ', but neither it nor what it is in has a lock'
       END AS reason,
       j.tag, j.lock_scope, j.levels AS lock_levels
FROM judged AS j
