-- title = "Access review for external users"
-- severity = "medium"
-- subject = "azure_account"
-- tables = ["azure_account", "azure_access_review_definition"]
-- controls = [
--   "cis_azure_2_0_0:1.4", "nist_800_53_r5:AC-2", "nist_800_53_r5:AC-6", "iso_27001_2022:A.5.18", "pci_dss_4_0:7.2.4",
--   "pci_dss_4_0:8.2.6", "soc_2:CC6.2", "soc_2:CC6.3",
-- ]
-- rationale = "Guests stay when the project ends. A review that comes back shows who still needs access. Listed are the review series, those about guests first, with recurrence and what happens to those denied; the outcome of the last round is looked up in the portal."
-- remediation = "Needs Entra ID Governance or P2. Entra admin center > Identity Governance > Access reviews > New access review: Teams and groups, all Microsoft 365 groups with guest users, scope guests, recurrence monthly or quarterly, auto apply results. az rest --method get --url https://graph.microsoft.com/v1.0/identityGovernance/accessReviews/definitions lists them."
-- references = ["https://learn.microsoft.com/entra/id-governance/manage-guest-access-with-access-reviews", "https://learn.microsoft.com/graph/api/resources/accessreviewscheduledefinition"]
-- [[case]]
-- title = "a quarterly review of guests"
-- given.azure_account = [{ }]
-- given.azure_access_review_definition = [{ name = "r", display_name = "r", status = "InProgress", scope_query = "./members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')", settings_recurrence = '{"pattern":{"type":"absoluteMonthly","interval":3}}', settings_recurrence_pattern_type = "absoluteMonthly", settings_recurrence_pattern_interval = 3 }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "once only"
-- given.azure_account = [{ }]
-- given.azure_access_review_definition = [{ name = "r", display_name = "r", status = "InProgress", scope_query = "./members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "about members, not guests"
-- given.azure_account = [{ }]
-- given.azure_access_review_definition = [{ name = "r", display_name = "r", status = "InProgress", scope_query = "./members", settings_recurrence = '{"pattern":{"type":"absoluteMonthly","interval":3}}', settings_recurrence_pattern_type = "absoluteMonthly", settings_recurrence_pattern_interval = 3 }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "guests among the principals, written with plus signs"
-- given.azure_account = [{ }]
-- given.azure_access_review_definition = [{ name = "r", display_name = "r", status = "InProgress", settings_recurrence = '{"pattern":{"type":"absoluteMonthly","interval":3}}', settings_recurrence_pattern_type = "absoluteMonthly", settings_recurrence_pattern_interval = 3, scope_principal_scopes_query = ["/users?$filter=(userType+eq+'Guest')"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "ended"
-- given.azure_account = [{ }]
-- given.azure_access_review_definition = [{ name = "r", display_name = "r", status = "Stopped", scope_query = "./members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')", settings_recurrence = '{"pattern":{"type":"absoluteMonthly","interval":3}}', settings_recurrence_pattern_type = "absoluteMonthly", settings_recurrence_pattern_interval = 3 }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no review"
-- given.azure_account = [{ }]
-- given.azure_access_review_definition = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no licence"
-- ledger = [{ table = "azure_access_review_definition", status = "license" }]
-- given.azure_account = [{ }]
-- given.azure_access_review_definition = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "scope not readable"
-- given.azure_account = [{ }]
-- given.azure_access_review_definition = [{ name = "r", display_name = "r", status = "InProgress", scope_query = "./members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')", settings_recurrence = '{"pattern":{"type":"absoluteMonthly","interval":3}}', settings_recurrence_pattern_type = "absoluteMonthly", settings_recurrence_pattern_interval = 3, _gaps = ["scope_query"] }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "no tenant row"
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "reviews denied: the evidence is incomplete"
-- ledger = [{ table = "azure_access_review_definition", status = "denied" }]
-- given.azure_account = [{ }]
-- given.azure_access_review_definition = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "manual" }
-- [[case]]
-- title = "tenant denied"
-- ledger = [{ table = "azure_account", status = "denied" }]
-- given.azure_account = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH review AS (
    SELECT lower(replace(replace(coalesce(r.scope_query, '') || ' ' || coalesce(array_to_string(r.scope_principal_scopes_query, ' '), ''), '+', ' '), '%20', ' '))
             LIKE '%usertype eq ''guest''%' AS about_guests,
           coalesce(CAST(r.settings_recurrence AS VARCHAR), 'null') <> 'null' AND coalesce(lower(r.settings_recurrence_pattern_type), '') <> 'none' AS recurs,
           lower(coalesce(r.status, '')) IN ('stopped', 'completed') AS is_over,
           coalesce(array_length(list_filter(r._gaps, lambda g: g IN ('scope_query', 'scope_principal_scopes_query', 'settings_recurrence', 'status'))) > 0, FALSE) AS unread,
           coalesce(r.display_name, r.id) || ' (' || coalesce(r.status, 'status not given') || '; recurrence: '
             || coalesce(CAST(r.settings_recurrence_pattern_interval AS VARCHAR) || ' ' || r.settings_recurrence_pattern_type, 'none')
             || '; decisions ' || CASE WHEN r.settings_auto_apply_decisions_enabled THEN 'applied by themselves' ELSE 'to be applied' END
             || '; where nobody answers: ' || CASE WHEN r.settings_default_decision_enabled THEN coalesce(r.settings_default_decision, 'not given') ELSE 'nothing' END || ')' AS line
    FROM azure_access_review_definition AS r
),
found AS (
    SELECT coalesce(sum(CASE WHEN v.about_guests AND v.recurs AND NOT v.is_over THEN 1 ELSE 0 END), 0) AS n_good, count(*) AS n,
           coalesce(sum(CASE WHEN v.unread THEN 1 ELSE 0 END), 0) AS n_unread,
           list_sort(list(v.line) FILTER (WHERE v.about_guests)) AS guest_reviews,
           list_sort(list(v.line) FILTER (WHERE NOT v.about_guests)) AS other_reviews
    FROM review AS v
),
licence AS (
    SELECT coalesce(sum(CASE WHEN l.status = 'license' THEN 1 ELSE 0 END), 0) AS n FROM azure_ledger AS l WHERE l.table_name = 'azure_access_review_definition'
)
SELECT t.id AS subject, t.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       'manual' AS verdict,
       CASE WHEN l.n > 0 THEN 'access reviews need a licence that the tenant lacks'
            ELSE 'to be judged by the auditor; reviews of guests that come back and are not over: ' || f.n_good || ' of ' || f.n || ' reviews'
                 || CASE WHEN f.n_unread > 0 THEN '; reviews not readable in full: ' || f.n_unread ELSE '' END
       END AS reason,
       t.display_name AS resource_name, f.guest_reviews, f.other_reviews
FROM azure_account AS t
CROSS JOIN found AS f
CROSS JOIN licence AS l
