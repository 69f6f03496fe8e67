#!/usr/bin/env bash
# Holds every order of src/version/ against the ecosystem's own implementation, where that is installed: run.sh [COUNT]
# Needs any of: packaging (PyPI), node with semver (SEMVER=its folder), ruby, java with maven-artifact (MAVEN=its class path), php with
# composer/semver (AUTOLOAD=its autoload.php), dpkg, rpm, elixir, R, conan (PyPI).
set -euo pipefail
cd "$(dirname "$0")"
count=${1:-8000}
answers=$(mktemp)
trap 'rm -f "$answers" "$answers".*' EXIT

against() {
  local scheme=$1
  shift
  python3 pairs.py "$scheme" "$count" >"$answers.pairs"
  if "$@" <"$answers.pairs" >"$answers.theirs" 2>"$answers.errors" && [ -s "$answers.theirs" ]; then
    # rpm ends with an empty line of its own.
    paste "$answers.pairs" <(head -n "$count" "$answers.theirs") | sed "s/^/$scheme\t/" >>"$answers"
  else
    echo "$scheme: not asked: $(tail -1 "$answers.errors")" >&2
  fi
}

against Pep440 python3 of_packaging.py
against Npm node npm.js
against SemVer node npm.js
against RubyGems ruby gem.rb
against Maven java -cp "${MAVEN:-.}" Maven.java
against Composer php composer.php
against Debian python3 of_dpkg.py
against Rpm rpm --eval '%{lua: dofile("rpm.lua")}'
against Hex elixir hex.exs
against Cran Rscript cran.R
against Conan python3 of_conan.py
cd ../..
GATE_VERSIONS=$answers cargo test --test all -- --ignored --nocapture as_the_ecosystem | grep -E ": "
