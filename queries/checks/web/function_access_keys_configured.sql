-- title = "Function app has function keys"
-- severity = "medium"
-- subject = "azure_function_app"
-- tables = ["azure_function_app"]
-- controls = ["nist_800_53_r5:AC-3", "nist_800_53_r5:IA-2", "iso_27001_2022:A.8.3", "pci_dss_4_0:8.3.1", "soc_2:CC6.1"]
-- rationale = "A function key keeps strangers from calling an HTTP function whose address they have guessed. The list of keys comes with the keys themselves and needs an action that Reader lacks, so it is never asked for and the verdict is left open."
-- remediation = "See what there is: az functionapp keys list --name APP --resource-group GROUP. Add one: az functionapp keys set --name APP --resource-group GROUP --key-type functionKeys --key-name NAME"
-- references = ["https://learn.microsoft.com/azure/azure-functions/function-keys-how-to"]
-- [[case]]
-- title = "keys are never read"
-- given.azure_function_app = [{ name = "a" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "whatever the app is"
-- given.azure_function_app = [{ name = "a", kind = "functionapp,linux", state = "Running" }, { name = "b", kind = "functionapp,workflowapp" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "public access off changes nothing"
-- given.azure_function_app = [{ name = "a", public_network_access = "Disabled" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a gap elsewhere in the row"
-- given.azure_function_app = [{ name = "a", _gaps = ["https_only"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no app"
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_function_app", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_function_app = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
-- [[case]]
-- title = "three subscriptions: one throttled, one empty, one judged"
-- ledger = [
--   { table = "azure_function_app", subscription = "22222222-2222-4222-8222-222222222222", status = "throttled" },
--   { table = "azure_function_app", subscription = "33333333-3333-4333-8333-333333333333", status = "ok" },
-- ]
-- given.azure_function_app = [{ name = "a" }]
-- expect = { a = "unknown", "/subscriptions/22222222-2222-4222-8222-222222222222" = "unknown", "/subscriptions/33333333-3333-4333-8333-333333333333" = "not_applicable" }
SELECT a.id AS subject, a.id AS resource_id, a.subscription_id,
       CAST(NULL AS VARCHAR) AS verdict,
       'not collected: the list of keys needs Microsoft.Web/sites/host/listkeys/action and would bring the keys themselves' AS reason,
       a.kind, a.public_network_access
FROM azure_function_app AS a
