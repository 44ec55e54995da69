-- title = "Blob containers open to anonymous readers"
-- severity = "high"
-- subject = "azure_storage_container"
-- tables = ["azure_storage_account", "azure_storage_container"]
-- controls = ["jupiterone_questions:storage_container_public_access"]
-- rationale = "Names each container that anybody can read without signing in. A container without a level is closed; the question listed it on both sides. An account that forbids anonymous access closes all its containers, whatever they say. Firewall rules of the account are not weighed."
-- remediation = "az storage account update --name NAME --resource-group GROUP --allow-blob-public-access false, or for one container: az storage container set-permission --name CONTAINER --account-name NAME --public-access off"
-- references = ["https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-configure"]
-- [[case]]
-- title = "single blobs, or the whole container, in any letter case"
-- given.azure_storage_account = [{ id = "/x/a", allow_blob_public_access = true }]
-- given.azure_storage_container = [{ id = "/x/a/blobservices/default/containers/b", _parent_id = "/x/a", public_access = "Blob" }, { id = "/x/a/blobservices/default/containers/c", _parent_id = "/x/a", public_access = "container" }]
-- expect = { b = "fail", c = "fail" }
-- [[case]]
-- title = "closed, and without a level"
-- given.azure_storage_account = [{ id = "/x/a", allow_blob_public_access = true }]
-- given.azure_storage_container = [{ id = "/x/a/blobservices/default/containers/b", _parent_id = "/x/a", public_access = "None" }, { id = "/x/a/blobservices/default/containers/c", _parent_id = "/x/a" }]
-- expect = { b = "pass", c = "pass" }
-- [[case]]
-- title = "the account forbids it, and an account that does not say"
-- given.azure_storage_account = [{ id = "/x/a", allow_blob_public_access = false }, { id = "/x/d" }]
-- given.azure_storage_container = [{ id = "/x/a/blobservices/default/containers/b", _parent_id = "/x/a", public_access = "Blob" }, { id = "/x/d/blobservices/default/containers/c", _parent_id = "/x/d", public_access = "Blob" }]
-- expect = { b = "pass", c = "fail" }
-- [[case]]
-- title = "a level that is not known; account row missing; switch of the account not readable"
-- given.azure_storage_account = [{ id = "/x/a" }, { id = "/x/e", _gaps = ["allow_blob_public_access"] }]
-- given.azure_storage_container = [
--   { id = "/x/a/blobservices/default/containers/b", _parent_id = "/x/a", public_access = "Everybody" },
--   { id = "/x/d/blobservices/default/containers/c", _parent_id = "/x/d", public_access = "Blob" },
--   { id = "/x/e/blobservices/default/containers/d", _parent_id = "/x/e", public_access = "Blob" },
--   { id = "/x/e/blobservices/default/containers/e", _parent_id = "/x/e", public_access = "None" },
-- ]
-- expect = { b = "unknown", c = "unknown", d = "unknown", e = "pass" }
-- [[case]]
-- title = "level not readable"
-- given.azure_storage_account = [{ id = "/x/a" }]
-- given.azure_storage_container = [{ id = "/x/a/blobservices/default/containers/b", _parent_id = "/x/a", _gaps = ["public_access"] }]
-- expect = { b = "unknown" }
-- [[case]]
-- title = "no container"
-- given.azure_storage_account = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "containers of one account denied"
-- ledger = [{ table = "azure_storage_container", parent = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/a", status = "denied" }]
-- given.azure_storage_account = [{ name = "a" }, { name = "d" }]
-- given.azure_storage_container = [{ id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/d/blobservices/default/containers/c", _parent_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.storage/storageaccounts/d" }]
-- expect = { a = "unknown", c = "pass" }
-- [[case]]
-- title = "containers denied"
-- ledger = [{ table = "azure_storage_container", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_storage_account = [{ id = "/x/a" }]
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
SELECT c.id AS subject, c.id AS resource_id, c.subscription_id,
       CASE WHEN NOT a.allow_blob_public_access THEN 'pass'
            WHEN lower(trim(coalesce(c.public_access, 'None'))) = 'none' THEN 'pass'
            WHEN lower(trim(c.public_access)) NOT IN ('blob', 'container') THEN NULL
            WHEN a.id IS NULL OR list_contains(a._gaps, 'allow_blob_public_access') THEN NULL
            ELSE 'fail'
       END AS verdict,
       CASE WHEN NOT a.allow_blob_public_access
            THEN 'the account forbids anonymous access' || coalesce('; level of the container: ' || c.public_access, '')
            WHEN lower(trim(coalesce(c.public_access, 'None'))) = 'none' THEN 'the container is closed to anonymous readers'
            WHEN lower(trim(c.public_access)) NOT IN ('blob', 'container') THEN 'the level is not known: ' || c.public_access
            WHEN a.id IS NULL OR list_contains(a._gaps, 'allow_blob_public_access')
            THEN 'the level is ' || c.public_access || '; whether the account permits anonymous access could not be read'
            WHEN lower(trim(c.public_access)) = 'blob' THEN 'anybody who knows its name can read a blob'
            ELSE 'anybody can list and read all blobs'
       END AS reason,
       a.name AS account, c.public_access, a.allow_blob_public_access AS account_allows, a.public_network_access AS account_public_network,
       a.network_acls_default_action AS account_firewall_default
FROM azure_storage_container AS c
LEFT JOIN azure_storage_account AS a ON a.id = c._parent_id
