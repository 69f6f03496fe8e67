#!/usr/bin/env python3
"""Makes a repository with a history from a tree of sources: packages arrive one after the other, and between them files are
edited a few lines at a time. The same arguments make the same repository.

    make.py TREE REPOSITORY COMMITS EDITS [SEED]

EDITS is how many files a commit changes. Pack it the way a server would: git repack -adf --depth=50 --window=10
"""
import os
import random
import subprocess
import sys

LARGEST = 200_000


def packages(tree):
    """The files of each folder two levels down, sorted."""
    found = {}
    for folder, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(folder, name)
            below = os.path.relpath(path, tree)
            if os.path.getsize(path) < LARGEST and not set('"\n') & set(below):
                found.setdefault("/".join(below.split(os.sep)[:2]), []).append(below)
    return [sorted(found[name]) for name in sorted(found)]


def edited(data, random_, commit):
    lines = data.split(b"\n")
    for _ in range(random_.randint(1, 4)):
        at = random_.randrange(len(lines))
        if random_.random() < 0.5:
            line = b'    value_%d = compute(%d, "%d")' % (random_.randrange(10**6), random_.randrange(10**6), commit)
            lines[at:at] = [line] * random_.randint(1, 6)
        else:
            del lines[at : at + random_.randint(1, 3)]
        lines = lines or [b""]
    return b"\n".join(lines)


def main(tree, repository, commits, edits, seed=1):
    commits, edits, random_ = int(commits), int(edits), random.Random(int(seed))
    groups = packages(tree)
    subprocess.run(["git", "init", "-q", "-b", "main", repository], check=True)
    git = subprocess.Popen(["git", "-C", repository, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    write = git.stdin.write
    live, arrived = {}, 0
    for commit in range(commits):
        write(b"commit refs/heads/main\ncommitter A <a@example.com> %d +0000\ndata 1\nx\n" % (1_600_000_000 + 3600 * commit))
        if arrived < len(groups) and commit * len(groups) // commits >= arrived:
            changed = {}
            for name in groups[arrived]:
                with open(os.path.join(tree, name), "rb") as file:
                    changed[name] = file.read()
            arrived += 1
        else:
            names = random_.sample(list(live), min(edits, len(live)))
            changed = {name: edited(live[name], random_, commit) for name in names}
        for name, data in changed.items():
            write(b"M 644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data))
        live.update(changed)
    git.stdin.close()
    sys.exit(git.wait())


if __name__ == "__main__":
    main(*sys.argv[1:])
