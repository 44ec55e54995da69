-- title = "Azure roles that reach the secrets of key vaults or the keys of storage accounts"
-- tables = ["role_power"]
SELECT p.role_id, p.role_name, p.is_read,
       -- One row per role, as in role_power, with the powers over secrets and keys alone.
       list_filter(p.powers, lambda w: w IN ('read_secret', 'other_secret', 'storage_keys')) AS powers
FROM role_power AS p
