-- title = "Whether the keys of a storage account are accepted"
-- tables = ["azure_storage_account"]
WITH
-- One row per account. state: off, on, mixed (the switch of the account and those of single services contradict each other),
-- NULL (not readable). Which of the two holds in the mixed state is not documented.
switch AS (
    SELECT s.id AS account_id, s.allow_shared_key_access AS account_switch,
           coalesce(lower(s.allow_shared_key_access_for_services ->> '$.blob.enabled') = 'true', FALSE)
             OR coalesce(lower(s.allow_shared_key_access_for_services ->> '$.file.enabled') = 'true', FALSE)
             OR coalesce(lower(s.allow_shared_key_access_for_services ->> '$.queue.enabled') = 'true', FALSE)
             OR coalesce(lower(s.allow_shared_key_access_for_services ->> '$.table.enabled') = 'true', FALSE) AS a_service_on,
           coalesce(lower(s.allow_shared_key_access_for_services ->> '$.blob.enabled') = 'false', FALSE)
             AND coalesce(lower(s.allow_shared_key_access_for_services ->> '$.file.enabled') = 'false', FALSE)
             AND coalesce(lower(s.allow_shared_key_access_for_services ->> '$.queue.enabled') = 'false', FALSE)
             AND coalesce(lower(s.allow_shared_key_access_for_services ->> '$.table.enabled') = 'false', FALSE) AS all_services_off,
           coalesce(list_contains(s._gaps, 'allow_shared_key_access')
                    OR list_contains(s._gaps, 'allow_shared_key_access_for_services'), FALSE) AS unread
    FROM azure_storage_account AS s
)
SELECT w.account_id,
       CASE WHEN w.unread THEN NULL
            WHEN NOT w.account_switch AND w.a_service_on THEN 'mixed'
            WHEN NOT w.account_switch THEN 'off'
            WHEN w.all_services_off THEN 'mixed'
            ELSE 'on'
       END AS state,
       CASE WHEN w.unread THEN 'whether account keys are accepted could not be read'
            WHEN NOT w.account_switch AND w.a_service_on
            THEN 'the account forbids its keys, the switch of a single service permits them'
            WHEN NOT w.account_switch THEN 'account keys are not accepted'
            WHEN w.all_services_off THEN 'the account permits its keys, the switches of all four services forbid them'
            WHEN w.account_switch IS NULL THEN 'account keys are accepted: the switch was never set'
            ELSE 'account keys are accepted'
       END AS reason
FROM switch AS w
