//! A small reader for tree-sitter's query notation: enough to know which node kinds a query starts with.

/// Node kinds that the patterns of `query` start with, sorted, without duplicates; or what is wrong with it.
pub fn root_kinds(query: &str) -> Result<Vec<String>, String> {
    let mut kinds = Vec::new();
    let mut depth = 0usize;
    let mut groups: Vec<usize> = Vec::new(); // `((call) @f (#eq? …))`: of each one that is open, the patterns so far
    let mut alternation = 0usize; // depth of `[` groups that are still at the top
    let bytes = query.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b';' => at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end),
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'[' if depth == 0 => alternation += 1,
            b']' if depth == 0 => {
                alternation = alternation.checked_sub(1).ok_or("a `]` without its `[`")?;
            }
            b'(' => {
                if depth == 0 {
                    let rest = query[at + 1..].trim_start();
                    if rest.starts_with(['(', '[']) {
                        groups.push(kinds.len());
                        at += 1;
                        continue;
                    }
                    let is_predicate = !groups.is_empty() && rest.starts_with('#');
                    if is_predicate {
                        depth += 1;
                        at += 1;
                        continue;
                    }
                    if alternation == 0 && groups.last().is_some_and(|before| *before < kinds.len()) {
                        return Err("a group may hold one pattern and its predicates".to_owned());
                    }
                    let name: &str =
                        rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
                    if name.is_empty() || name == "_" {
                        return Err("a pattern must start with a named node kind, such as (call …)".to_owned());
                    }
                    kinds.push(name.to_owned());
                }
                depth += 1;
            }
            b')' if depth == 0 && groups.pop().is_some() => {}
            b')' => depth = depth.checked_sub(1).ok_or("a `)` without its `(`")?,
            _ => {}
        }
        at += 1;
    }
    if depth != 0 || alternation != 0 || !groups.is_empty() {
        return Err("brackets are not balanced".to_owned());
    }
    if kinds.is_empty() {
        return Err("the query has no pattern".to_owned());
    }
    kinds.sort();
    kinds.dedup();
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_kinds_are_those_at_the_top() {
        let query = "; (not_this)\n(call (identifier) @f (#eq? @f \"(x)\")) @match\n[(a) (b c: (d))] @match";
        assert_eq!(root_kinds(query), Ok(vec!["a".to_owned(), "b".to_owned(), "call".to_owned()]));
        let group = "((call f: (id) @f) @match (#eq? @f \"(\")) ( [(a) (b)] @match )";
        assert_eq!(root_kinds(group), Ok(vec!["a".to_owned(), "b".to_owned(), "call".to_owned()]));
        assert!(root_kinds("((a) @match (b))").is_err());
        assert!(root_kinds("((a) @match").is_err());
        assert!(root_kinds("(call").is_err());
        assert!(root_kinds("(_) @match").is_err());
        assert!(root_kinds("; nothing").is_err());
    }
}
