#!/usr/bin/env python3
"""Types that two files define by one name, as far as they are neither nested nor in an unnamed namespace: met in one
program they are one to the linker, which says nothing.  FILE… ; a line each."""

import collections
import re
import sys

WORDS = re.compile(
    r'''//[^\n]*|/\*.*?\*/|R"(?P<raw>\w*)\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+\''''
    r'''|\bnamespace\b\s*(?P<space>[\w:]*)\s*\{'''
    r'''|\b(?:enum\s+class|enum|struct|class|union)\s+(?P<type>\w+)\s*(?:final\s*)?(?::(?!:)[^;{}()]*)?\{'''
    r'''|[{}]''',
    re.DOTALL)


def types_of(text):
    """The types' names with their namespaces."""
    around = []  # of each brace: the namespace that it opens, or None
    for word in WORDS.finditer(text):
        if word[0] == '}':
            if around:
                around.pop()
        elif word[0] == '{':
            around.append(None)
        elif word['space'] is not None:
            around.append(word['space'])
        elif word['type']:
            if all(around):
                yield '::'.join([*around, word['type']])
            around.append(None)


files = collections.defaultdict(set)
for path in sys.argv[1:]:
    with open(path, encoding='utf-8') as source:
        for name in types_of(source.read()):
            files[name].add(path)
for name, where in sorted(files.items()):
    if len(where) > 1:
        print(name, 'in', ' and '.join(sorted(where)))
