//! What every reader of a configuration gives: the servers that it sets up and what each tells a browser.

use std::ops::Range;

use super::csp;
use super::header::Header;
use crate::document::Fault;
use crate::model::Confidence;

/// Stands in a value for a part that the configuration alone does not tell.
pub const UNKNOWN: char = '\0';

/// No header is longer, in bytes: what variables and arguments make longer is not followed.
pub const LONGEST_VALUE: usize = 16 * 1024;

/// Bytes of one of the files that are read together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl Spot {
    pub fn new(file: usize, span: Range<usize>) -> Spot {
        Spot { file, start: span.start, end: span.end }
    }

    /// A place in a file that is read alone.
    pub fn alone(span: (usize, usize)) -> Spot {
        Spot { file: 0, start: span.0, end: span.1 }
    }

    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// A header that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub header: Header,
    pub value: String,
    pub spot: Spot,
}

impl Sent {
    /// `None` for a header that says nothing about security, and for an empty value.
    pub fn named(name: &str, value: impl Into<String>, spot: Spot) -> Option<Sent> {
        let value = value.into();
        let header = Header::named(name.trim())?;
        (!value.trim().is_empty()).then_some(Sent { header, value, spot })
    }
}

/// A header that a setting switches off.
#[derive(Clone, Debug)]
pub struct Off {
    pub header: Header,
    pub spot: Spot,
    /// What then sends none: "helmet with `hsts: false`".
    pub subject: String,
    pub remedy: String,
}

/// A kind of server: how to speak of it, and what it does by itself.
#[derive(Debug)]
pub struct Kind {
    /// "This server".
    pub subject: &'static str,
    /// What to write for a header of this value.
    pub remedy: fn(&str, &str) -> String,
    /// What sends them all, for a server that sends none: it is then said once.
    pub at_once: Option<&'static str>,
    /// Headers that it sends without being told.
    pub implied: &'static [Header],
}

/// Something that answers browsers.
#[derive(Clone, Debug)]
pub struct Server {
    pub kind: &'static Kind,
    /// Where what is missing belongs.
    pub spot: Spot,
    /// What reaches its pages.
    pub sent: Vec<Sent>,
    /// It speaks TLS itself, or says that it is only reached over TLS.
    pub tls: bool,
    /// What it shows is for people, and not data for programs.
    pub pages: bool,
    /// Something behind it makes the pages and may send headers itself.
    pub proxies: bool,
    /// How sure it is that what is missing is missing.
    pub confidence: Confidence,
    pub doubt: Option<String>,
}

impl Server {
    pub fn new(kind: &'static Kind, spot: Spot) -> Server {
        let (confidence, sent) = (Confidence::High, Vec::new());
        Server { kind, spot, sent, tls: false, pages: true, proxies: false, confidence, doubt: None }
    }

    /// Lowers the confidence, and says why.
    pub fn doubted(mut self, most: Confidence, doubt: impl Into<String>) -> Server {
        if most < self.confidence || self.doubt.is_none() {
            self.doubt = Some(doubt.into());
        }
        self.confidence = self.confidence.min(most);
        self
    }

    /// A server that hands requests on.
    pub fn proxying(self) -> Server {
        Server { proxies: true, ..self }.doubted(Confidence::Medium, "unless the application behind it does")
    }

    pub fn sends(&self, header: Header) -> bool {
        sends(&self.sent, header) || self.kind.implied.contains(&header)
    }
}

/// Whether the header is among `sent`, or a policy says the same.
pub fn sends(sent: &[Sent], header: Header) -> bool {
    sent.iter().any(|one| {
        one.header == header
            || header == Header::FrameOptions && one.header == Header::Csp && csp::has_frame_ancestors(&one.value)
    })
}

/// A block whose own header drops those of the block around it.
#[derive(Clone, Debug)]
pub struct Lost {
    pub spot: Spot,
    pub headers: Vec<Header>,
    pub from: Spot,
}

/// All that was read.
#[derive(Debug, Default)]
pub struct Reading {
    pub servers: Vec<Server>,
    /// Every header that is set anywhere, whether it reaches a page or not.
    pub values: Vec<Sent>,
    pub lost: Vec<Lost>,
    /// What settings switch off; no server of the same files is asked for it again.
    pub off: Vec<Off>,
    /// Headers that error pages go without, where the first is set, and what makes them be sent there too.
    pub only_on_success: Vec<(Spot, String, String)>,
    /// Where a server says what it is made with, and how to keep it from doing so.
    pub named: Vec<(Spot, String, Confidence)>,
    /// Faults of files, by their number; what could be read of them is in the rest.
    pub faults: Vec<(usize, Fault)>,
}
