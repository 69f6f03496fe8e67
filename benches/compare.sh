#!/usr/bin/env bash
# One table: gate, its floor, ripgrep and the peers that are installed, on one tree, in one run.
# usage: benches/compare.sh TREE [ADVISORY_DB]        needs hyperfine, jq, rg; peers: ast-grep, kingfisher, gitleaks, semgrep
# Figures are CPU (user + system) and only comparable within one run.
set -euo pipefail
cd "$(dirname "$0")/.."
tree=$(realpath "${1:?usage: benches/compare.sh TREE [ADVISORY_DB]}")
database=${2:-}
runs=${RUNS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --release --quiet --locked
cargo bench --no-run --quiet --bench floor --bench facts
built() { find target/release/deps -maxdepth 1 -name "$1-*" -perm -u+x -type f -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2; }
gate=target/release/gate
if [ -n "$database" ]; then all=(--db "$database"); else all=(--skip dependencies); fi
python3 benches/peers/ast-grep/make.py "$work/rules"

names=() commands=()
add() { names+=("$1"); commands+=("$2"); }
add "rg, one pattern" "rg -j1 -c '(?i)(api[_-]?key|secret|token|passw)' $tree"
add "floor: read and parse" "$(built floor) $tree"
add "floor and the one walk" "$(built facts) $tree"
add "gate, all analyses, 1 thread" "$gate scan $tree ${all[*]} --threads 1 --format sarif=$work/1.sarif"
add "gate, all analyses, 2 threads" "$gate scan $tree ${all[*]} --threads 2 --format sarif=$work/2.sarif"
add "gate, secrets only, 1 thread" "$gate scan $tree --only secrets --threads 1 --format sarif=$work/s.sarif"
command -v ast-grep >/dev/null && add "ast-grep, 21 rules" "ast-grep scan -c $work/sgconfig.yml --json=stream $tree"
command -v kingfisher >/dev/null && add "kingfisher, secrets" "kingfisher scan $tree --no-validate --no-update-check --git-history none --format json"
command -v gitleaks >/dev/null && add "gitleaks, secrets" "gitleaks dir $tree --no-banner --exit-code 0"
command -v semgrep >/dev/null && [ -n "${SEMGREP_RULES:-}" ] && add "semgrep" "semgrep scan --metrics=off --config $SEMGREP_RULES $tree"

bytes=$(find "$tree" -type f -print0 | xargs -0 cat | wc -c)
printf '| %s (%s MB) | CPU s | wall s | peak MiB | MB/s | × floor | × rg |\n|---|---|---|---|---|---|---|\n' "$(basename "$tree")" "$((bytes / 1000000))"
floor= rg=
for index in "${!names[@]}"; do
  hyperfine -N -i -w1 -r"$runs" --export-json "$work/t.json" "${commands[index]}" >/dev/null 2>"$work/err" || { cat "$work/err" >&2; exit 2; }
  read -r cpu wall < <(jq -r '.results[0] | "\(.user + .system) \(.mean)"' "$work/t.json")
  memory=$(python3 -c 'import resource, shlex, subprocess, sys
subprocess.run(shlex.split(sys.argv[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)' "${commands[index]}")
  case ${names[index]} in rg*) rg=$cpu ;; "floor: read and parse") floor=$cpu ;; esac
  awk -v n="${names[index]}" -v c="$cpu" -v w="$wall" -v m="$memory" -v b="$bytes" -v f="${floor:-0}" -v r="$rg" \
    'BEGIN { printf("| %s | %.2f | %.2f | %.0f | %.1f | %s | %.1f |\n", n, c, w, m, b / 1e6 / c, (f > 0) ? sprintf("%.2f", c / f) : "–", c / r) }'
done
cmp "$work/1.sarif" "$work/2.sarif" && echo "output of 1 and 2 threads: identical"
