//! stub
use super::gathered::Gathered;
use super::{Progress, Request};
use crate::analyze::Context;

pub struct History {}

pub fn search(
    _request: &Request<'_>,
    _context: &Context<'_>,
    _history: &History,
    _progress: &dyn Progress,
    _gathered: &mut Gathered,
) {
}
