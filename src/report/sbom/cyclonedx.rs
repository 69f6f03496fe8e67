//! CycloneDX 1.6, JSON (ECMA-424; <https://cyclonedx.org/docs/1.6/json/>).

use serde_json::{Value, json};

use super::{Bill, Graph, Node, hashes, uuid_of};
use crate::model::{HashAlgorithm, PackageHash, Scope};

pub fn cyclonedx(bill: &Bill<'_>) -> Value {
    let graph = Graph::of(bill.inventories);
    let root = "root";
    let mut metadata = json!({
        "tools": { "components": [{ "type": "application", "name": "gate", "version": env!("CARGO_PKG_VERSION") }] },
        "component": { "type": "application", "bom-ref": root, "name": bill.name },
    });
    if let Some(created) = bill.created {
        metadata["timestamp"] = json!(created);
    }
    let components: Vec<Value> = graph.nodes.iter().map(|(purl, node)| component(bill, purl, node)).collect();
    let mut dependencies = vec![json!({ "ref": root, "dependsOn": graph.roots })];
    dependencies.extend(graph.nodes.iter().map(|(purl, node)| json!({ "ref": purl, "dependsOn": node.needs })));
    let content = json!([metadata, components, dependencies]).to_string();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", uuid_of(&content)),
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": dependencies,
    })
}

fn component(bill: &Bill<'_>, purl: &str, node: &Node<'_>) -> Value {
    let package = node.package;
    let kind = if package.is_own() { "application" } else { "library" };
    let mut component = json!({ "type": kind, "bom-ref": purl, "name": package.name });
    if !package.version.is_empty() {
        component["version"] = json!(package.version);
    }
    component["purl"] = json!(purl);
    let hashes = hashes(package);
    if !hashes.is_empty() {
        let hash = |hash: &PackageHash| json!({ "alg": algorithm(hash.algorithm), "content": hash.value });
        component["hashes"] = hashes.iter().map(hash).collect();
    }
    // What somebody must have, may have, and what is not delivered at all.
    if let Some(scope) = package.scope {
        component["scope"] = json!(match scope {
            Scope::Runtime => "required",
            Scope::Optional => "optional",
            Scope::Build | Scope::Development => "excluded",
        });
    }
    if let Some(license) = bill.licenses.get(purl) {
        component["licenses"] = json!([{ "expression": license }]);
    }
    component
}

fn algorithm(algorithm: HashAlgorithm) -> &'static str {
    match algorithm {
        HashAlgorithm::Md5 => "MD5",
        HashAlgorithm::Sha1 => "SHA-1",
        HashAlgorithm::Sha256 => "SHA-256",
        HashAlgorithm::Sha384 => "SHA-384",
        HashAlgorithm::Sha512 => "SHA-512",
    }
}
