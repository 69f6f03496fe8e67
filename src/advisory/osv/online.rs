//! Asks OSV's API (<https://google.github.io/osv.dev/api/>) which records speak of the packages of a scan, fetches these and judges them
//! here, so that the answers are those that a downloaded database gives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::super::{AdvisoryError, Client, Limits, now, without_credentials};
use super::gather;
use super::index::{Contents, Index};
use super::shelf::{Opened, Shelf};
use crate::model::{Ecosystem, Package};

/// The public service.
pub const DEFAULT_API: &str = "https://api.osv.dev";

/// Queries in one request, by the documentation of `querybatch`.
const BATCH: usize = 1000;

/// Pages of one query before something must be wrong: a page holds up to 1,000 records.
const PAGES: usize = 100;

/// What the service told of the packages that it was asked about.
pub(super) struct Answers {
    contents: Mutex<BTreeMap<Ecosystem, Contents>>,
}

impl Answers {
    /// Asks about every one of `packages` that OSV has records of.
    pub(super) fn ask(api: &str, packages: &[&Package], limits: &Limits) -> Result<Answers, AdvisoryError> {
        let client = Client::of(api, limits)?;
        let api = api.trim_end_matches('/');
        let queries: BTreeSet<Query> = packages.iter().filter_map(|package| Query::of(package)).collect();
        let mut contents: BTreeMap<Ecosystem, Contents> =
            queries.iter().map(|query| (query.ecosystem, Contents::default())).collect();
        let mut wanted: BTreeMap<String, BTreeSet<Ecosystem>> = BTreeMap::new();
        let mut waiting: Vec<(Query, usize)> = queries.into_iter().map(|query| (query, 0)).collect();
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(BATCH));
            let batch = std::mem::replace(&mut waiting, rest);
            waiting.extend(batch_of(&client, api, batch, &mut wanted)?);
        }
        for (id, ecosystems) in wanted {
            let bytes = client.get(&format!("{api}/v1/vulns/{id}"), &|_, _| {})?;
            for ecosystem in ecosystems {
                contents.entry(ecosystem).or_default().add(ecosystem, &format!("{id}.json"), &bytes);
            }
        }
        Ok(Answers { contents: Mutex::new(contents) })
    }
}

impl Shelf for Answers {
    fn ecosystems(&self) -> Vec<Ecosystem> {
        Ecosystem::all().filter(|ecosystem| ecosystem.osv_name().is_some()).collect()
    }

    fn open(&self, ecosystem: Ecosystem) -> Opened {
        let mut contents = self.contents.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let packed = contents.remove(&ecosystem).unwrap_or_default().pack(
            ecosystem.osv_name().unwrap_or_default(),
            "online",
            &now(),
        );
        match packed.map(Index::of_bytes) {
            Ok(Ok(index)) => Opened::new(index),
            _ => Opened::failed(format!("the answers about {ecosystem} could not be packed")),
        }
    }
}

/// Asks one batch; gives the queries of which there is more to be asked.
fn batch_of(
    client: &Client,
    api: &str,
    batch: Vec<(Query, usize)>,
    wanted: &mut BTreeMap<String, BTreeSet<Ecosystem>>,
) -> Result<Vec<(Query, usize)>, AdvisoryError> {
    let url = format!("{api}/v1/querybatch");
    let wrong = |message: String| AdvisoryError::Download { url: without_credentials(&url), message };
    let queries: Vec<&Query> = batch.iter().map(|(query, _)| query).collect();
    let body = serde_json::to_vec(&Batch { queries }).map_err(|error| wrong(error.to_string()))?;
    let answer: Results = serde_json::from_slice(&client.post(&url, &body)?)
        .map_err(|error| wrong(format!("the answer is not what it should be (line {})", error.line())))?;
    if answer.results.len() != batch.len() {
        return Err(wrong(format!("{} answers came to {} questions", answer.results.len(), batch.len())));
    }
    let mut more = Vec::new();
    for ((query, page), result) in batch.into_iter().zip(answer.results) {
        for found in result.vulns {
            if !gather::is_id(&found.id) {
                return Err(wrong("an answer names a record by something that is no id".to_owned()));
            }
            wanted.entry(found.id).or_default().insert(query.ecosystem);
        }
        if let Some(token) = result.next_page_token.filter(|token| !token.is_empty()) {
            if page + 1 >= PAGES {
                return Err(wrong(format!("more than {PAGES} pages about {}", query.package.name)));
            }
            more.push((Query { page_token: Some(token), ..query }, page + 1));
        }
    }
    Ok(more)
}

#[derive(Serialize)]
struct Batch<'a> {
    queries: Vec<&'a Query>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Query {
    package: Named,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_token: Option<String>,
    #[serde(skip)]
    ecosystem: Ecosystem,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Named {
    name: String,
    ecosystem: &'static str,
}

impl Query {
    fn of(package: &Package) -> Option<Query> {
        let ecosystem = package.ecosystem.osv_name().filter(|_| package.is_from_default_registry())?;
        Some(Query {
            package: Named { name: package.ecosystem.normalized(&package.name).into_owned(), ecosystem },
            version: package.version.clone(),
            page_token: None,
            ecosystem: package.ecosystem,
        })
    }
}

#[derive(Deserialize)]
struct Results {
    results: Vec<QueryResult>,
}

#[derive(Deserialize)]
struct QueryResult {
    #[serde(default)]
    vulns: Vec<Found>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    id: String,
}
