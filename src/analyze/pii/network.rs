//! Addresses on the public Internet, which lead to a person or a customer (Court of Justice of the EU, C-582/14).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::Found;
use super::text::{Shape, Text, listed};
use crate::model::Confidence;

static V4: Shape = LazyLock::new(|| Regex::new(r"\d{1,3}(?:\.\d{1,3}){3}").ok());
static V6: Shape = LazyLock::new(|| Regex::new(r"(?i)[0-9a-f]{1,4}(?::{1,2}[0-9a-f]{1,4}){2,7}(?:::)?").ok());

/// Services that everyone uses: resolvers of Google, Cloudflare, Quad9, OpenDNS and others.
const SERVICES: &str = "8.8.8.8|8.8.4.4|1.1.1.1|1.0.0.1|9.9.9.9|149.112.112.112|208.67.222.222|208.67.220.220|4.4.4.4|2.2.2.2|3.3.3.3|\
5.5.5.5|1.2.3.4|5.6.7.8|4.3.2.1|4.2.2.1|4.2.2.2|114.114.114.114|223.5.5.5|119.29.29.29|168.63.129.16";

const WORDS: &str = "ip|ips|ipv4|ipv6|addr|address|addresses|host|hostname|remote|client|peer|server|forwarded|allowlist|whitelist|\
blocklist|blacklist|ban|gateway|endpoint";

/// Where four numbers are a version.
const VERSIONS: &str = "version|ver|v|release|upgrade|mozilla|chrome|safari|build|oid|section|opera|edge";

pub fn addresses(text: &Text<'_>) -> Found {
    let mut found = Found::new();
    for span in text.each(&V4).filter(|span| !text.is_in_noise(span)) {
        let written = text.get(&span);
        let Ok(address) = written.parse::<Ipv4Addr>() else { continue };
        let is_range =
            text.text.as_bytes().get(span.end) == Some(&b'/') || address.octets()[3] == 0 || address.octets()[3] == 255;
        if !is_public_v4(address) || listed(SERVICES, written) || is_range || text.is_about(&span, VERSIONS) {
            continue;
        }
        let sure = match text.is_about(&span, WORDS) {
            _ if is_typed(address) => Confidence::Low,
            true => Confidence::High,
            false => Confidence::Medium,
        };
        found.push((span, sure));
    }
    for span in text.each(&V6).filter(|span| !text.is_in_noise(span)) {
        let Ok(address) = text.get(&span).parse::<Ipv6Addr>() else { continue };
        let is_range = text.text.as_bytes().get(span.end) == Some(&b'/')
            || address.segments()[4..].iter().all(|&part| part < 0x10);
        if is_public_v6(address) && !is_range {
            let sure = if text.is_about(&span, WORDS) { Confidence::High } else { Confidence::Medium };
            found.push((span, sure));
        }
    }
    found.sort_by_key(|(span, _)| span.start);
    found
}

/// Made up for an example, or a version: small numbers, all alike, or counted up.
fn is_typed(address: Ipv4Addr) -> bool {
    let octets = address.octets();
    let is_small = octets.iter().filter(|&&octet| octet < 20).count() >= 3;
    let step = octets[1].wrapping_sub(octets[0]);
    let is_counted = step <= 11 && octets.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    is_small || is_counted || octets[0] == octets[2] && octets[1] == octets[3]
}

/// Outside the blocks of RFC 6890 and of the registry of special-purpose addresses.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first >= 240
        // Shared by providers (RFC 6598), for benchmarks (RFC 2544), for protocols (RFC 6890).
        || first == 100 && second & 0xc0 == 64
        || first == 198 && second & 0xfe == 18
        || first == 192 && second == 0 && third == 0)
}

/// Global unicast (RFC 4291), without documentation (RFC 3849, RFC 9637) and without what names no single network.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_documentation = first == 0x2001 && second == 0xdb8 || first == 0x3fff && second & 0xf000 == 0;
    let is_service = matches!((first, second), (0x2001, 0x4860) | (0x2606, 0x4700) | (0x2620, 0xfe));
    let is_protocol = first == 0x2001 && second < 0x200;
    first & 0xe000 == 0x2000 && !is_documentation && !is_service && !is_protocol
}

/// For the test that compiles them.
#[cfg(test)]
pub const SHAPES: &[&Shape] = &[&V4, &V6];
