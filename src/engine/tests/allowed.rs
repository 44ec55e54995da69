//! What may run, what `COPY` may write where a folder is given for it, and which of DuckDB's functions were reviewed.

use std::collections::BTreeSet;

use super::*;

#[test]
fn what_may_run_runs() {
    let fixture = vm_fixture();
    let options = EngineOptions { export_dir: Some(fixture.export()), ..only(&["azure_vm"]) };
    let engine = Engine::open(&fixture.snapshot, &options).unwrap();
    for sql in [
        "SELECT 'copy; attach' AS query -- load",
        "FROM azure_vm SELECT name;",
        "WITH a AS (SELECT 1) FROM a",
        "VALUES (1), (2)",
        "TABLE azure_vm",
        "(SELECT 1) UNION (SELECT 2)",
        "DESCRIBE azure_vm",
        "DESC SELECT 1",
        "SHOW TABLES",
        "SHOW ALL TABLES",
        "SUMMARIZE azure_vm",
        "PIVOT azure_vm ON name USING count(*)",
        "PIVOT azure_vm ON name IN ('vm1') USING count(*)",
        "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b",
        "SELECT * FROM (PIVOT azure_vm ON name USING count(*))",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN (FORMAT json) SELECT 1",
        "EXPLAIN (ANALYZE, FORMAT json) SELECT 1",
        "EXPLAIN (SELECT 1)",
        "CREATE TEMP TABLE t AS SELECT 'copy' AS query, 1 AS call",
        "CREATE OR REPLACE TEMPORARY VIEW v AS FROM t WHERE query <> 'attach'",
        "INSERT INTO t VALUES ('x', 2)",
        "WITH a AS (SELECT 'y' AS x) INSERT INTO t SELECT x, 3 FROM a",
        "WITH a AS (DELETE FROM t RETURNING *) SELECT count(*) FROM a",
        "UPDATE t SET call_ = 1 WHERE FALSE",
        "PREPARE p AS SELECT * FROM t WHERE query <> 'install'",
        "EXECUTE p",
        "DEALLOCATE p",
        "CREATE MACRO double(x) AS 2 * x",
        "SELECT double(4)",
        "SET VARIABLE a = 1",
        "SELECT getvariable('a')",
        "SET threads = 1",
        "RESET threads",
        "USE main",
        "PRAGMA database_list",
        "PRAGMA table_info('azure_vm')",
        "PRAGMA show_tables",
        "BEGIN",
        "COMMIT",
        "ATTACH ':memory:' AS scratch",
        "ATTACH IF NOT EXISTS DATABASE ':memory:' AS scratch",
        "CREATE TABLE scratch.main.x AS SELECT 1 AS a",
        "DETACH scratch",
        "DROP TABLE t",
        "SELECT count(*) FROM duckdb_columns()",
    ] {
        if sql.contains("call_") {
            assert!(engine.query(sql).is_err());
            continue;
        }
        engine.query(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

#[test]
fn exports_land_in_their_folder() {
    let fixture = vm_fixture();
    let dir = fixture.export();
    fs::create_dir(dir.join("sub")).unwrap();
    let options = EngineOptions { export_dir: Some(dir.clone()), ..only(&["azure_vm"]) };
    let engine = Engine::open(&fixture.snapshot, &options).unwrap();
    for (sql, file, begins) in [
        ("COPY (SELECT name FROM azure_vm ORDER BY name -- x\n) TO 'a.csv'", "a.csv", "name\nvm1\n"),
        ("COPY azure_ledger TO 'sub/b.csv' (FORMAT csv, HEADER false)", "sub/b.csv", "azure_vm,"),
        ("COPY main.\"azure_ledger\" TO 'b.json' WITH (FORMAT json, ARRAY true);", "b.json", "[\n\t{\"table_name\""),
        (
            "copy (SELECT NULL AS a, 'x;y' AS b) to 'c.csv' (DELIMITER ';', QUOTE '''', NULLSTR 'none', HEADER)",
            "c.csv",
            "a;b\nnone;'x;y'\n",
        ),
        (
            "COPY (SELECT 1 AS a) TO 'd.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 1000)",
            "d.parquet",
            "PAR1",
        ),
        ("COPY (SELECT 1 AS a) TO 'a.csv'", "a.csv", "a\n1\n"),
        ("COPY (SELECT 'it''s' AS a) TO 'it''s.csv'", "it's.csv", "a\nit's\n"),
    ] {
        engine.query(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let bytes = fs::read(dir.join(file)).unwrap();
        assert!(bytes.starts_with(begins.as_bytes()), "{sql}: {}", String::from_utf8_lossy(&bytes));
    }
    let absolute = format!("COPY (SELECT 1 AS a) TO '{}/e.csv'", dir.display());
    engine.query(&absolute).unwrap();
    assert_eq!(text(&engine, &format!("SELECT a FROM '{}/e.csv'", dir.display())), "1");
}

/// A new DuckDB may bring functions that write: whoever sees this fail reviews them and adds them here or to the gate.
#[test]
fn functions_are_reviewed() {
    let engine = Engine::for_cases(at(1), &only(&[])).unwrap();
    let found = engine
        .query("SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE function_type IN ('table', 'pragma', 'table_macro') ORDER BY name")
        .unwrap();
    let found: BTreeSet<String> = found.strings("name").into_iter().flatten().collect();
    let reviewed: BTreeSet<String> = REVIEWED.split_whitespace().map(str::to_owned).collect();
    let new: Vec<&String> = found.difference(&reviewed).collect();
    assert!(new.is_empty(), "not reviewed: {new:?}");
}

const REVIEWED: &str = "
    add_parquet_key arrow_scan arrow_scan_dumb checkpoint collations copy_database create_external_resource
    database_list database_size deregister_external_resource destroy_external_resource
    disable_checkpoint_on_shutdown disable_logging disable_object_cache disable_optimizer disable_print_progress_bar
    disable_profile disable_profiling disable_progress_bar disable_verification disable_verify_parallelism
    duckdb_approx_database_count duckdb_available_metrics duckdb_columns duckdb_connection_count duckdb_constraints
    duckdb_coordinate_systems duckdb_databases duckdb_dependencies duckdb_dialects duckdb_eviction_queues
    duckdb_extension_repositories duckdb_extensions duckdb_external_file_cache duckdb_external_resource_types
    duckdb_external_resources duckdb_functions duckdb_grammar_extensions duckdb_indexes duckdb_keywords
    duckdb_log_contexts duckdb_logs duckdb_logs_parsed duckdb_memory duckdb_optimizers duckdb_prepared_statements
    duckdb_profiling_settings duckdb_schemas duckdb_secret_type_parameters duckdb_secret_types duckdb_secrets
    duckdb_sequences duckdb_settings duckdb_table_sample duckdb_tables duckdb_temporary_files duckdb_triggers
    duckdb_types duckdb_variables duckdb_views enable_checkpoint_on_shutdown enable_logging enable_object_cache
    enable_optimizer enable_print_progress_bar enable_profile enable_profiling enable_progress_bar
    enable_verification extension_versions force_checkpoint functions generate_series glob histogram
    histogram_values import_database json_each json_execute_serialized_sql json_tree metadata_info
    parquet_bloom_probe parquet_file_metadata parquet_full_metadata parquet_kv_metadata parquet_metadata
    parquet_scan parquet_schema platform pragma_collations pragma_database_size pragma_metadata_info
    pragma_platform pragma_show pragma_storage_info pragma_table_info pragma_user_agent pragma_version query
    query_table range read_blob read_csv read_csv_auto read_duckdb read_json read_json_auto read_json_objects
    read_json_objects_auto read_ndjson read_ndjson_auto read_ndjson_objects read_parquet read_single_csv_file
    read_single_json_file read_single_parquet_file read_text register_external_resource
    register_external_resource_type repeat repeat_row seq_scan show show_databases show_tables
    show_tables_expanded sniff_csv storage_info summary table_info test_all_types test_vector_types
    truncate_duckdb_logs unnest user_agent verify_parallelism version which_secret";
