//! CloudFront: policies of response headers, and distributions with or without one, in CloudFormation (YAML or JSON) and in
//! Terraform. A bucket of S3 sends none of these headers and cannot be told to: CloudFront in front of it does.

use super::header::Header;
use super::model::{Kind, Reading, Sent, Server, Spot, UNKNOWN};
use crate::document::{Entry, Node};
use crate::model::Confidence;

static FORMATION_POLICY: Kind = Kind {
    subject: "This policy of response headers",
    remedy: |name, value| match Header::named(name).and_then(block_of) {
        Some((block, _)) => format!("add `{block}` to its `SecurityHeadersConfig`"),
        None => format!("add `{{ Header: {name}, Value: \"{value}\", Override: true }}` to its `CustomHeadersConfig`"),
    },
    at_once: None,
    implied: &[],
};
static TERRAFORM_POLICY: Kind = Kind {
    subject: "This policy of response headers",
    remedy: |name, value| match Header::named(name).and_then(block_of) {
        Some((_, block)) => format!("add a `{block}` block to its `security_headers_config`"),
        None => format!(
            "add `items {{ header = \"{name}\", value = \"{value}\", override = true }}` to its `custom_headers_config`"
        ),
    },
    at_once: None,
    implied: &[],
};
static FORMATION_DISTRIBUTION: Kind = Kind {
    subject: "This CloudFront distribution",
    remedy: |name, value| format!("use a policy of response headers with `{name}: {value}`"),
    at_once: Some("give `DefaultCacheBehavior` a `ResponseHeadersPolicyId`"),
    implied: &[],
};
static TERRAFORM_DISTRIBUTION: Kind = Kind {
    subject: "This CloudFront distribution",
    remedy: |name, value| format!("use a policy of response headers with `{name}: {value}`"),
    at_once: Some("give `default_cache_behavior` a `response_headers_policy_id`"),
    implied: &[],
};

/// The names that CloudFormation and Terraform have for a header.
fn block_of(header: Header) -> Option<(&'static str, &'static str)> {
    Some(match header {
        Header::Csp => ("ContentSecurityPolicy", "content_security_policy"),
        Header::Hsts => ("StrictTransportSecurity", "strict_transport_security"),
        Header::ContentTypeOptions => ("ContentTypeOptions", "content_type_options"),
        Header::FrameOptions => ("FrameOptions", "frame_options"),
        Header::ReferrerPolicy => ("ReferrerPolicy", "referrer_policy"),
        _ => return None,
    })
}

/// Policies that AWS keeps, by their id, and what they send (CloudFront's developer guide): these three add the security headers.
const MANAGED: &[&str] = &[
    "67f7725c-6f97-4210-82d7-5512b31e9d03",
    "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
    "e61eb60c-9c35-4d20-a928-2b84e02af89c",
];
const MANAGED_SENDS: &[(Header, &str)] = &[
    (Header::Hsts, "max-age=31536000"),
    (Header::ContentTypeOptions, "nosniff"),
    (Header::FrameOptions, "SAMEORIGIN"),
    (Header::ReferrerPolicy, "strict-origin-when-cross-origin"),
];

/// Whether the text may hold any of it, before it is parsed.
pub fn may_be(text: &str) -> bool {
    text.contains("AWS::CloudFront::") || text.contains("aws_cloudfront_")
}

/// The two spellings of one thing.
struct Names {
    is_terraform: bool,
}

impl Names {
    fn get<'n, 't>(&self, node: &'n Node<'t>, formation: &str, terraform: &str) -> Option<&'n Node<'t>> {
        node.get(if self.is_terraform { terraform } else { formation })
    }

    fn is_true(&self, node: &Node<'_>, formation: &str, terraform: &str) -> bool {
        self.get(node, formation, terraform).and_then(Node::text) == Some("true")
    }
}

/// A template of CloudFormation.
pub fn formation(documents: &[Node<'_>]) -> Reading {
    let names = Names { is_terraform: false };
    let mut reading = Reading::default();
    let resources = documents.iter().filter_map(|document| document.get("Resources")).flat_map(Node::entries);
    for resource in resources {
        let Some(properties) = resource.value.get("Properties") else { continue };
        match resource.value.text_of("Type") {
            Some("AWS::CloudFront::ResponseHeadersPolicy") => {
                if let Some(config) = properties.get("ResponseHeadersPolicyConfig") {
                    names.policy(config, resource.key_span, &mut reading);
                }
            }
            Some("AWS::CloudFront::Distribution") => {
                let config = properties.get("DistributionConfig");
                let origins = config.and_then(|config| config.get("Origins")).map_or(&[][..], Node::items);
                let is_bucket = origins.iter().any(|origin| origin.get("S3OriginConfig").is_some());
                let behavior = config.and_then(|config| config.entry("DefaultCacheBehavior"));
                behavior.into_iter().for_each(|behavior| names.behavior(behavior, is_bucket, &mut reading));
            }
            _ => {}
        }
    }
    reading
}

/// A module of Terraform.
pub fn terraform(documents: &[Node<'_>]) -> Reading {
    let names = Names { is_terraform: true };
    let mut reading = Reading::default();
    let resources = documents.iter().flat_map(Node::entries).filter(|entry| entry.key == "resource");
    for (kind, resource) in resources
        .flat_map(|one| one.value.entries())
        .flat_map(|kind| kind.value.entries().iter().map(move |resource| (kind.key.as_ref(), resource)))
    {
        match kind {
            "aws_cloudfront_response_headers_policy" => names.policy(&resource.value, resource.key_span, &mut reading),
            "aws_cloudfront_distribution" => {
                let origins = resource.value.entries().iter().filter(|entry| entry.key == "origin");
                let is_bucket = origins.clone().any(|origin| {
                    origin.value.get("s3_origin_config").is_some()
                        || origin.value.get("origin_access_control_id").is_some()
                });
                let behavior = resource.value.entry("default_cache_behavior");
                behavior.into_iter().for_each(|behavior| names.behavior(behavior, is_bucket, &mut reading));
            }
            _ => {}
        }
    }
    reading
}

impl Names {
    fn policy(&self, config: &Node<'_>, place: (usize, usize), reading: &mut Reading) {
        let mut sent = Vec::new();
        let security = self.get(config, "SecurityHeadersConfig", "security_headers_config");
        if let Some(security) = security {
            for header in Header::ALL {
                let Some((formation, terraform)) = block_of(header) else { continue };
                let Some(block) = self.get(security, formation, terraform) else { continue };
                sent.extend(self.secured(header, block));
            }
        }
        if let Some(custom) = self.get(config, "CustomHeadersConfig", "custom_headers_config") {
            let items: Vec<&Node<'_>> = match self.is_terraform {
                true => {
                    custom.entries().iter().filter(|entry| entry.key == "items").map(|entry| &entry.value).collect()
                }
                false => custom.get("Items").map_or(&[][..], Node::items).iter().collect(),
            };
            sent.extend(items.into_iter().filter_map(|item| {
                let name = self.get(item, "Header", "header")?.text()?;
                let value = self.get(item, "Value", "value")?;
                Sent::named(name, known(value), Spot::alone(value.span))
            }));
        }
        reading.values.extend(sent.iter().cloned());
        // A policy that is only about other things belongs beside another one.
        if sent.iter().any(|one| one.header.is_main()) {
            let kind = if self.is_terraform { &TERRAFORM_POLICY } else { &FORMATION_POLICY };
            let server = Server { sent, tls: true, ..Server::new(kind, Spot::alone(place)) };
            reading.servers.push(server.doubted(Confidence::Medium, "unless the origin does"));
        }
    }

    fn secured(&self, header: Header, block: &Node<'_>) -> Option<Sent> {
        let named = |formation: &str, terraform: &str| self.get(block, formation, terraform);
        let (value, place) = match header {
            Header::Hsts => {
                let age = named("AccessControlMaxAgeSec", "access_control_max_age_sec")?;
                let all = self.is_true(block, "IncludeSubdomains", "include_subdomains");
                let is_known =
                    named("IncludeSubdomains", "include_subdomains").is_none_or(|it| known(it) != UNKNOWN.to_string());
                let all = if all {
                    "; includeSubDomains"
                } else if is_known {
                    ""
                } else {
                    "; \0"
                };
                (format!("max-age={}{all}", known(age)), age.span)
            }
            Header::ContentTypeOptions => ("nosniff".to_owned(), block.span),
            Header::Csp => with_place(named("ContentSecurityPolicy", "content_security_policy")?),
            Header::FrameOptions => with_place(named("FrameOption", "frame_option")?),
            _ => with_place(named("ReferrerPolicy", "referrer_policy")?),
        };
        Sent::named(header.name(), value, Spot::alone(place))
    }

    fn behavior(&self, behavior: &Entry<'_>, is_bucket: bool, reading: &mut Reading) {
        let policy = self.get(&behavior.value, "ResponseHeadersPolicyId", "response_headers_policy_id");
        let runs_code = [
            "LambdaFunctionAssociations",
            "FunctionAssociations",
            "lambda_function_association",
            "function_association",
        ]
        .iter()
        .any(|key| behavior.value.get(key).is_some());
        let (sent, place) = match policy {
            None => (Vec::new(), behavior.key_span),
            Some(id) if id.text().is_some_and(|id| MANAGED.contains(&id)) => {
                let one = |(header, value): &(Header, &str)| Sent::named(header.name(), *value, Spot::alone(id.span));
                (MANAGED_SENDS.iter().filter_map(one).collect(), id.span)
            }
            // A policy of this template is judged for itself; another is not known.
            Some(_) => return,
        };
        let kind = if self.is_terraform { &TERRAFORM_DISTRIBUTION } else { &FORMATION_DISTRIBUTION };
        let server = Server { sent, tls: true, ..Server::new(kind, Spot::alone(place)) };
        reading.servers.push(if runs_code {
            server.doubted(Confidence::Low, "unless the function at its edge does")
        } else if is_bucket {
            Server { confidence: Confidence::Medium, ..server }
        } else {
            server.doubted(Confidence::Low, "unless the origin does")
        });
    }
}

fn with_place(node: &Node<'_>) -> (String, (usize, usize)) {
    (known(node), node.span)
}

/// The text of a value, without what only a deployment knows.
fn known(node: &Node<'_>) -> String {
    let Some(text) = node.text() else { return UNKNOWN.to_string() };
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        value.push_str(before);
        value.push(UNKNOWN);
        let Some((_, tail)) = after.split_once('}') else { return value };
        rest = tail;
    }
    value + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{hcl_so_far, yaml_so_far};

    fn sent(reading: &Reading) -> Vec<Vec<(&'static str, &str)>> {
        let servers = reading.servers.iter();
        servers.map(|server| server.sent.iter().map(|one| (one.header.name(), one.value.as_str())).collect()).collect()
    }

    #[test]
    fn both_languages_say_the_same() {
        let yaml = "Resources:\n  P:\n    Type: AWS::CloudFront::ResponseHeadersPolicy\n    Properties:\n      ResponseHeadersPolicyConfig:\n        SecurityHeadersConfig:\n          StrictTransportSecurity: {AccessControlMaxAgeSec: 300, IncludeSubdomains: true, Override: true}\n          FrameOptions: {FrameOption: DENY, Override: true}\n          ContentSecurityPolicy: {ContentSecurityPolicy: !Sub \"x\", Override: true}\n        CustomHeadersConfig:\n          Items:\n            - {Header: Permissions-Policy, Value: camera=(), Override: true}\n";
        let hcl = "resource \"aws_cloudfront_response_headers_policy\" \"p\" {\n  security_headers_config {\n    strict_transport_security {\n      access_control_max_age_sec = 300\n      include_subdomains = true\n      override = true\n    }\n    frame_options {\n      frame_option = \"DENY\"\n      override = true\n    }\n    content_security_policy {\n      content_security_policy = var.csp\n    }\n  }\n  custom_headers_config {\n    items {\n      header = \"Permissions-Policy\"\n      value = \"camera=()\"\n    }\n  }\n}\n";
        let expected = [[
            ("Content-Security-Policy", "\0"),
            ("Strict-Transport-Security", "max-age=300; includeSubDomains"),
            ("X-Frame-Options", "DENY"),
            ("Permissions-Policy", "camera=()"),
        ]];
        assert_eq!(sent(&formation(&yaml_so_far(yaml).documents)), expected);
        assert_eq!(sent(&terraform(&hcl_so_far(hcl).documents)), expected);
    }

    #[test]
    fn a_distribution_has_a_policy_or_lacks_one() {
        let of = |line: &str| {
            let text = format!(
                "resource \"aws_cloudfront_distribution\" \"d\" {{\n  origin {{\n    s3_origin_config {{}}\n  }}\n  default_cache_behavior {{\n    {line}\n  }}\n}}\n"
            );
            terraform(&hcl_so_far(&text).documents)
                .servers
                .iter()
                .map(|one| (one.sent.len(), one.confidence))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(""), [(0, Confidence::Medium)]);
        assert_eq!(of("function_association {}"), [(0, Confidence::Low)]);
        assert_eq!(of("response_headers_policy_id = aws_cloudfront_response_headers_policy.p.id"), []);
        assert_eq!(of("response_headers_policy_id = \"67f7725c-6f97-4210-82d7-5512b31e9d03\"")[0].0, 4);
    }
}
