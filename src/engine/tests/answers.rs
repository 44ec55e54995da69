//! How an answer comes: errors that help, interruption, and rows that are streamed.

use super::*;

#[test]
fn errors_help() {
    let fixture = vm_fixture();
    let engine = Engine::open(&fixture.snapshot, &only(&["azure_vm"])).unwrap();
    for (sql, parts) in [
        ("SELECT nme\nFROM azure_vm", &["Binder Error", "LINE 1", "^"][..]),
        ("SELECT *\nFORM azure_vm", &["Parser Error", "LINE 2", "^"]),
        ("SELECT * FROM azure_vmm", &["azure_vmm", "azure_vm"]),
        ("SELECT * FROM azure_nik", &["azure_nik", "azure_nic"]),
        ("", &["no statement"]),
        ("SELECT 1; SELECT 2", &["2 statements"]),
        ("INSERT INTO t VALUES ('copy')", &["the word copy"]),
        ("CALL pragma_version()", &["CALL is not available"]),
        ("SELEC 1", &["Parser Error", "SELEC", "^"]),
    ] {
        let said = engine.query(sql).err().unwrap().to_string();
        for part in parts {
            assert!(said.contains(part), "{sql}: {said}");
        }
    }
}

#[test]
fn a_query_is_interrupted() {
    let engine = Engine::for_cases(at(1), &only(&[])).unwrap();
    let handle = engine.interrupt();
    // Asked before anything runs: it must not stop what comes later.
    handle.interrupt();
    engine.begin();
    check(&engine, &[("SELECT 1 AS a", "1")]);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| {
            engine.query("SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 11")
        });
        while !slow.is_finished() {
            std::thread::sleep(std::time::Duration::from_millis(50));
            handle.interrupt();
        }
        assert!(slow.join().unwrap().unwrap_err().is_interrupted());
    });
    engine.begin();
    check(&engine, &[("SELECT 2 AS a", "2")]);
}

#[test]
fn rows_are_streamed_and_a_sink_may_give_up() {
    let engine = Engine::for_cases(at(1), &only(&[])).unwrap();
    let mut n = 0;
    let schema = engine
        .stream("SELECT range AS a FROM range(10000)", &mut |batch| {
            n += batch.num_rows();
            Ok(())
        })
        .unwrap();
    assert_eq!((n, schema.field(0).name().as_str()), (10_000, "a"));
    let failed = engine.stream("SELECT range AS a FROM range(10000)", &mut |_| Err(EngineError::Sink("full".into())));
    assert!(matches!(failed, Err(EngineError::Sink(_))));
    assert_eq!(engine.query("SELECT range AS a FROM range(10000)").unwrap().first(3).strings("a").len(), 3);
    assert_eq!(engine.query("CREATE TABLE x (a INT)").unwrap().len(), 0);
}
