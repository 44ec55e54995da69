//! Edges worked out from the rows of a snapshot.

use super::*;

#[test]
fn edges_are_found_missing_or_not_known() {
    let tables = [
        (
            "azure_vm",
            "+SELECT '/s/vm1' AS id, ['/nics/1', '/NICS/2'] AS network_profile_network_interfaces_id, ['/disks/9'] AS storage_profile_data_disks_managed_disk_id",
        ),
        ("azure_nic", "+SELECT '/nics/1' AS id"),
        ("azure_resource", "+SELECT '/s/vm1' AS id"),
        ("azure_vm_extension", "+SELECT '/s/vm1/extensions/e' AS id, '/s/vm1' AS _parent_id"),
        (
            "azure_role_assignment",
            "+SELECT '/ra/1' AS id, '/s/vm1' AS scope, 'u1' AS principal_id, 'User' AS principal_type \
          UNION ALL BY NAME SELECT '/ra/2' AS id, '/subscriptions/x' AS scope, 'u9' AS principal_id, 'User' AS principal_type",
        ),
        ("azure_user", "+SELECT 'u1' AS id"),
    ];
    let fixture = fixture(
        1,
        &tables,
        &[("azure_nic", Status::Ok), ("azure_managed_disk", Status::Denied), ("azure_user", Status::Ok)],
    );
    let engine = Engine::open(&fixture.snapshot, &EngineOptions::default()).unwrap();
    let mut batches = Vec::new();
    let mut sink = |batch: &RecordBatch| -> Result<(), EngineError> {
        batches.push(batch.clone());
        Ok(())
    };
    derive::relationships(&engine, &|_| true, &mut sink).unwrap();
    let rows = Rows { schema: batches[0].schema(), batches };
    let columns: Vec<Vec<Option<String>>> =
        ["source_id", "class", "target_id", "target_table", "found"].iter().map(|name| rows.strings(name)).collect();
    let mut found: Vec<String> = (0..rows.len())
        .map(|at| {
            columns.iter().map(|column| column[at].clone().unwrap_or("NULL".into())).collect::<Vec<_>>().join(" ")
        })
        .collect();
    found.retain(|edge| !edge.contains("azure_location"));
    assert_eq!(
        found,
        [
            "/ra/1 ALLOWS /s/vm1 azure_vm true",
            "/ra/1 ASSIGNED u1 azure_user true",
            "/ra/2 ALLOWS /subscriptions/x ANY_SCOPE NULL",
            "/ra/2 ASSIGNED u9 azure_user false",
            "/s/vm1 USES /disks/9 azure_managed_disk NULL",
            "/s/vm1 USES /nics/1 azure_nic true",
            "/s/vm1 USES /nics/2 azure_nic false",
            "/s/vm1 USES /s/vm1/extensions/e azure_vm_extension true",
        ]
    );
    assert!(engine.query("FROM azsnap_edge").is_err());
}
