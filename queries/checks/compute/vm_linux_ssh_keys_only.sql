-- title = "Linux VM refuses passwords"
-- severity = "high"
-- subject = "azure_vm"
-- tables = ["azure_vm"]
-- controls = [
--   "nist_800_53_r5:AC-3", "nist_800_53_r5:IA-5", "iso_27001_2022:A.5.15", "iso_27001_2022:A.5.17", "pci_dss_4_0:7.2.1",
--   "soc_2:CC6.1",
-- ]
-- rationale = "Passwords over SSH are guessed day and night; keys are not. The property tells how the machine was made: what its administrator set later inside the guest is not seen."
-- remediation = "The property cannot be changed later. Set PasswordAuthentication no in /etc/ssh/sshd_config of the machine, and make new ones with: az vm create --authentication-type ssh --ssh-key-values KEY.pub"
-- references = ["https://learn.microsoft.com/azure/virtual-machines/linux/create-ssh-keys-detailed"]
-- [[case]]
-- title = "keys only"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_os_type = "Linux", os_profile_computer_name = "a", os_profile_linux_configuration_disable_password_authentication = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "passwords allowed"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_os_type = "linux", os_profile_computer_name = "a", os_profile_linux_configuration_disable_password_authentication = false }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "absent means passwords are allowed, also beside a key"
-- given.azure_vm = [
--   { name = "a", storage_profile_os_disk_os_type = "Linux", os_profile_computer_name = "a" },
--   { name = "b", storage_profile_os_disk_os_type = "Linux", os_profile_admin_username = "root1", os_profile_linux_configuration_ssh_public_keys_key_data = ["ssh-ed25519 AAAA"] },
-- ]
-- expect = { a = "fail", b = "fail" }
-- [[case]]
-- title = "Windows"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_os_type = "Windows", os_profile_computer_name = "a" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "a specialised disk brings its own accounts: no profile"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_os_type = "Linux", storage_profile_os_disk_create_option = "Attach" }]
-- expect = { a = "not_applicable" }
-- [[case]]
-- title = "system absent: the Linux part of the profile tells, else nothing does"
-- given.azure_vm = [
--   { name = "a", os_profile_computer_name = "a", os_profile_linux_configuration_disable_password_authentication = true },
--   { name = "b", os_profile_computer_name = "b", os_profile_linux_configuration_disable_password_authentication = false },
--   { name = "c", os_profile_computer_name = "c" },
--   { name = "d" },
-- ]
-- expect = { a = "pass", b = "fail", c = "unknown", d = "unknown" }
-- [[case]]
-- title = "value or system not readable"
-- given.azure_vm = [
--   { name = "a", storage_profile_os_disk_os_type = "Linux", os_profile_computer_name = "a", _gaps = ["os_profile_linux_configuration_disable_password_authentication"] },
--   { name = "b", os_profile_computer_name = "b", os_profile_linux_configuration_disable_password_authentication = true, _gaps = ["storage_profile_os_disk_os_type"] },
-- ]
-- expect = { a = "unknown", b = "unknown" }
-- [[case]]
-- title = "profile not readable: the machine is not taken for one without"
-- given.azure_vm = [{ name = "a", storage_profile_os_disk_os_type = "Linux", _gaps = ["os_profile_computer_name"] }, { name = "b", storage_profile_os_disk_os_type = "Linux", _gaps = ["os_profile_linux_configuration_disable_password_authentication"] }]
-- expect = { a = "unknown", b = "unknown" }
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
    SELECT m.id, m.subscription_id, lower(trim(m.storage_profile_os_disk_os_type)) AS system,
           m.os_profile_linux_configuration_disable_password_authentication AS keys_only,
           coalesce(m.os_profile_computer_name, m.os_profile_admin_username) IS NOT NULL
             OR m.os_profile_linux_configuration_disable_password_authentication IS NOT NULL
             OR coalesce(array_length(m.os_profile_linux_configuration_ssh_public_keys_key_data), 0) > 0 AS has_profile,
           coalesce(list_contains(m._gaps, 'os_profile_computer_name') OR list_contains(m._gaps, 'os_profile_admin_username')
                    OR list_contains(m._gaps, 'os_profile_linux_configuration_ssh_public_keys_key_data')
                    OR list_contains(m._gaps, 'os_profile_linux_configuration_disable_password_authentication'), FALSE) AS profile_gap
    FROM azure_vm AS m
)
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE WHEN m.system = 'windows' THEN 'not_applicable'
            WHEN m.keys_only THEN 'pass'
            WHEN m.keys_only = FALSE THEN 'fail'
            WHEN m.profile_gap THEN NULL
            WHEN m.system = 'linux' AND NOT m.has_profile THEN 'not_applicable'
            WHEN m.system = 'linux' THEN 'fail'
       END AS verdict,
       CASE WHEN m.system = 'windows' THEN 'the machine runs Windows'
            WHEN m.keys_only THEN 'SSH accepts keys only'
            WHEN m.keys_only = FALSE THEN 'SSH accepts passwords'
            WHEN m.profile_gap THEN 'the profile of the system could not be read'
            WHEN m.system = 'linux' AND NOT m.has_profile THEN 'the machine was made from a disk with its own accounts, so Azure does not know'
            WHEN m.system = 'linux' THEN 'the setting is absent, which means that SSH accepts passwords'
            ELSE 'which system the machine runs is not known'
       END AS reason
FROM machine AS m
