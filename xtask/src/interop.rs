//! Stands in until the judges are in.

pub fn run() -> crate::Result {
    Ok(())
}
