-- title = "MFA for every ordinary user"
-- severity = "high"
-- subject = "azure_user"
-- tables = ["azure_user", "azure_user_registration_details", "azure_directory_role", "azure_directory_role_member", "azure_ad_role_assignment", "azure_user_group"]
-- optional = ["azure_ad_role_definition", "azure_ad_role_assignment_schedule_instance", "azure_ad_role_eligibility_schedule_instance", "azure_ad_group_eligibility_schedule_instance", "azure_group_member", "azure_user_mfa_state", "azure_cross_tenant_access_policy"]
-- controls = [
--   "cis_azure_2_0_0:1.1.3", "cis_azure_2_1_0:1.1.3", "cis_azure_3_0_0:2.1.3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.5.2",
--   "iso_27001_2022:A.5.17", "pci_dss_4_0:8.4.2", "pci_dss_4_0:8.4.3", "soc_2:CC1.3", "soc_2:CC3.3", "soc_2:CC6.3",
--   "mitre_attack:T1040", "mitre_attack:T1078", "mitre_attack:T1098", "mitre_attack:T1550", "mitre_attack:T1556",
-- ]
-- rationale = "An ordinary mailbox is where most intrusions begin. Users with a directory role are judged by the check of privileged users; where it could not be read whether somebody is eligible for one, the user is judged here. The report tells who can do MFA; that it is asked for is judged by the Conditional Access checks."
-- remediation = "Entra admin center > Protection > Authentication methods > Registration campaign, and > User registration details for the list; or a Temporary Access Pass for the user: az rest --method post --url https://graph.microsoft.com/v1.0/users/ID/authentication/temporaryAccessPassMethods --body '{}'"
-- references = ["https://learn.microsoft.com/entra/identity/authentication/howto-authentication-methods-activity", "https://learn.microsoft.com/graph/api/resources/userregistrationdetails"]
-- [[case]]
-- title = "can do MFA, cannot do it"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = false }]
-- expect = { "u1" = "pass", "u2" = "fail" }
-- [[case]]
-- title = "registered, but policy does not allow the method"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = false, is_mfa_registered = true, methods_registered = ["mobilePhone"] }]
-- expect = { "u1" = "fail" }
-- [[case]]
-- title = "the per-user switch of one user not readable, or not told: on or off, nobody knows; of one who can do MFA it does not matter"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = false }, { name = "u2", is_mfa_capable = false }, { name = "u3", is_mfa_capable = true }]
-- given.azure_user_mfa_state = [
--   { name = "a", _parent_id = "u1", _gaps = ["per_user_mfa_state"] },
--   { name = "b", _parent_id = "u2" },
--   { name = "c", _parent_id = "u3", _gaps = ["per_user_mfa_state"] },
-- ]
-- expect = { u1 = "unknown", u2 = "unknown", u3 = "pass" }
-- [[case]]
-- title = "per-user MFA, in any letter case; disabled is none"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = false }, { name = "u3", is_mfa_capable = false }]
-- given.azure_user_mfa_state = [
--   { name = "a", _parent_id = "u1", per_user_mfa_state = "Enforced" },
--   { name = "b", _parent_id = "u2", per_user_mfa_state = "enabled" },
--   { name = "c", _parent_id = "u3", per_user_mfa_state = "disabled" },
-- ]
-- expect = { "u1" = "pass", "u2" = "pass", "u3" = "fail" }
-- [[case]]
-- title = "sign-in blocked"
-- given.azure_user = [{ name = "u1", account_enabled = false, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = false }]
-- expect = { "u1" = "not_applicable" }
-- [[case]]
-- title = "whether sign-in is blocked is absent or not readable"
-- given.azure_user = [{ name = "u1" }, { name = "u2", _gaps = ["account_enabled"] }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }, { name = "u2", is_mfa_capable = true }]
-- expect = { "u1" = "unknown", "u2" = "unknown" }
-- [[case]]
-- title = "no row in the report, and no value in it"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u2" }]
-- expect = { "u1" = "unknown", "u2" = "unknown" }
-- [[case]]
-- title = "no licence for the report"
-- ledger = [{ table = "azure_user_registration_details", status = "license" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- expect = { "u1" = "unknown" }
-- [[case]]
-- title = "value not readable in the report, of one user"
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }, { name = "u2", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", _gaps = ["is_mfa_capable"] }, { name = "u2", is_mfa_capable = true }]
-- expect = { "u1" = "unknown", "u2" = "pass" }
-- [[case]]
-- title = "guests: capable here, MFA of the home tenant not accepted, accepted, not read"
-- given.azure_user = [{ name = "g1", account_enabled = true, user_type = "Guest" }, { name = "g2", account_enabled = true, user_type = "guest" }]
-- given.azure_user_registration_details = [{ name = "g1", is_mfa_capable = true }, { name = "g2", is_mfa_capable = false }]
-- given.azure_cross_tenant_access_policy = [{ name = "default", inbound_trust_is_mfa_accepted = false }]
-- expect = { "g1" = "pass", "g2" = "unknown" }
-- [[case]]
-- title = "guest, MFA of the home tenant accepted; a member from outside is external too"
-- given.azure_user = [
--   { name = "g1", account_enabled = true, user_type = "Guest" },
--   { name = "g2", account_enabled = true, user_type = "Member", user_principal_name = "a_b.com#EXT#@c.onmicrosoft.com" },
-- ]
-- given.azure_user_registration_details = [{ name = "g1", is_mfa_capable = false }, { name = "g2", is_mfa_capable = false }]
-- given.azure_cross_tenant_access_policy = [{ name = "default", inbound_trust_is_mfa_accepted = true }]
-- expect = { "g1" = "unknown", "g2" = "unknown" }
-- [[case]]
-- title = "guest, cross-tenant settings not read"
-- ledger = [{ table = "azure_cross_tenant_access_policy", status = "denied" }]
-- given.azure_user = [{ name = "g1", account_enabled = true, user_type = "Guest" }]
-- given.azure_user_registration_details = [{ name = "g1", is_mfa_capable = false }]
-- expect = { "g1" = "unknown" }
-- [[case]]
-- title = "holders of roles are judged elsewhere: direct, through a group, eligible"
-- given.azure_user = [
--   { name = "u1", account_enabled = true, user_type = "Member" },
--   { name = "u2", account_enabled = true, user_type = "Member" },
--   { name = "u3", account_enabled = true, user_type = "Member" },
--   { name = "u4", account_enabled = true, user_type = "Member" },
-- ]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = false }, { name = "u2", is_mfa_capable = false }, { name = "u4", is_mfa_capable = true }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- given.azure_directory_role_member = [
--   { id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" },
--   { id = "role-ga/members/g", _parent_id = "role-ga", member_id = "g", member_type = "#microsoft.graph.group" },
-- ]
-- given.azure_user_group = [{ name = "g", is_assignable_to_role = true }]
-- given.azure_group_member = [{ id = "g/members/u2", _parent_id = "g", member_id = "u2", member_type = "#microsoft.graph.user" }]
-- given.azure_ad_role_eligibility_schedule_instance = [{ name = "e", principal_id = "u3", role_definition_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- expect = { "u1" = "not_applicable", "u2" = "not_applicable", "u3" = "not_applicable", "u4" = "pass" }
-- [[case]]
-- title = "eligibilities not read: the verdict on MFA stands"
-- ledger = [{ table = "azure_ad_role_eligibility_schedule_instance", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = false }]
-- expect = { "u1" = "fail" }
-- [[case]]
-- title = "no user"
-- given.azure_user = []
-- expect = { "99999999-9999-4999-8999-999999999999" = "not_applicable" }
-- [[case]]
-- title = "azure_user denied"
-- ledger = [{ table = "azure_user", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "azure_user_registration_details denied"
-- ledger = [{ table = "azure_user_registration_details", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "azure_directory_role denied"
-- ledger = [{ table = "azure_directory_role", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
-- [[case]]
-- title = "azure_directory_role_member denied"
-- ledger = [{ table = "azure_directory_role_member", status = "denied" }]
-- given.azure_user = [{ name = "u1", account_enabled = true, user_type = "Member" }]
-- given.azure_user_registration_details = [{ name = "u1", is_mfa_capable = true }]
-- given.azure_directory_role = [{ id = "role-ga", name = "Global Administrator", display_name = "Global Administrator", role_template_id = "62e90394-69f5-4237-9190-012177145e10" }]
-- given.azure_directory_role_member = [{ id = "role-ga/members/u1", _parent_id = "role-ga", member_id = "u1", member_type = "#microsoft.graph.user" }]
-- expect = { "99999999-9999-4999-8999-999999999999" = "unknown" }
WITH holder AS (
    SELECT h.principal_id, list_sort(list(DISTINCT h.role_name || ' (' || h.how || ')')) AS roles
    FROM directory_role_holder AS h
    GROUP BY h.principal_id
)
SELECT u.id AS subject, u.id AS resource_id, CAST(NULL AS VARCHAR) AS subscription_id,
       CASE WHEN h.principal_id IS NOT NULL THEN 'not_applicable'
            WHEN m.state = 'on' THEN 'pass'
            WHEN m.state = 'off' THEN 'fail'
            WHEN m.state = 'disabled' THEN 'not_applicable'
       END AS verdict,
       CASE WHEN h.principal_id IS NOT NULL THEN 'holds directory roles, judged with the privileged users: ' || array_to_string(h.roles, ', ')
            ELSE m.why
       END AS reason,
       u.name AS resource_name, m.is_external, m.methods, m.per_user_state
FROM azure_user AS u
JOIN user_mfa AS m ON m.user_id = lower(u.id)
LEFT JOIN holder AS h ON h.principal_id = lower(u.id)
