-- title = "Language and version that each web app is set to, and how long that version is supported"
-- tables = ["azure_web_app", "azure_web_app_config"]
WITH
-- One row per web app and language (php, python, java). state: used, not used, container, default (the value that Azure
-- writes by itself), unclear (no version can be read from the text), unread. support, for used ones: yes, no, disputed
-- (sources name different ends and the snapshot lies between), or NULL where the table does not hold the version.
app AS (
    SELECT a.id AS app_id,
           c.id IS NULL AS missing,
           coalesce(array_length(list_filter(c._gaps, lambda item_: item_ IN ('linux_fx_version', 'windows_fx_version'))) > 0, FALSE) AS fx_unread,
           coalesce(array_length(list_filter(a._gaps, lambda item_: item_ IN ('kind', 'reserved'))) > 0, FALSE) AS system_unread,
           coalesce(a.reserved, FALSE) OR lower(coalesce(a.kind, '')) LIKE '%linux%' AS is_linux,
           lower(trim(coalesce(c.linux_fx_version, ''))) AS linux_fx,
           lower(trim(coalesce(c.windows_fx_version, ''))) AS windows_fx,
           coalesce(c._gaps, CAST([] AS VARCHAR[])) AS gaps,
           trim(coalesce(c.php_version, '')) AS php_version,
           trim(coalesce(c.python_version, '')) AS python_version,
           trim(coalesce(c.java_version, '')) AS java_version,
           CASE WHEN NOT coalesce(list_contains(c._gaps, 'java_container') OR list_contains(c._gaps, 'java_container_version'), FALSE)
                THEN nullif(trim(coalesce(c.java_container, '') || ' ' || coalesce(c.java_container_version, '')), '') END AS java_container
    FROM azure_web_app AS a
    LEFT JOIN azure_web_app_config AS c ON c._parent_id = a.id
),
stack AS (
    SELECT p.*,
           -- TOMCAT|10.1-java21 is made of a stack and its version.
           regexp_extract(p.linux_fx, '^([^|:]+)', 1) AS linux_stack,
           regexp_extract(p.linux_fx, '^[^|:]+[|:](.*)$', 1) AS linux_version
    FROM app AS p
),
per_language AS (
    SELECT s.*, 'php' AS language, s.linux_stack = 'php' AS on_linux, s.php_version AS windows_version,
           list_contains(s.gaps, 'php_version') AS windows_unread,
           regexp_extract(s.linux_version, '^([0-9]+[.][0-9]+)', 1) AS linux_number,
           regexp_extract(s.php_version, '^([0-9]+[.][0-9]+)', 1) AS windows_number
    FROM stack AS s
    UNION ALL
    SELECT s.*, 'python', s.linux_stack = 'python', s.python_version, list_contains(s.gaps, 'python_version'),
           regexp_extract(s.linux_version, '^([0-9]+[.][0-9]+)', 1), regexp_extract(s.python_version, '^([0-9]+[.][0-9]+)', 1)
    FROM stack AS s
    UNION ALL
    SELECT s.*, 'java', s.linux_stack IN ('java', 'tomcat', 'jbosseap', 'wildfly', 'jetty'), s.java_version, list_contains(s.gaps, 'java_version'),
           CASE WHEN regexp_matches(s.linux_version, '-(?:jre|java|jdk)[0-9]+') THEN regexp_extract(s.linux_version, '-(?:jre|java|jdk)([0-9]+)', 1)
                WHEN s.linux_stack = 'java' THEN regexp_extract(s.linux_version, '^(?:1[.])?([0-9]+)', 1)
                ELSE '' END,
           regexp_extract(s.java_version, '^(?:1[.])?([0-9]+)', 1)
    FROM stack AS s
),
judged AS (
    SELECT l.app_id, l.language,
           CASE WHEN l.missing OR l.fx_unread THEN 'unread'
                WHEN l.linux_stack IN ('docker', 'compose', 'kube', 'sitecontainers') OR l.windows_fx <> '' THEN 'container'
                WHEN l.linux_fx <> '' AND NOT l.on_linux THEN 'not used'
                WHEN l.linux_fx <> '' AND l.linux_number = '' THEN 'unclear'
                WHEN l.linux_fx <> '' THEN 'used'
                WHEN l.system_unread THEN 'unread'
                WHEN l.is_linux THEN 'not used'
                WHEN l.windows_unread THEN 'unread'
                WHEN lower(l.windows_version) IN ('', 'off', 'none') THEN 'not used'
                WHEN l.windows_number = '' THEN 'unclear'
                WHEN l.language = 'php' AND l.windows_number = '5.6' THEN 'default'
                ELSE 'used'
           END AS state,
           CASE WHEN l.linux_fx <> '' THEN l.linux_number ELSE l.windows_number END AS version,
           CASE WHEN l.missing THEN 'the configuration of the app is not in the snapshot'
                WHEN l.fx_unread THEN 'the runtime of the app could not be read'
                WHEN l.linux_fx <> '' THEN l.linux_fx
                WHEN l.windows_fx <> '' THEN l.windows_fx
                WHEN l.system_unread THEN 'whether the app runs on Linux could not be read'
                WHEN l.is_linux THEN 'a Linux app that names no runtime'
                WHEN l.windows_unread THEN 'the version could not be read'
                ELSE l.windows_version || CASE WHEN l.language = 'java' AND l.windows_version <> '' THEN coalesce(', server ' || l.java_container, '') ELSE '' END
           END AS found,
           -- A full number pins a build, which then gets no more patches from App Service.
           CASE WHEN l.linux_fx <> '' THEN regexp_matches(l.linux_version, CASE WHEN l.language = 'java' THEN '^([0-9]+[.][0-9]+[.][0-9]+|1?[.]?8u[0-9]+)' ELSE '^[0-9]+[.][0-9]+[.][0-9]+' END)
                ELSE regexp_matches(l.windows_version, CASE WHEN l.language = 'java' THEN '^[0-9]+[.][0-9]+[._][0-9]+' ELSE '^[0-9]+[.][0-9]+[.][0-9]+' END) END AS pinned
    FROM per_language AS l
)
SELECT j.app_id, j.language, j.state, nullif(j.version, '') AS version, j.found, j.pinned,
       CAST(s.supported_until AS DATE) AS supported_until, CAST(s.ended_after AS DATE) AS ended_after,
       CASE WHEN s.version IS NULL THEN NULL
            WHEN CAST(snapshot_time() AS DATE) <= CAST(s.supported_until AS DATE) THEN 'yes'
            WHEN CAST(snapshot_time() AS DATE) > CAST(s.ended_after AS DATE) THEN 'no'
            ELSE 'disputed'
       END AS support
FROM judged AS j
LEFT JOIN data_runtime_support AS s ON s.language = j.language AND s.version = j.version AND j.state = 'used'
