//! azsnap
fn main() {}
