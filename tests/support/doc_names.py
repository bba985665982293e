#!/usr/bin/env python3
"""What is named and not here: by documents paths, files and documents; by all else the documents that they cite, and
what they quote of them (PROTOCOL.md, "Fetch")."""
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


texts = {}
for path in tracked:
    if path.endswith(".md"):
        with open(path, encoding="utf-8") as file:
            texts[path] = " ".join(file.read().split())
citation = re.compile(r'(?<![\w.-])((?:[\w.-]+/)*[A-Z]{4,}\.md)\b(?:[`)]*,\s+"([^"]+)")?')


def miscited(path, text):
    """A document's name, or its path; a comment's lines are one text."""
    lines = re.sub(r"\n[ \t]*(//|#|;)?[ \t]*", lambda m: " " * (len(m[0]) - 1) + "\n", text)
    for found in citation.finditer(lines.replace("\n", " ")):
        name, quoted = found[1], " ".join((found[2] or "").split())
        name = name.removeprefix("root/")  # of scripts, a variable's
        there = [doc for doc in texts if doc == name or doc.rpartition("/")[2] == name]
        if not there:
            cited = name
        elif quoted and not any(quoted in texts[doc] for doc in there):
            cited = f'{name}, "{quoted}"'
        else:
            continue
        yield f"{path}:{lines[:found.start()].count(chr(10)) + 1}: {cited}"


for path in sys.argv[1:]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (UnicodeDecodeError, OSError):  # a picture, or removed just now
        continue
    for fault in [*(missing(path, text) if path.endswith(".md") else ()), *miscited(path, text)]:
        print(fault)
