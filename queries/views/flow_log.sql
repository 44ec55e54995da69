-- title = "Flow logs: what is logged, whether it is on, kept for 90 days and sent to a workspace"
-- tables = ["azure_security_group_flow_logs"]
WITH read AS (
    SELECT f.id, f.name, f.subscription_id, rtrim(lower(f.target_resource_id), '/') AS target_id,
           CASE WHEN f.enabled IS NULL OR list_contains(f._gaps, 'enabled') THEN 'unclear' WHEN f.enabled THEN 'yes' ELSE 'no' END AS is_on,
           f.retention_policy_days AS days,
           -- A filter leaves traffic out of the log.
           nullif(trim(f.enabled_filtering_criteria), '') IS NOT NULL
             -- So does a choice of records without the denied (D), or with neither the beginning (B) nor the end (E) of the others.
             OR (nullif(trim(f.record_types), '') IS NOT NULL
                 AND NOT regexp_full_match(replace(upper(f.record_types), ' ', ''), '[BCED,]*(D[BCED,]*[BE]|[BE][BCED,]*D)[BCED,]*'))
             OR list_contains(f._gaps, 'enabled_filtering_criteria') OR list_contains(f._gaps, 'record_types') AS is_filtered,
           coalesce(list_contains(f._gaps, 'enabled_filtering_criteria') OR list_contains(f._gaps, 'record_types'), FALSE) AS filter_unread,
           -- 0 days, or no policy at all, keeps the logs for ever. What a policy that is off does to its days nobody says.
           CASE WHEN list_contains(f._gaps, 'retention_policy_days') THEN 'unclear'
                WHEN coalesce(f.retention_policy_days, 0) = 0 OR f.retention_policy_days >= 90 THEN 'yes'
                WHEN f.retention_policy_enabled = FALSE OR list_contains(f._gaps, 'retention_policy_enabled') THEN 'unclear'
                ELSE 'no'
           END AS keeps,
           CASE WHEN list_contains(f._gaps, 'flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled') THEN 'unclear'
                WHEN NOT coalesce(f.flow_analytics_configuration_network_watcher_flow_analytics_configuration_enabled, FALSE) THEN 'no'
                WHEN coalesce(nullif(trim(f.flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id), ''),
                              nullif(trim(f.flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_id), '')) IS NOT NULL THEN 'yes'
                WHEN list_contains(f._gaps, 'flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_resource_id')
                  OR list_contains(f._gaps, 'flow_analytics_configuration_network_watcher_flow_analytics_configuration_workspace_id') THEN 'unclear'
                ELSE 'no'
           END AS analysed
    FROM azure_security_group_flow_logs AS f
)
-- The states are yes, no or unclear. retention and workspace hold only while the log is on.
SELECT r.id, r.name, r.subscription_id, r.target_id, r.is_on, coalesce(r.is_filtered, FALSE) AS is_filtered,
       CASE WHEN r.target_id LIKE '%/networksecuritygroups/%' THEN 'security group' WHEN r.target_id LIKE '%/subnets/%' THEN 'subnet'
            WHEN r.target_id LIKE '%/networkinterfaces/%' THEN 'interface' WHEN r.target_id LIKE '%/virtualnetworks/%' THEN 'network'
            ELSE 'other' END AS kind,
       CASE WHEN r.is_on = 'no' OR r.keeps = 'no' THEN 'no' WHEN r.is_on = 'yes' AND r.keeps = 'yes' AND NOT coalesce(r.is_filtered, FALSE) THEN 'yes' ELSE 'unclear' END AS retention,
       CASE WHEN r.is_on = 'no' OR r.analysed = 'no' THEN 'no' WHEN r.is_on = 'yes' AND r.analysed = 'yes' AND NOT coalesce(r.is_filtered, FALSE) THEN 'yes' ELSE 'unclear' END AS workspace,
       r.name || CASE r.is_on WHEN 'yes' THEN '' WHEN 'no' THEN ' (off)' ELSE ' (whether it is on is not known)' END
         || CASE WHEN r.filter_unread THEN ' (whether a filter leaves traffic out could not be read)'
                 WHEN r.is_filtered THEN ' (a filter or a choice of records leaves traffic out)' ELSE '' END
         || CASE WHEN r.keeps = 'unclear' AND r.days IS NULL THEN ' with a retention that could not be read'
                 WHEN coalesce(r.days, 0) = 0 THEN ' without end of retention'
                 ELSE ' with ' || r.days || ' days of retention' || CASE WHEN r.keeps = 'unclear' THEN ' that are switched off' ELSE '' END
            END AS retention_line,
       r.name || CASE r.is_on WHEN 'yes' THEN '' WHEN 'no' THEN ' (off)' ELSE ' (whether it is on is not known)' END
         || CASE WHEN r.filter_unread THEN ' (whether a filter leaves traffic out could not be read)'
                 WHEN r.is_filtered THEN ' (a filter or a choice of records leaves traffic out)' ELSE '' END
         || CASE r.analysed WHEN 'yes' THEN ' with traffic analytics in a workspace' WHEN 'no' THEN ' without traffic analytics in a workspace'
                 ELSE ' with traffic analytics that could not be read' END AS workspace_line
FROM read AS r
