#!/usr/bin/env bash
# What action.yml does, one step each: choose, install, scan, judge. Everything comes in by variables, nothing is ever evaluated.
# Written for the oldest shell of a runner (bash 3.2 of macOS) and for Git's on Windows.
set -euo pipefail

fail() {
  printf '::error title=gate::%s\n' "$*"
  exit 2
}

output() { printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"; }

sha256() {
  if command -v sha256sum > /dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# The name that Rust has for this machine.
target() {
  case "${RUNNER_OS:-Linux}-${RUNNER_ARCH:-X64}" in
    Linux-X64) echo x86_64-unknown-linux-musl ;;
    Linux-ARM64) echo aarch64-unknown-linux-musl ;;
    macOS-X64) echo x86_64-apple-darwin ;;
    macOS-ARM64) echo aarch64-apple-darwin ;;
    Windows-X64) echo x86_64-pc-windows-msvc ;;
    *) echo none ;;
  esac
}

# OWNER/REPO/REF of this action, from where the runner put it; nothing where it is used from a folder. (The contexts and variables for
# it hold something else in some steps of a composite action.)
origin() {
  local path=${GITHUB_ACTION_PATH//\\//}
  case "$path" in */_actions/*/*/*) printf '%s' "${path#*/_actions/}" ;; esac
}

repository() {
  local origin owner rest
  origin=$(origin)
  owner=${origin%%/*}
  rest=${origin#*/}
  [ -n "$origin" ] && printf '%s/%s' "$owner" "${rest%%/*}"
}

# Everything that the program is made of.
sources() {
  cd "$GITHUB_ACTION_PATH"
  find Cargo.toml Cargo.lock build.rs src rules queries -type f | LC_ALL=C sort | xargs cat | git hash-object --stdin
}

# Which program is used, and under which name it is kept. `home` holds the program and the database.
choose() {
  local home version target key origin
  home=${RUNNER_TEMP//\\//}/gate
  target=$(target)
  origin=$(origin)
  version=${GATE_VERSION:-}
  if [ -z "$version" ]; then
    case "${origin##*/}" in
      v[0-9]*.[0-9]*.[0-9]*) version=${origin##*/} ;;
      *) version=source ;;
    esac
  fi
  case "$version" in
    source)
      key=source-$(sources)
      output source true
      ;;
    v[0-9]*)
      case "$version" in *[!0-9A-Za-z.+-]*) fail "the version is no version: $version" ;; esac
      [ "$target" != none ] || fail "there is no release for $RUNNER_OS on $RUNNER_ARCH: set the input \`version\` to \`source\`"
      key=$version
      output source false
      output release "$version"
      ;;
    *) fail "the version is \`source\` or a release such as \`v0.1.0\`, not: $version" ;;
  esac
  key=gate-$target-$(printf '%s' "$key" | tr -c 'A-Za-z0-9._-' '-')
  output home "$home"
  output target "$target"
  # A new database every day, beginning with what the last one had.
  output key "$key-$(date -u +%Y-%m-%d)"
  output restore-key "$key-"
  if [ "${GATE_CACHE:-true}" = true ]; then output cache true; else output cache false; fi
}

install() {
  local bin=$GATE_HOME/bin
  mkdir -p "$bin" "$GATE_HOME/cache"
  if [ "$GATE_SOURCE" = true ]; then
    if ! "$bin/gate" --version > /dev/null 2>&1; then
      command -v cargo > /dev/null || fail "there is no cargo to build gate with: set the input \`version\` to a release"
      cargo install --locked --quiet --root "$GATE_HOME" --path "$GITHUB_ACTION_PATH"
    fi
  else
    download "$bin"
  fi
  "$bin/gate" --version
  printf '%s\n' "$bin" >> "$GITHUB_PATH"
  printf 'GATE_CACHE_DIR=%s\n' "$GATE_HOME/cache" >> "$GITHUB_ENV"
  if [ "${GATE_DATABASE:-true}" = true ]; then
    # Without it, or with an old one, the scan says itself what that leaves open.
    GATE_CACHE_DIR=$GATE_HOME/cache "$bin/gate" db update ||
      echo "::warning title=gate::the advisory database could not be updated; what was kept from an earlier run is used"
  fi
}

# A release is used when its bytes are the expected ones, or when GitHub attests that this repository's workflow built them. It is
# checked each time, also where it comes from the cache.
download() {
  local name="gate-$GATE_TARGET.tar.gz" archive url actual repository
  archive=$GATE_HOME/$GATE_RELEASE-$name
  repository=$(repository) || fail "the action is used from a folder, so there is no release of it: set \`version\` to \`source\`"
  url=${GITHUB_SERVER_URL:-https://github.com}/$repository/releases/download/$GATE_RELEASE/$name
  if [ ! -f "$archive" ]; then
    curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$archive" "$url" ||
      fail "$url could not be downloaded; \`version: source\` builds it instead"
  fi
  if [ -n "${GATE_CHECKSUM:-}" ]; then
    actual=$(sha256 "$archive")
    if [ "$actual" != "$GATE_CHECKSUM" ]; then
      rm -f "$archive"
      fail "$name has the checksum $actual and not $GATE_CHECKSUM"
    fi
  elif ! command -v gh > /dev/null; then
    fail "there is no \`gh\` to verify where $name comes from: set the input \`checksum\`"
  elif ! gh attestation verify "$archive" --repo "$repository" > /dev/null; then
    rm -f "$archive"
    fail "nothing attests that $name was built by $repository"
  fi
  # For GNU tar a colon, as in `D:/`, would be another machine's.
  (cd "$1" && tar -xzf "../${archive##*/}")
}

# The lines of a variable as words of the list `words`; blank ones are left out.
words=()
add_lines() {
  local line
  while IFS= read -r line; do
    line=${line%$'\r'}
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    if [ -n "$line" ]; then words+=("$line"); fi
  done <<< "$1"
}

# The counts of the JSON report on standard input, in which no text can look like a name: its quotes are escaped.
counts() { tr -d '\n' | sed -n 's/.*"summary": *{ *"findings": *{\([^}]*\)}.*/\1/p'; }

scan() {
  local scope=${GATE_SCOPE:-auto} event=${GITHUB_EVENT_NAME:-} folder=$GATE_HOME/reports code=0
  if [ "$scope" = auto ]; then
    case "$event" in pull_request* | merge_group) scope=change ;; *) scope=full ;; esac
  fi
  words=(scan)
  case "$scope" in
    change)
      words+=(--diff auto)
      if [ "${GATE_POLICY_FROM_BASE:-true}" = true ]; then words+=(--policy-from auto); fi
      ;;
    full) ;;
    *) fail "the scope is \`auto\`, \`change\` or \`full\`, not: $scope" ;;
  esac
  rm -rf "$folder"
  mkdir -p "$folder"
  words+=(--format "json=$folder/gate.json" --format "sarif-github=$folder/gate.sarif" --format "markdown=$folder/summary.md")
  if [ "${GATE_ANNOTATIONS:-true}" = true ]; then words+=(--format github); else words+=(--format text); fi
  add_lines "${GATE_ARGS:-}"
  words+=(--)
  add_lines "${GATE_PATHS:-}"
  "$GATE_HOME/bin/gate" "${words[@]}" 2> "$folder/errors.txt" || code=$?
  cat "$folder/errors.txt" >&2
  tell "$folder" "$code" "$scope" "$event"
}

# The outputs and the summary.
tell() {
  local folder=$1 code=$2 scope=$3 event=$4 verdict=incomplete upload=false level counts number
  if [ -s "$folder/gate.json" ]; then
    verdict=$(head -n 80 "$folder/gate.json" | tr -d "\n" | sed -n 's/.*"verdict": *{ *"name": *"\([a-z]*\)".*/\1/p')
    counts=$(head -n 80 "$folder/gate.json" | counts)
    for level in error warning note unchanged; do
      number=$(printf '%s' "$counts" | sed -n "s/.*\"$level\": *\([0-9]*\).*/\1/p")
      if [ "$level" = unchanged ]; then output "$level" "$number"; else output "${level}s" "$number"; fi
    done
    output report "$folder/gate.json"
    output sarif "$folder/gate.sarif"
    # Code scanning takes what is missing in an upload for a branch as mended: only a pull request may be told in part. The token of
    # a fork's pull request may not write.
    case "$event-$scope-${GATE_HEAD_REPOSITORY:-$GITHUB_REPOSITORY}" in
      pull_request*-*-"$GITHUB_REPOSITORY" | [!p]*-full-* | push-full-*) upload=${GATE_UPLOAD:-false} ;;
    esac
  else
    printf '::error title=gate could not run::%s\n' "$(one_line < "$folder/errors.txt")"
    { echo '## gate could not run'; echo; echo '```text'; tr -d '`' < "$folder/errors.txt"; echo '```'; } > "$folder/summary.md"
  fi
  output upload "$upload"
  output verdict "${verdict:-incomplete}"
  output exit-code "$code"
  if [ "${GATE_SUMMARY:-true}" = true ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    cat "$folder/summary.md" >> "$GITHUB_STEP_SUMMARY"
  fi
}

# As the value of a workflow command.
one_line() { tr -d '\r' | sed -e 's/%/%25/g' | awk 'NR > 1 { printf "%%0A" } { printf "%s", $0 }'; }

judge() {
  case "${GATE_EXIT_CODE:-}" in
    0) ;;
    [12]) if [ "${GATE_FAIL:-true}" = true ]; then exit "$GATE_EXIT_CODE"; fi ;;
    # A crash, or a program that is not ours.
    *) fail "gate ended with the exit code ${GATE_EXIT_CODE:-of nothing}" ;;
  esac
  printf 'gate: %s\n' "${GATE_VERDICT:-}"
}

case "${1:-}" in
  choose | install | scan | judge) "$1" ;;
  *) fail "usage: run.sh choose|install|scan|judge" ;;
esac
