use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{FlowList, Level, Matcher, OptionValue, Rule, RuleId};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));
static PACKED_LISTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/flow.bin"));

/// The rules of a run, by id.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: BTreeMap<RuleId, Arc<Rule>>,
    /// The user's lists of sources and sinks.
    lists: Vec<FlowList>,
}

impl RuleSet {
    /// The rules that come with the program, as the build packed them.
    pub fn embedded() -> RuleSet {
        // The build wrote these bytes with the same types; a test reads them.
        let rules: Vec<Rule> = postcard::from_bytes(PACKED).unwrap_or_default();
        RuleSet::of(rules)
    }

    pub fn of(rules: impl IntoIterator<Item = Rule>) -> RuleSet {
        let rules = rules.into_iter().map(|rule| (rule.id.clone(), Arc::new(rule))).collect();
        RuleSet { rules, lists: Vec::new() }
    }

    /// Adds lists of sources and sinks to those that come with the program.
    pub fn add_flow_lists(&mut self, lists: Vec<FlowList>) {
        self.lists.extend(lists);
    }

    /// The lists that rules about input share: those that come with the program, and the user's.
    pub fn flow_lists(&self) -> Vec<FlowList> {
        let mut lists: Vec<FlowList> = postcard::from_bytes(PACKED_LISTS).unwrap_or_default();
        lists.extend(self.lists.iter().cloned());
        lists
    }

    /// Adds `rules`; the first id that is already there is an error.
    pub fn extend(&mut self, rules: impl IntoIterator<Item = Rule>) -> Result<(), RuleId> {
        for rule in rules {
            if self.rules.contains_key(&rule.id) {
                return Err(rule.id);
            }
            self.rules.insert(rule.id.clone(), Arc::new(rule));
        }
        Ok(())
    }

    pub fn get(&self, id: &str) -> Option<&Arc<Rule>> {
        self.rules.get(id)
    }

    /// The rule that is called `id` now, or was once.
    pub fn resolve(&self, id: &str) -> Option<&Arc<Rule>> {
        self.get(id).or_else(|| self.iter().find(|rule| rule.formerly.iter().any(|former| former.as_str() == id)))
    }

    /// Sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Rule>> {
        self.rules.values()
    }

    pub fn len(&self) -> usize {
        self.rules.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Leaves out every rule for which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(&Rule) -> bool) {
        self.rules.retain(|_, rule| keep(rule));
    }

    /// Gives the rule `id` another level or other option values; unknown ids are ignored here, the configuration checks them.
    pub fn adjust(&mut self, id: &str, level: Option<Level>, options: &BTreeMap<String, OptionValue>) {
        if let Some(rule) = self.rules.get_mut(id) {
            let rule = Arc::make_mut(rule);
            if let Some(level) = level {
                rule.level = level;
            }
            rule.options.extend(options.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
    }

    /// The rules that the builtin check `name` reports under.
    pub fn with_builtin<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Rule>> {
        self.iter().filter(move |rule| matches!(&rule.matcher, Matcher::Builtin(builtin) if builtin == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_rules_can_be_read() {
        let rules: Result<Vec<Rule>, _> = postcard::from_bytes(PACKED);
        assert!(rules.is_ok_and(|rules| !rules.is_empty()));
        let lists: Result<Vec<FlowList>, _> = postcard::from_bytes(PACKED_LISTS);
        assert!(lists.is_ok_and(|lists| !lists.is_empty()));
    }
}
