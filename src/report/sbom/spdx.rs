//! SPDX 2.3, JSON (ISO/IEC 5962; <https://spdx.github.io/spdx-spec/v2.3/>).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Bill, Graph, Node, hashes, uuid_of};
use crate::model::{Ecosystem, HashAlgorithm, Package, PackageHash, PackageSource};

/// What SPDX calls a thing that nobody has looked up.
const UNKNOWN: &str = "NOASSERTION";

pub fn spdx(bill: &Bill<'_>) -> Value {
    let graph = Graph::of(bill.inventories);
    // Ids may hold letters, digits, dots and dashes only; counted in the order of the package URLs they stay readable.
    let ids: BTreeMap<&str, String> =
        graph.nodes.iter().zip(1..).map(|((purl, node), at)| (purl.as_str(), id_of(node.package, at))).collect();
    let project = "SPDXRef-Project";
    let mut packages = vec![json!({
        "SPDXID": project,
        "name": bill.name,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": false,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": UNKNOWN,
        "copyrightText": UNKNOWN,
        "primaryPackagePurpose": "APPLICATION",
    })];
    packages.extend(graph.nodes.iter().map(|(purl, node)| package(bill, purl, node, ids.get(purl.as_str()))));
    let relation = |from: &str, kind: &str, to: &str| json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to });
    let mut relationships = vec![relation("SPDXRef-DOCUMENT", "DESCRIBES", project)];
    let depends = |from: &str, to: &String| Some(relation(from, "DEPENDS_ON", ids.get(to.as_str())?));
    relationships.extend(graph.roots.iter().filter_map(|root| depends(project, root)));
    for (purl, node) in &graph.nodes {
        if let Some(from) = ids.get(purl.as_str()) {
            relationships.extend(node.needs.iter().filter_map(|to| depends(from, to)));
        }
    }
    let created = bill.created.unwrap_or("1970-01-01T00:00:00Z");
    let uuid = uuid_of(&json!([bill.name, created, packages, relationships]).to_string());
    json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": bill.name,
        "documentNamespace": format!("https://spdx.org/spdxdocs/gate-{uuid}"),
        "creationInfo": {
            "created": created,
            "creators": [format!("Tool: gate-{}", env!("CARGO_PKG_VERSION"))],
        },
        "packages": packages,
        "relationships": relationships,
    })
}

fn id_of(package: &Package, at: usize) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '-' }).collect()
    };
    format!("SPDXRef-{at}-{}-{}", plain(&package.name), plain(&package.version))
}

fn package(bill: &Bill<'_>, purl: &str, node: &Node<'_>, id: Option<&String>) -> Value {
    let package = node.package;
    let license = bill.licenses.get(purl).map_or(UNKNOWN, String::as_str);
    let mut value = json!({
        "SPDXID": id,
        "name": package.name,
        "versionInfo": package.version,
        "downloadLocation": download_location(package),
        "filesAnalyzed": false,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": license,
        "copyrightText": UNKNOWN,
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        }],
    });
    if package.version.is_empty()
        && let Some(fields) = value.as_object_mut()
    {
        fields.shift_remove("versionInfo");
    }
    let hashes = hashes(package);
    if !hashes.is_empty() {
        let hash = |hash: &PackageHash| json!({ "algorithm": algorithm(hash.algorithm), "checksumValue": hash.value });
        value["checksums"] = hashes.iter().map(hash).collect();
    }
    value
}

/// A git source with its commit, a file with its URL, a package of crates.io as its download; nothing is guessed about other
/// registries.
fn download_location(package: &Package) -> String {
    match &package.source {
        PackageSource::Git { url, revision: Some(revision) } => format!("git+{url}@{revision}"),
        PackageSource::Git { url, revision: None } => format!("git+{url}"),
        PackageSource::Url(url) => url.clone(),
        PackageSource::Default if package.ecosystem == Ecosystem::Cargo => {
            format!("https://crates.io/api/v1/crates/{}/{}/download", package.name, package.version)
        }
        _ => UNKNOWN.to_owned(),
    }
}

fn algorithm(algorithm: HashAlgorithm) -> &'static str {
    match algorithm {
        HashAlgorithm::Md5 => "MD5",
        HashAlgorithm::Sha1 => "SHA1",
        HashAlgorithm::Sha256 => "SHA256",
        HashAlgorithm::Sha384 => "SHA384",
        HashAlgorithm::Sha512 => "SHA512",
    }
}
