-- title = "VM built from approved image"
-- severity = "low"
-- subject = "azure_vm"
-- tables = ["azure_vm", "azure_subscription"]
-- controls = [
--   "nist_800_53_r5:CM-2", "nist_800_53_r5:CM-6", "iso_27001_2022:A.8.9", "pci_dss_4_0:2.2.1", "soc_2:CC7.1", "soc_2:CC8.1",
-- ]
-- rationale = "A machine made from an image that the organisation prepares starts hardened and with the agents it needs. An image of the marketplace or of a public gallery is as its publisher made it. What is inside an own image is not seen here."
-- remediation = "Keep hardened images in an Azure Compute Gallery and make machines from them: az vm create --image GALLERY_IMAGE_ID; bar other images with a policy assignment."
-- references = ["https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery", "https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries"]
-- [[case]]
-- title = "own image, gallery image, and version of a gallery image"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [
--   { name = "a", storage_profile_image_reference_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/images/golden" },
--   { name = "b", storage_profile_image_reference_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/galleries/g/images/i" },
--   { name = "c", storage_profile_image_reference_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/galleries/g/images/i/versions/1.0.0" },
-- ]
-- expect = { a = "pass", b = "pass", c = "pass" }
-- [[case]]
-- title = "marketplace image, by publisher or by an id"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [
--   { name = "a", storage_profile_image_reference_publisher = "Canonical", storage_profile_image_reference_offer = "ubuntu-24_04-lts", storage_profile_image_reference_sku = "server" },
--   { name = "b", storage_profile_image_reference_id = "/subscriptions/11111111-1111-4111-8111-111111111111/providers/microsoft.compute/locations/westeurope/publishers/canonical/artifacttypes/vmimage/offers/o/skus/s/versions/1" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "gallery of another subscription of the tenant"
-- given.azure_subscription = [{ }, { subscription_id = "22222222-2222-4222-8222-222222222222" }]
-- given.azure_vm = [{ name = "a", storage_profile_image_reference_id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg/providers/microsoft.compute/galleries/g/images/i" }]
-- expect = { a = "pass", "/subscriptions/22222222-2222-4222-8222-222222222222" = "not_applicable" }
-- [[case]]
-- title = "gallery of a subscription that the snapshot does not know"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "a", storage_profile_image_reference_id = "/subscriptions/33333333-3333-4333-8333-333333333333/resourcegroups/rg/providers/microsoft.compute/galleries/g/images/i" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "a community gallery is open to everybody, in either field"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [
--   { name = "a", storage_profile_image_reference_community_gallery_image_id = "/CommunityGalleries/pub-1/Images/i/Versions/latest" },
--   { name = "b", storage_profile_image_reference_id = "/communitygalleries/pub-1/images/i" },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "a directly shared gallery: its name begins with the subscription that owns it"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [
--   { name = "a", storage_profile_image_reference_shared_gallery_image_id = "/SharedGalleries/11111111-1111-4111-8111-111111111111-GOLDEN/Images/i/Versions/latest" },
--   { name = "b", storage_profile_image_reference_shared_gallery_image_id = "/SharedGalleries/33333333-3333-4333-8333-333333333333-GOLDEN/Images/i" },
-- ]
-- expect = { a = "pass", b = "unknown" }
-- [[case]]
-- title = "an own image whose plan names a publisher too"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "a", storage_profile_image_reference_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/images/golden", storage_profile_image_reference_publisher = "" }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "made from a disk: the image is not known"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_create_option = "Attach" }, { name = "b" }]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "an id of another kind"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "a", storage_profile_image_reference_id = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg/providers/microsoft.compute/snapshots/s" }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "image not readable"
-- given.azure_subscription = [{ }]
-- given.azure_vm = [{ name = "a", storage_profile_image_reference_publisher = "Canonical", _gaps = ["storage_profile_image_reference_id"] }]
-- expect = { a = "unknown" }
-- [[case]]
-- title = "no machine"
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "not_applicable" }
-- [[case]]
-- title = "list denied"
-- ledger = [{ table = "azure_vm", subscription = "11111111-1111-4111-8111-111111111111", status = "denied" }]
-- given.azure_vm = []
-- expect = { "/subscriptions/11111111-1111-4111-8111-111111111111" = "unknown" }
WITH machine AS (
    SELECT m.id, m.subscription_id, m.storage_profile_os_disk_create_option AS create_option,
           nullif(lower(trim(m.storage_profile_image_reference_id)), '') AS image_id,
           nullif(lower(trim(m.storage_profile_image_reference_shared_gallery_image_id)), '') AS shared_id,
           nullif(lower(trim(m.storage_profile_image_reference_community_gallery_image_id)), '') AS community_id,
           nullif(trim(m.storage_profile_image_reference_publisher), '') AS publisher,
           concat_ws(':', m.storage_profile_image_reference_publisher, m.storage_profile_image_reference_offer,
                     m.storage_profile_image_reference_sku) AS market_image
    FROM azure_vm AS m
),
image AS (
    SELECT m.id, m.subscription_id, m.create_option, m.market_image,
           coalesce(m.image_id, m.shared_id, m.community_id) AS image,
           CASE WHEN coalesce(m.community_id, m.image_id) LIKE '/communitygalleries/%' THEN 'community'
                WHEN m.image_id LIKE '%/publishers/%' OR (m.image_id IS NULL AND m.shared_id IS NULL AND m.publisher IS NOT NULL) THEN 'market'
                WHEN coalesce(m.shared_id, m.image_id) LIKE '/sharedgalleries/%' THEN 'own'
                WHEN m.image_id LIKE '%/providers/microsoft.compute/images/%' OR m.image_id LIKE '%/providers/microsoft.compute/galleries/%/images/%' THEN 'own'
                WHEN m.image_id IS NOT NULL THEN 'other'
                ELSE 'none'
           END AS kind,
           regexp_extract(coalesce(m.image_id, m.shared_id, ''), '^/(?:subscriptions|sharedgalleries)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', 1) AS owner
    FROM machine AS m
)
SELECT i.id AS subject, i.id AS resource_id, i.subscription_id,
       CASE WHEN i.kind IN ('community', 'market') THEN 'fail'
            WHEN i.kind = 'own' AND s.id IS NOT NULL THEN 'pass'
       END AS verdict,
       CASE i.kind WHEN 'community' THEN 'the image comes from a community gallery: ' || i.image
                   WHEN 'market' THEN 'the image comes from the marketplace: ' || coalesce(nullif(i.market_image, ''), i.image)
                   WHEN 'own' THEN CASE WHEN s.id IS NOT NULL THEN 'the image is one of the tenant: ' || i.image
                                        ELSE 'the image belongs to a subscription that is not in the snapshot: ' || i.image END
                   WHEN 'other' THEN 'the machine was made from something that is not known to be an image: ' || i.image
                   ELSE 'the machine names no image; how its system disk came about: ' || coalesce(i.create_option, 'not said')
       END AS reason
FROM image AS i
LEFT JOIN azure_subscription AS s ON s.id = '/subscriptions/' || i.owner
