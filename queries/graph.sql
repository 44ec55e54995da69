-- Table macros for people: FROM neighbours('<id>'), FROM path('<id>', '<id>', 4).

-- What is one edge away from a row, either way.
CREATE MACRO neighbours(id_) AS TABLE
    SELECT 'out' AS direction, r.class, r.target_id AS id, r.target_table AS table_name, r.via, r.found
    FROM azure_relationship AS r
    WHERE r.source_id = lower(rtrim(id_, '/'))
    UNION ALL
    SELECT 'in' AS direction, r.class, r.source_id AS id, r.source_table AS table_name, r.via, TRUE AS found
    FROM azure_relationship AS r
    WHERE r.target_id = lower(rtrim(id_, '/'))
    ORDER BY direction, class, table_name, id;

-- Every edge that lies on a shortest way between two rows, whichever way the edges point; none when the way is longer than max_.
CREATE MACRO path(from_, to_, max_) AS TABLE
    WITH RECURSIVE edge AS (
        SELECT r.source_id AS a, r.target_id AS b, r.* FROM azure_relationship AS r
        UNION ALL
        SELECT r.target_id AS a, r.source_id AS b, r.* FROM azure_relationship AS r
    ),
    reach(node, depth) AS (
        SELECT lower(rtrim(from_, '/')), 0
        UNION
        SELECT e.b, g.depth + 1
        FROM reach AS g JOIN edge AS e ON e.a = g.node
        WHERE g.depth < max_
    ),
    nearest AS (SELECT g.node, min(g.depth) AS depth FROM reach AS g GROUP BY g.node),
    way(node, depth) AS (
        SELECT n.node, n.depth FROM nearest AS n WHERE n.node = lower(rtrim(to_, '/'))
        UNION
        SELECT n.node, n.depth
        FROM way AS w
        JOIN edge AS e ON e.b = w.node
        JOIN nearest AS n ON n.node = e.a AND n.depth = w.depth - 1
    )
    SELECT DISTINCT w.depth + 1 AS step, e.source_id, e.source_table, e.class, e.target_id, e.target_table, e.via
    FROM way AS w
    JOIN edge AS e ON e.a = w.node
    JOIN way AS x ON x.node = e.b AND x.depth = w.depth + 1
    ORDER BY step, source_id, target_id, class;
