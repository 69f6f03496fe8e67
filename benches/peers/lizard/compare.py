#!/usr/bin/env python3
"""How far `gate metrics` and lizard agree on the functions of a tree and on their cyclomatic complexity.

usage: compare.py TREE [--gate PROGRAM] [--keep FILE] [--differences FILE] [--referee FILE] [--jobs N]
needs: pip install lizard

A function is the same in both if file and last name are the same and the lines on which it starts are at most three apart
(a decorator or a doc comment); each is matched once, the nearest line first. Lizard runs file by file with a time limit:
a file on which it fails is counted and left out. `--keep` holds lizard's answer for the next run.

Where the two differ somebody has to say who is right. For JavaScript and TypeScript that is the TypeScript compiler:
`--referee` names what `referee.mjs` wrote. For Rust the words that lizard takes for decisions and that are none (`where`,
the bars of a closure without parameters, `impl … for`, `for<'a>`, `?Sized`) are counted in the text of the function.
"""
import argparse, collections, json, multiprocessing, os, re, signal, subprocess, sys

LANGUAGES = {".py": "python", ".rs": "rust", ".ts": "typescript", ".mts": "typescript", ".cts": "typescript",
             ".tsx": "tsx", ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript", ".cjs": "javascript"}
SECONDS = 60
APART = 3


def by_lizard(path):
    """(functions or None, reason)"""
    import lizard

    def stop(*_):
        raise TimeoutError("timed out")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    sys.setrecursionlimit(5000)
    try:
        found = lizard.analyze_file(path).function_list
        return path, [[f.name, f.start_line, f.end_line, f.cyclomatic_complexity] for f in found], None
    except BaseException as error:
        return path, None, type(error).__name__
    finally:
        signal.alarm(0)


def lizard_all(tree, keep, jobs):
    if keep and os.path.exists(keep):
        with open(keep) as file:
            return json.load(file)
    paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(tree) for name in names
                   if os.path.splitext(name)[1] in LANGUAGES)
    with multiprocessing.Pool(jobs) as pool:
        found = {os.path.relpath(path, tree): functions if functions is not None else error
                 for path, functions, error in pool.imap_unordered(by_lizard, paths, 16)}
    if keep:
        with open(keep, "w") as file:
            json.dump(found, file)
    return found


def gate_all(tree, program):
    # No project around the tree, so that paths are relative to it.
    answer = subprocess.run([program, "metrics", "--format", "json", "."], cwd=tree, capture_output=True, text=True)
    if answer.returncode not in (0, 2):
        sys.exit(answer.stderr)
    report = json.loads(answer.stdout)
    files = collections.defaultdict(list)
    for one in report["functions"]:
        files[one["file"]].append([one["name"], one["line"], one["end_line"], one["cyclomatic"]])
    return files, report


def last_name(name):
    return re.split(r"[.:]", name.strip('"\''))[-1].strip("#\"'[]") or "(anonymous)"


def match(ours, theirs):
    """Pairs of functions, nearest lines first; then what only each has."""
    candidates = sorted(
        (abs(a[1] - b[1]), i, j)
        for i, a in enumerate(ours) for j, b in enumerate(theirs)
        if abs(a[1] - b[1]) <= APART and last_name(a[0]) == last_name(b[0]))
    used_a, used_b, pairs = set(), set(), []
    for _, i, j in candidates:
        if i not in used_a and j not in used_b:
            used_a.add(i), used_b.add(j)
            pairs.append((ours[i], theirs[j]))
    def pair_up(place):
        rest = collections.defaultdict(list)
        for i, a in enumerate(ours):
            if i not in used_a:
                rest[place(a)].append(i)
        for j, b in enumerate(theirs):
            if j not in used_b and rest[place(b)]:
                i = rest[place(b)].pop(0)
                used_a.add(i), used_b.add(j)
                pairs.append((ours[i], b))

    # Where one has a name that the other does not know, the place tells.
    pair_up(lambda one: (one[1], one[2]))
    pair_up(lambda one: one[1])
    return (pairs, [a for i, a in enumerate(ours) if i not in used_a], [b for j, b in enumerate(theirs) if j not in used_b])


BLANK = re.compile(r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?\'(?:\\.[^\']*|[^\\\'])\'', re.S)
NO_DECISIONS = [re.compile(r"\bwhere\b"), re.compile(r"((?<=[(,={;\[>])|(?<=\bmove)|(?<=\breturn)|(?<=\belse))\s*\|\|"),
                re.compile(r"\bimpl\b[^;{]*\bfor\b(?!\s*<)"), re.compile(r"\bfor\s*<"), re.compile(r"\?\s*Sized")]


def mistaken(text):
    """How many words and signs of a Rust function lizard counts that decide nothing."""
    text = BLANK.sub(" ", text)
    return sum(len(pattern.findall(text)) for pattern in NO_DECISIONS)


def explained(path, pairs):
    """Of the pairs of a Rust file that differ, those that differ by lizard's known mistakes only."""
    different = [(a, b) for a, b in pairs if a[3] != b[3]]
    if not different:
        return 0
    with open(path, errors="replace") as file:
        lines = file.read().split("\n")
    return sum(b[3] - a[3] == mistaken("\n".join(lines[a[1] - 1:a[2]])) for a, b in different)


def judge(real, ours, found, pairs, count):
    """What the referee says of both; each of its functions is used once."""
    def right(functions):
        left = collections.Counter((line, end, cyclomatic) for line, end, cyclomatic in real)
        places = collections.Counter((line, end) for line, end, _ in real)
        found = equal = 0
        for _, line, end, cyclomatic in functions:
            found += places[line, end] > 0
            places[line, end] -= places[line, end] > 0
            equal += left[line, end, cyclomatic] > 0
            left[line, end, cyclomatic] -= left[line, end, cyclomatic] > 0
        return found, equal

    count["real"] += len(real)
    for name, functions in (("gate", ours), ("lizard", found)):
        there, equal = right(functions)
        count[f"{name} real"] += there
        count[f"{name} right"] += equal
    starts = collections.Counter(line for line, _, _ in real)
    matched = {id(b) for _, b in pairs}
    for one in found:
        if starts[one[1]] > 0:
            starts[one[1]] -= 1
            count["lizard real start"] += 1
            count["both real start"] += id(one) in matched


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tree")
    parser.add_argument("--gate", default="gate")
    parser.add_argument("--keep")
    parser.add_argument("--differences")
    parser.add_argument("--referee")
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    theirs = lizard_all(arguments.tree, arguments.keep, arguments.jobs)
    ours, report = gate_all(arguments.tree, arguments.gate)
    referee = json.load(open(arguments.referee)) if arguments.referee else {}
    counts = collections.defaultdict(collections.Counter)
    differences = []
    for file, found in sorted(theirs.items()):
        count = counts[LANGUAGES[os.path.splitext(file)[1]]]
        count["files"] += 1
        if isinstance(found, str):
            count["failed"] += 1
            differences.append(["failed", file, found, None])
            continue
        pairs, only_gate, only_lizard = match(ours.get(file, []), found)
        count["lizard"] += len(found)
        count["gate"] += len(ours.get(file, []))
        count["both"] += len(pairs)
        count["equal"] += sum(a[3] == b[3] for a, b in pairs)
        differences += [["differs", file, a, b] for a, b in pairs if a[3] != b[3]]
        if file.endswith(".rs"):
            count["explained"] += explained(os.path.join(arguments.tree, file), pairs)
        if file in referee:
            judge(referee[file], ours.get(file, []), found, pairs, count)
        differences += [["only lizard", file, None, b] for b in only_lizard]
        differences += [["only gate", file, a, None] for a in only_gate]
    print("| language | files | lizard failed | lizard | gate | found by both | of lizard's | equal | of both |")
    print("|---|---|---|---|---|---|---|---|---|")
    for language, count in sorted(counts.items()):
        share = lambda part, whole: f"{100 * count[part] / max(count[whole], 1):.2f} %"
        print(f"| {language} | {count['files']} | {count['failed']} | {count['lizard']} | {count['gate']} | {count['both']} "
              f"| {share('both', 'lizard')} | {count['equal']} | {share('equal', 'both')} |")
    for language, count in sorted(counts.items()):
        share = lambda part, whole: f"{part} of {whole}, {100 * part / max(whole, 1):.2f} %"
        if language == "rust":
            print(f"\nrust: equal but for words that lizard mistakes: {share(count['equal'] + count['explained'], count['both'])}")
        if count["real"]:
            print(f"\n{language}, by the TypeScript compiler: gate finds {share(count['gate real'], count['real'])} of its functions "
                  f"and counts {share(count['gate right'], count['real'])} alike;\nlizard finds (with the same end) "
                  f"{share(count['lizard real'], count['real'])} and counts {share(count['lizard right'], count['real'])} alike.\n"
                  f"Of lizard's {count['lizard']}, {count['lizard real start']} start where a function does; "
                  f"gate has {share(count['both real start'], count['lizard real start'])}")
    if arguments.differences:
        with open(arguments.differences, "w") as file:
            json.dump(differences, file)


if __name__ == "__main__":
    main()
