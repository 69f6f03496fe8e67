#!/usr/bin/env bash
# What .github/workflows/release.yml does: build (on each machine), gather, publish.
set -euo pipefail
cd "$(dirname "$0")/../.."

TARGETS="x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-apple-darwin aarch64-apple-darwin x86_64-pc-windows-msvc"

# dist/gate-TARGET.tar.gz with the program and the licences, and a wheel.
build() {
  local program=gate folder
  case "$TARGET" in
    *-windows-*) program=gate.exe ;;
    *-linux-musl) sudo apt-get update -qq && sudo apt-get install -qq -y musl-tools ;;
  esac
  rustup target add "$TARGET"
  cargo build --locked --release --target "$TARGET"
  "target/$TARGET/release/$program" --version
  "target/$TARGET/release/$program" scan . --skip dependencies --quiet
  mkdir -p dist
  folder=$(mktemp -d)
  cp "target/$TARGET/release/$program" LICENSE-MIT LICENSE-APACHE "$folder"
  tar -C "$folder" -czf "dist/gate-$TARGET.tar.gz" "$program" LICENSE-MIT LICENSE-APACHE
  python3 -m venv target/maturin
  local pip=target/maturin/bin/pip
  [ -x "$pip" ] || pip=target/maturin/Scripts/pip.exe
  "$pip" install --quiet --disable-pip-version-check maturin==1.14.1
  (cd .github/wheel && "../../${pip%pip*}maturin" build --locked --release --target "$TARGET" --out ../../dist)
}

# Everything must be there: a release in part would be found out by those who install it.
gather() {
  local target
  for target in $TARGETS; do [ -s "dist/gate-$target.tar.gz" ] || { echo "dist/gate-$target.tar.gz is missing" >&2; exit 1; }; done
  [ "$(find dist -name '*.whl' | wc -l)" -eq 5 ] || { echo "there are not five wheels" >&2; exit 1; }
  check_version
  mkdir -p target/release-tool
  tar -C target/release-tool -xzf dist/gate-x86_64-unknown-linux-musl.tar.gz
  target/release-tool/gate sbom --format cyclonedx --output dist/gate.cdx.json
  target/release-tool/gate sbom --format spdx --output dist/gate.spdx.json
  (cd dist && sha256sum -- * > SHA256SUMS)
}

# The tag names the version that was built.
check_version() {
  local version
  version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
  [ "$GITHUB_REF_NAME" = "v$version" ] || { echo "the tag is $GITHUB_REF_NAME and the version $version" >&2; exit 1; }
}

publish() {
  gh release create "$GITHUB_REF_NAME" --repo "$GITHUB_REPOSITORY" --verify-tag --title "gate $GITHUB_REF_NAME" \
    --notes "See docs/changelog.md. \`gh attestation verify FILE --repo $GITHUB_REPOSITORY\` tells who built a file." dist/*
}

case "${1:-}" in
  build | gather | publish) "$1" ;;
  *) echo "usage: release.sh build|gather|publish" >&2; exit 2 ;;
esac
