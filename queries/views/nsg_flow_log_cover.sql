-- title = "Security groups: whether flow logs of networks, subnets or interfaces cover all the places they protect"
-- tables = ["azure_security_group", "azure_security_group_flow_logs", "azure_nic", "azure_vnet"]
WITH
-- Two questions: does any log cover the place (retention), and does one cover it that reaches a workspace.
-- rank is 2 yes, 1 not known, 0 no.
logged AS (
    SELECT l.target_id, m.measure,
           max(CASE WHEN m.measure = 'retention' THEN CASE WHEN l.is_on = 'no' THEN 0 WHEN l.is_on = 'yes' AND NOT l.is_filtered THEN 2 ELSE 1 END
                    ELSE CASE l.workspace WHEN 'yes' THEN 2 WHEN 'unclear' THEN 1 ELSE 0 END END) AS rank
    FROM flow_log AS l, (VALUES ('retention'), ('workspace')) AS m(measure)
    WHERE l.kind <> 'security group'
    GROUP BY l.target_id, m.measure
),
interface AS (
    SELECT lower(n.id) AS id, min(lower(u.subnet)) AS subnet_id
    FROM azure_nic AS n, unnest(n.ip_configurations_properties_subnet_id) AS u(subnet)
    GROUP BY lower(n.id)
),
place AS (
    SELECT s.id AS security_group_id, s.subscription_id, lower(replace(s.location, ' ', '')) AS region,
           rtrim(lower(u.subnet), '/') AS place_id, rtrim(lower(u.subnet), '/') AS subnet_id
    FROM azure_security_group AS s, unnest(s.subnets_id) AS u(subnet)
    UNION ALL
    SELECT s.id, s.subscription_id, lower(replace(s.location, ' ', '')), rtrim(lower(u.nic), '/'), i.subnet_id
    FROM azure_security_group AS s, unnest(s.network_interfaces_id) AS u(nic)
    LEFT JOIN interface AS i ON i.id = rtrim(lower(u.nic), '/')
),
-- Interfaces of scale sets are not listed. A group can only protect networks of its own subscription and region.
network AS (
    SELECT v.subscription_id, lower(replace(v.location, ' ', '')) AS region, m.measure, min(coalesce(l.rank, 0)) AS least
    FROM azure_vnet AS v
    JOIN (VALUES ('retention'), ('workspace')) AS m(measure) ON TRUE
    LEFT JOIN logged AS l ON l.target_id = v.id AND l.measure = m.measure
    GROUP BY v.subscription_id, lower(replace(v.location, ' ', '')), m.measure
),
anywhere AS (
    SELECT l.subscription_id, count(*) AS n FROM flow_log AS l WHERE l.kind <> 'security group' GROUP BY l.subscription_id
),
judged AS (
    SELECT p.security_group_id, p.place_id, m.measure,
           CASE WHEN greatest(coalesce(a.rank, 0), coalesce(b.rank, 0), coalesce(c.rank, 0)) = 2 THEN 2
                WHEN p.subnet_id IS NOT NULL THEN greatest(coalesce(a.rank, 0), coalesce(b.rank, 0), coalesce(c.rank, 0))
                WHEN w.least = 2 THEN 2
                WHEN w.least IS NOT NULL AND o.n IS NULL THEN 0
                ELSE 1
           END AS rank
    FROM place AS p
    JOIN (VALUES ('retention'), ('workspace')) AS m(measure) ON TRUE
    LEFT JOIN logged AS a ON a.target_id = p.place_id AND a.measure = m.measure
    LEFT JOIN logged AS b ON b.target_id = p.subnet_id AND b.measure = m.measure
    LEFT JOIN logged AS c ON c.target_id = split_part(p.subnet_id, '/subnets/', 1) AND c.measure = m.measure
    LEFT JOIN network AS w ON w.subscription_id = p.subscription_id AND w.region = p.region AND w.measure = m.measure
    LEFT JOIN anywhere AS o ON o.subscription_id = p.subscription_id
)
SELECT j.security_group_id, j.measure, count(*) AS n_places, sum(CASE WHEN j.rank = 2 THEN 1 ELSE 0 END) AS n_covered,
       sum(CASE WHEN j.rank = 1 THEN 1 ELSE 0 END) AS n_unclear,
       min(CASE WHEN j.rank = 0 THEN j.place_id END) AS uncovered, sum(CASE WHEN j.rank = 0 THEN 1 ELSE 0 END) AS n_uncovered
FROM judged AS j
GROUP BY j.security_group_id, j.measure
