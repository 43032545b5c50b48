//! The indexes being built: each is handed what workers and decoders find in its log.

use super::assembly::{Assembly, Places, Plan, Written};
use super::group::NewPlace;
use super::share::Share;
use crate::fault::{Error, Result};
use crate::input::Tracker;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The indexes being built, by input.
#[derive(Default)]
pub(super) struct Collector {
    pub(super) logs: Vec<Option<Log>>,
}

/// One input's index.
pub(super) struct Log {
    salt: u64,
    assembly: Mutex<Assembly>,
    places: Arc<Mutex<Places>>,
}

impl Collector {
    pub(super) fn add(&mut self, log: Option<Log>) {
        self.logs.push(log);
    }

    /// The salt of an input's ids; `None`: it gets no index.
    pub(super) fn salt(&self, input: usize) -> Option<u64> {
        Some(self.logs.get(input)?.as_ref()?.salt)
    }

    /// Takes what a segment gave.
    pub(super) fn segment(&self, input: usize, segment: u64, share: Share, is_last: bool) {
        let Some(Some(log)) = self.logs.get(input) else {
            return;
        };
        let mut assembly = log.assembly.lock().unwrap_or_else(PoisonError::into_inner);
        assembly.segment(segment, share, is_last, &log.places);
    }
}

impl Log {
    pub(super) fn new(plan: Plan) -> Result<Self> {
        let salt = plan.salt;
        let target = plan.target.clone();
        let assembly = Assembly::new(plan).map_err(|error| Error::io(&target, &error))?;
        Ok(Self {
            salt,
            assembly: Mutex::new(assembly),
            places: Arc::default(),
        })
    }

    /// For the decoder of the log.
    pub(super) fn tracker(&self) -> Tracker {
        let places = Arc::clone(&self.places);
        Tracker::new(move |restart| {
            let end = restart.is_end.then_some(restart.byte_offset);
            let place = NewPlace::new(restart);
            let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
            places.end = places.end.or(end);
            places.list.push(place);
        })
    }

    /// What became of it, and where it was to be written.
    pub(super) fn end(self, readable: bool) -> Option<(Result<Written>, PathBuf)> {
        let assembly = self.assembly.into_inner();
        let assembly = assembly.unwrap_or_else(PoisonError::into_inner);
        assembly.end(readable, &self.places)
    }
}
