//! The automaton of a regex as a backtracking engine walks it: its states are the places in the pattern that read a
//! character, and between two of them there may be several ways.

use std::collections::HashMap;

use super::class::Class;
use super::parse::{Ast, Guard};

/// A step of the engine.
#[derive(Clone, Debug)]
enum Step {
    /// Reads a character of the class.
    Read(usize, usize),
    Fork(Vec<usize>),
    /// The end of a round of a loop: once more, or on.
    Again(usize, usize),
    Guard(Guard, usize),
    Accept,
}

/// A way from one state to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// In how many ways the engine gets there without a guard: none, one, or more.
    pub free: u8,
    /// Whether it also gets there past something that is not worked out.
    pub guarded: bool,
}

/// How a match may end after a state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ending {
    /// At once, or past something that is not worked out.
    pub anywhere: bool,
    /// Where the text ends.
    pub at_end: bool,
}

#[derive(Debug, Default)]
pub struct Automaton {
    /// What each state reads to be entered. State 0 is the start and reads nothing.
    pub classes: Vec<Class>,
    pub ways: Vec<HashMap<usize, Way>>,
    /// The states that each leads to past no guard, in the order of their numbers.
    pub next: Vec<Vec<usize>>,
    pub endings: Vec<Ending>,
}

/// Larger automata are not looked at.
const MAX_STATES: usize = 300;
const MAX_STEPS: usize = 1500;

/// How many steps are followed from one state.
const MAX_FOLLOWED: usize = 1500;

/// A repetition that may go on for longer than this counts as one without an end.
const LONG: u32 = 64;

struct Builder {
    steps: Vec<Step>,
    classes: Vec<Class>,
}

impl Builder {
    fn push(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// The first step of what matches `ast` and goes on with `next`.
    fn build(&mut self, ast: &Ast, next: usize) -> Option<usize> {
        if self.steps.len() > MAX_STEPS || self.classes.len() > MAX_STATES {
            return None;
        }
        Some(match ast {
            Ast::Empty => next,
            Ast::Char(class) => {
                self.classes.push(class.clone());
                self.push(Step::Read(self.classes.len() - 1, next))
            }
            Ast::Guard(guard) => self.push(Step::Guard(*guard, next)),
            Ast::Concat(parts) => parts.iter().rev().try_fold(next, |next, part| self.build(part, next))?,
            Ast::Alternation(branches) => {
                let firsts = branches.iter().map(|branch| self.build(branch, next)).collect::<Option<Vec<_>>>()?;
                self.push(Step::Fork(firsts))
            }
            Ast::Repeat { inner, least, most } => self.repeat(inner, *least, *most, next)?,
        })
    }

    fn repeat(&mut self, inner: &Ast, least: u32, most: Option<u32>, next: usize) -> Option<usize> {
        let most = most.filter(|most| *most <= LONG);
        if least > LONG {
            return None;
        }
        let mut first = next;
        match most {
            // Where it comes from tells whether it goes in for the first time: both are ways of their own.
            None => {
                let again = self.push(Step::Again(next, next));
                let body = self.build(inner, again)?;
                self.steps[again] = Step::Again(body, next);
                first = if least == 0 { self.push(Step::Fork(vec![body, next])) } else { body };
                for _ in 1..least {
                    first = self.build(inner, first)?;
                }
                return Some(first);
            }
            Some(most) => {
                for _ in least..most {
                    let body = self.build(inner, first)?;
                    first = self.push(Step::Fork(vec![body, next]));
                }
            }
        }
        for _ in 0..least {
            first = self.build(inner, first)?;
        }
        Some(first)
    }
}

impl Automaton {
    /// `None` where it would be too large. `is_full`: the match must reach the end of the text.
    pub fn new(ast: &Ast, is_full: bool, multi_line: bool) -> Option<Automaton> {
        let mut builder = Builder { steps: vec![Step::Accept], classes: vec![Class::default()] };
        let end = if is_full { builder.push(Step::Guard(Guard::End, 0)) } else { 0 };
        let first = builder.build(ast, end)?;
        let mut after: Vec<Option<usize>> = vec![None; builder.classes.len()];
        after[0] = Some(first);
        for step in &builder.steps {
            if let Step::Read(state, next) = step {
                after[*state] = Some(*next);
            }
        }
        let mut automaton = Automaton { classes: builder.classes, ..Automaton::default() };
        for (state, next) in after.iter().enumerate() {
            let mut follow = Follow {
                steps: &builder.steps,
                at_start: state == 0,
                multi_line,
                ended: vec![false; builder.steps.len()],
                ways: HashMap::new(),
                ending: Ending::default(),
                left: MAX_FOLLOWED,
            };
            follow.run((*next)?, Passed::default())?;
            let free = follow.ways.iter().filter(|(_, way)| way.free > 0);
            let mut next: Vec<usize> = free.map(|(to, _)| *to).collect();
            next.sort_unstable();
            automaton.next.push(next);
            automaton.ways.push(follow.ways);
            automaton.endings.push(follow.ending);
        }
        Some(automaton)
    }
}

/// The guards that a way passed.
#[derive(Clone, Copy, Default)]
struct Passed {
    unknown: bool,
    end: bool,
}

/// Follows the steps that read nothing. An engine does not go round a loop without reading something, so no round ends twice
/// on a way.
struct Follow<'s> {
    steps: &'s [Step],
    at_start: bool,
    multi_line: bool,
    /// The loops whose round has ended on this way.
    ended: Vec<bool>,
    ways: HashMap<usize, Way>,
    ending: Ending,
    left: usize,
}

impl Follow<'_> {
    fn run(&mut self, step: usize, passed: Passed) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        match &self.steps[step] {
            Step::Accept => {
                self.ending.at_end |= passed.end;
                self.ending.anywhere |= !passed.end;
            }
            // Behind the end of the text nothing is read; behind that of a line the next one is.
            Step::Read(_, _) if passed.end && !self.multi_line => {}
            Step::Read(state, _) => {
                let way = self.ways.entry(*state).or_default();
                if passed.unknown || passed.end {
                    way.guarded = true;
                } else {
                    way.free = (way.free + 1).min(2);
                }
            }
            Step::Guard(guard, next) => {
                let passed = match guard {
                    Guard::Start if self.at_start => passed,
                    Guard::Start if !self.multi_line => return Some(()),
                    Guard::End => Passed { end: true, ..passed },
                    _ => Passed { unknown: true, ..passed },
                };
                self.run(*next, passed)?;
            }
            Step::Fork(ways) => {
                for way in ways {
                    self.run(*way, passed)?;
                }
            }
            Step::Again(_, _) if self.ended[step] => {}
            Step::Again(body, next) => {
                self.ended[step] = true;
                self.run(*body, passed)?;
                self.run(*next, passed)?;
                self.ended[step] = false;
            }
        }
        Some(())
    }
}
