#!/usr/bin/env python3
"""What the documents name and the repository has not: paths, documents, files named in a folder's words."""
import re
import subprocess
import sys
from fnmatch import fnmatch
from itertools import product

tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                         capture_output=True, text=True, check=True).stdout.split()
known = set(tracked) | {"/".join(path.split("/")[:n]) for path in tracked for n in range(1, path.count("/") + 1)}
tops = {path.split("/")[0] for path in tracked if "/" in path}
built = ("build/",)  # made, never kept


def spelled(name):
    """`a.{hpp,cpp}` is two names, `routes_….cpp` a pattern."""
    parts = [p.split(",") if i % 2 else [p] for i, p in enumerate(re.split(r"\{([^}]*)\}", name))]
    return ["".join(one).replace("…", "*") for one in product(*parts)]


def has(pattern):
    pattern = pattern.rstrip("/")
    return pattern in known or any(fnmatch(path, pattern) for path in known)


def missing(document, text):
    here = document.rpartition("/")[0]
    for line_number, line in enumerate(text.split("\n"), 1):
        for span in re.findall(r"`([^`]+)`", line):
            for word in span.split():
                word = word.strip(",;:()").split("#")[0]
                for name in spelled(word):
                    if name.startswith(built) or not re.fullmatch(r"[\w./*-]+", name):
                        continue
                    if name.split("/")[0] in tops and "/" in name:
                        found = has(name) or has(name + ".hpp") or has(f"{here}/{name}")
                    elif re.fullmatch(r"[\w*-]+\.(hpp|cpp|sh|py|mjs|md|cmake|json|toml|txt)", name):
                        found = any(has(f"{folder}{name}") for folder in ("", f"{here}/", "*/"))
                    else:
                        continue
                    if not found:
                        yield f"{document}:{line_number}: {word}"
        for cited in re.findall(r"\b[A-Z]{4,}\.md\b", line):
            if not any(path.rpartition("/")[2] == cited for path in tracked):
                yield f"{document}:{line_number}: {cited}"


for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        for fault in missing(path, file.read()):
            print(fault)
