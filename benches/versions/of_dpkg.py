"""dpkg: a pair a line in, its order out (`!` where it warns that one is no version)."""
import subprocess
import sys


def is_true(a, operator, b):
    done = subprocess.run(["dpkg", "--compare-versions", a, operator, b], capture_output=True)
    return None if done.stderr else done.returncode == 0


for line in sys.stdin:
    a, b = line.rstrip("\n").split("\t")
    less, equal = is_true(a, "lt", b), is_true(a, "eq", b)
    print("!" if less is None or equal is None else -1 if less else 0 if equal else 1)
