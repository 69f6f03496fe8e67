use streaming_iterator::StreamingIterator;
use tree_sitter::{Query, QueryCursor};

use super::grammar::grammar;
use super::{Node, Syntax};
use crate::model::Language;

/// A query of a rule, compiled for one language.
pub struct CompiledQuery {
    query: Query,
    reported: u32,
}

/// A query that the grammar does not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// 0-based, within the query.
    pub row: usize,
    pub message: String,
}

/// Matches at one node beyond this number are not looked for.
const MATCH_LIMIT: u32 = 256;

impl CompiledQuery {
    /// # Errors
    /// When the query names a kind or field that `language` does not have, or is malformed.
    pub fn new(language: Language, query: &str) -> Result<CompiledQuery, QueryError> {
        let query = Query::new(&grammar(language).language, query)
            .map_err(|error| QueryError { row: error.row, message: error.to_string() })?;
        // The library leaves what it does not know to us, and would match as if it were not there.
        if let Some(unknown) = (0..query.pattern_count()).find_map(|at| query.general_predicates(at).first()) {
            return Err(QueryError { row: 0, message: format!("there is no predicate `#{}`", unknown.operator) });
        }
        let reported = query
            .capture_index_for_name("match")
            .ok_or_else(|| QueryError { row: 0, message: "the query has no capture @match".to_owned() })?;
        Ok(CompiledQuery { query, reported })
    }

    /// What the query reports of matches that start at `node` itself.
    pub fn matches<'t>(&self, syntax: &Syntax<'t>, node: Node<'t>) -> Vec<Node<'t>> {
        let mut cursor = QueryCursor::new();
        cursor.set_max_start_depth(Some(0));
        cursor.set_match_limit(MATCH_LIMIT);
        let mut found = Vec::new();
        let mut matches = cursor.matches(&self.query, node, syntax.text.as_bytes());
        while let Some(one) = matches.next() {
            found.extend(one.nodes_for_capture_index(self.reported));
        }
        found.dedup_by_key(|node| node.id());
        found
    }
}
