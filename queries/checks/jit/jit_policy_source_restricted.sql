-- title = "Policy does not accept any source"
-- severity = "medium"
-- subject = "azure_jit_policy_port"
-- tables = ["azure_jit_policy_port", "azure_jit_network_access_policy"]
-- controls = ["jit:jit_policy_source_restricted"]
-- rationale = "When the policy accepts any source, a request may open the port to the whole Internet for as long as the window lasts. The portal's own default does."
-- remediation = "Defender for Cloud > Workload protections > Just-in-time VM access > Configured > Edit: give the port the address ranges of those who connect. By API (az rest --method put) send the whole policy, since PUT replaces it."
-- references = ["https://learn.microsoft.com/azure/defender-for-cloud/just-in-time-access-usage"]
-- [[case]]
-- # JIT-08 pass: no ANY member
-- title = "one network in the singular field"
-- given.azure_jit_policy_port = [{ name = "p", number = 3389, protocol = "TCP", allowed_source_address_prefix = ["10.0.0.0/8"] }]
-- expect = { p = "pass" }
-- [[case]]
-- # JIT-08 pass: no ANY member
-- title = "networks in the plural field"
-- given.azure_jit_policy_port = [{ name = "p", allowed_source_address_prefixes = ["203.0.113.0/24", "2001:db8::/32"] }]
-- expect = { p = "pass" }
-- [[case]]
-- # JIT-08 fail: ANY
-- title = "each spelling of any source"
-- given.azure_jit_policy_port = [
--   { name = "a", allowed_source_address_prefix = ["*"] },
--   { name = "b", allowed_source_address_prefix = ["Any"] },
--   { name = "c", allowed_source_address_prefix = [" internet "] },
--   { name = "d", allowed_source_address_prefix = ["0.0.0.0"] },
--   { name = "e", allowed_source_address_prefixes = ["0.0.0.0/0"] },
--   { name = "f", allowed_source_address_prefixes = ["::/0"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "fail", f = "fail" }
-- [[case]]
-- # JIT-08 fail: ANY
-- title = "a prefix of length zero is everybody, whatever address stands before it"
-- given.azure_jit_policy_port = [
--   { name = "a", allowed_source_address_prefix = ["10.0.0.0/0"] },
--   { name = "b", allowed_source_address_prefixes = ["2001:db8::/0"] },
--   { name = "c", allowed_source_address_prefixes = ["10.0.0.0/10"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "pass" }
-- [[case]]
-- # JIT-08 fail: ANY
-- title = "one open member among narrow ones, and over both fields"
-- given.azure_jit_policy_port = [
--   { name = "a", allowed_source_address_prefixes = ["10.0.0.0/8", "*"] },
--   { name = "b", allowed_source_address_prefix = ["10.0.0.0/8"], allowed_source_address_prefixes = ["0.0.0.0/0"] },
--   { name = "c", allowed_source_address_prefix = ["*"], allowed_source_address_prefixes = ["10.0.0.0/8"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- # JIT-08 fail: ANY
-- title = "both halves of a family are any source; so is one, since no owner has that many addresses"
-- given.azure_jit_policy_port = [
--   { name = "a", allowed_source_address_prefixes = ["0.0.0.0/1", "128.0.0.0/1"] },
--   { name = "b", allowed_source_address_prefixes = ["0.0.0.0/1"] },
--   { name = "c", allowed_source_address_prefixes = ["::/1", "8000::/1"] },
--   { name = "d", allowed_source_address_prefix = ["128.0.0.0/1"], allowed_source_address_prefixes = ["0.0.0.0/1"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "everybody in other pieces: the routable IPv6 space, quarters, a quarter, wider than a /8; a /8, private ranges and an IPv6 /32 are not"
-- given.azure_jit_policy_port = [
--   { name = "a", allowed_source_address_prefixes = ["2000::/3"] },
--   { name = "b", allowed_source_address_prefixes = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"] },
--   { name = "c", allowed_source_address_prefix = ["64.0.0.0/2"] },
--   { name = "d", allowed_source_address_prefix = ["20.0.0.0/7"] },
--   { name = "e", allowed_source_address_prefix = ["20.0.0.0/8"] },
--   { name = "f", allowed_source_address_prefixes = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "2001:db8::/32"] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail", e = "pass", f = "pass" }
-- [[case]]
-- # JIT-08 fail: no source
-- title = "no source at all counts as any"
-- given.azure_jit_policy_port = [
--   { name = "a" },
--   { name = "b", allowed_source_address_prefixes = [] },
--   { name = "c", allowed_source_address_prefix = [""], allowed_source_address_prefixes = [" "] },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail" }
-- [[case]]
-- title = "a service tag other than Internet, and a lookalike of any"
-- given.azure_jit_policy_port = [{ name = "a", allowed_source_address_prefix = ["VirtualNetwork"] }, { name = "b", allowed_source_address_prefix = ["0.0.0.0/32"] }]
-- expect = { a = "pass", b = "pass" }
-- [[case]]
-- title = "a source field not readable"
-- given.azure_jit_policy_port = [{ name = "p", allowed_source_address_prefix = ["10.0.0.0/8"], _gaps = ["allowed_source_address_prefixes"] }]
-- expect = { p = "unknown" }
-- [[case]]
-- # JIT-08 NA: no policy
-- title = "no policy"
-- given.azure_jit_policy_port = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "policies denied"
-- ledger = [{ table = "azure_jit_network_access_policy", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }, { table = "azure_jit_policy_port", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_jit_policy_port = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH port AS (
    SELECT p.id, p.policy_id, p.subscription_id, p.vm_id, p.number, p.protocol,
           list_merge(CAST(NULL AS VARCHAR), list_concat(p.allowed_source_address_prefix, p.allowed_source_address_prefixes)) AS sources
    FROM azure_jit_policy_port AS p
)
-- Wider than the set of the wildcards, zero prefixes and both halves of a family: sources_any also takes what holds most of the
-- public addresses in other pieces, since a port open to a quarter of the Internet is found by the same scanners.
SELECT p.id AS subject, p.id AS resource_id, p.subscription_id,
       CASE WHEN array_length(p.sources) = 0 OR sources_any(p.sources) THEN 'fail' ELSE 'pass' END AS verdict,
       CASE WHEN array_length(p.sources) = 0 THEN 'the policy names no source, so any is accepted'
            WHEN sources_any(p.sources) THEN 'any source is accepted: ' || array_to_string(p.sources, ', ')
            ELSE 'accepted sources: ' || array_to_string(p.sources, ', ')
       END AS reason,
       guid_of(p.vm_id) || ' ' || p.number || '/' || coalesce(p.protocol, '*') AS resource_name,
       p.policy_id, p.vm_id, p.number AS port, p.protocol, p.sources,
       CASE WHEN list_contains(a._gaps, 'provisioning_state') THEN 'not readable' ELSE a.provisioning_state END AS provisioning_state
FROM port AS p
LEFT JOIN azure_jit_network_access_policy AS a ON a.id = p.policy_id
