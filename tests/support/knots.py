#!/usr/bin/env python3
"""Free functions that call each other in a circle.  FILE… ; a line for each circle of more than one function.

A call is met by name and number of arguments, in its own file or in any where that is no static one. Functions of one
name, number of parameters and file are one; what an object does when it is called is not seen."""

import re
import sys

WORDLESS = re.compile(r'''//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+\'''', re.DOTALL)
# As clang-format writes them: from the first column on, up to a brace there.
FUNCTION = re.compile(r'^(static )?[\w:][^;{}()=#]*?([\w:]+)(\((?:[^;{}]*)\)(?: const)?(?:\s*:[^;{}]*(?:\{[^;{}]*\}[^;{}]*)*)?) \{\n(.*?)^\}',
                      re.DOTALL | re.MULTILINE)
CALL = re.compile(r'(?:(?<![\w.>:])|(?<=\bfragcast::))([a-z]\w*)\(')


def count_of(text):
    """Of the list that begins with the bracket at 0: how many are in it."""
    depth, commas, anything = 0, 0, False
    for at, letter in enumerate(text):
        if letter in '([{':
            depth += 1
        elif letter in ')]}':
            depth -= 1
            if depth == 0:
                return commas + anything
        elif depth == 1 and letter == ',' and text[max(0, at - 60):at].count('<') <= text[max(0, at - 60):at].count('>'):
            commas += 1
        anything = anything or (at > 0 and not letter.isspace())
    return commas + anything


bodies = {}  # (name, parameters, file) -> [body]
shown = set()  # to other files
for path in sys.argv[1:]:
    with open(path, encoding='utf-8') as source:
        text = WORDLESS.sub('""', source.read())
    for static, name, parameters, body in FUNCTION.findall(text):
        key = (name, count_of(parameters), path)
        bodies.setdefault(key, []).append(body)
        if not static:
            shown.add(key)

named = {}
for key in bodies:
    named.setdefault(key[:2], []).append(key)
calls = {}
for key, texts in bodies.items():
    calls[key] = set()
    for body in texts:
        for match in CALL.finditer(body):
            called = match[1], count_of(body[match.end() - 1:])
            calls[key].update(one for one in named.get(called, ()) if one != key and (one in shown or one[2] == key[2]))

reach = {}
for key in calls:
    seen, todo = set(), [key]
    while todo:
        for one in calls[todo.pop()] - seen:
            seen.add(one)
            todo.append(one)
    reach[key] = seen
told = set()
for key in sorted(calls):
    knot = {one for one in reach[key] if key in reach[one]}
    if knot and key not in told:
        told |= knot
        print('in a circle:', ', '.join(sorted(f'{name} ({path})' for name, _, path in knot)))
if not calls:
    print('no function was found')
