//! placeholder
use super::View;
use super::model::Report;
use std::io::{self, Write};
pub(super) fn write(_: &Report, _: &View, _: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
