-- title = "Trusted launch: secure boot plus vTPM"
-- severity = "medium"
-- subject = "azure_vm"
-- tables = ["azure_vm"]
-- controls = [
--   "cis_azure_2_1_0:7.9", "cis_azure_3_0_0:8.11", "nist_800_53_r5:SI-7", "iso_27001_2022:A.8.14", "pci_dss_4_0:2.2.1",
--   "soc_2:CC6.8",
-- ]
-- rationale = "Secure boot keeps changed boot loaders and drivers from starting, and the virtual TPM lets the boot be measured and proven. A machine without a security profile has neither."
-- remediation = "Stop the machine (generation 2), then: az vm update --ids ID --security-type TrustedLaunch --enable-secure-boot true --enable-vtpm true, and start it."
-- references = ["https://learn.microsoft.com/azure/virtual-machines/trusted-launch"]
-- [[case]]
-- title = "trusted launch with both"
-- given.azure_vm = [{ name = "a", security_profile_security_type = "TrustedLaunch", security_profile_uefi_settings_secure_boot_enabled = true, security_profile_uefi_settings_v_tpm_enabled = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "a confidential machine with both, in other letter case"
-- given.azure_vm = [{ name = "a", security_profile_security_type = "confidentialvm", security_profile_uefi_settings_secure_boot_enabled = true, security_profile_uefi_settings_v_tpm_enabled = true }]
-- expect = { a = "pass" }
-- [[case]]
-- title = "secure boot off, vTPM off, or one of them absent"
-- given.azure_vm = [
--   { name = "a", security_profile_security_type = "TrustedLaunch", security_profile_uefi_settings_secure_boot_enabled = false, security_profile_uefi_settings_v_tpm_enabled = true },
--   { name = "b", security_profile_security_type = "TrustedLaunch", security_profile_uefi_settings_secure_boot_enabled = true, security_profile_uefi_settings_v_tpm_enabled = false },
--   { name = "c", security_profile_security_type = "TrustedLaunch", security_profile_uefi_settings_v_tpm_enabled = true },
--   { name = "d", security_profile_security_type = "TrustedLaunch" },
-- ]
-- expect = { a = "fail", b = "fail", c = "fail", d = "fail" }
-- [[case]]
-- title = "no security profile means the standard type"
-- given.azure_vm = [{ name = "a" }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "the standard type by name"
-- given.azure_vm = [{ name = "a", security_profile_security_type = "Standard", security_profile_uefi_settings_secure_boot_enabled = true, security_profile_uefi_settings_v_tpm_enabled = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "settings without a type"
-- given.azure_vm = [{ name = "a", security_profile_uefi_settings_secure_boot_enabled = true, security_profile_uefi_settings_v_tpm_enabled = true }]
-- expect = { a = "fail" }
-- [[case]]
-- title = "value not readable"
-- given.azure_vm = [{ name = "a", security_profile_security_type = "TrustedLaunch", security_profile_uefi_settings_v_tpm_enabled = true, _gaps = ["security_profile_uefi_settings_secure_boot_enabled"] }]
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
SELECT m.id AS subject, m.id AS resource_id, m.subscription_id,
       CASE WHEN lower(m.security_profile_security_type) IN ('trustedlaunch', 'confidentialvm')
                 AND m.security_profile_uefi_settings_secure_boot_enabled
                 AND m.security_profile_uefi_settings_v_tpm_enabled THEN 'pass'
            ELSE 'fail'
       END AS verdict,
       'security type ' || coalesce(m.security_profile_security_type, 'standard (absent)')
         || ', secure boot ' || CASE WHEN m.security_profile_uefi_settings_secure_boot_enabled THEN 'on' ELSE 'off' END
         || ', vTPM ' || CASE WHEN m.security_profile_uefi_settings_v_tpm_enabled THEN 'on' ELSE 'off' END AS reason
FROM azure_vm AS m
