"""Reads Prometheus text (format 0.0.4) on standard input and says what is wrong with it; prints `NAME{LABELS} VALUE` lines
to compare with when nothing is."""
import re
import sys

LINE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)')
text = sys.stdin.read()
wrong, kinds, helped, done, samples, current = [], {}, set(), set(), {}, None
if not text.endswith('\n'):
    wrong.append('the last line has no end')
for line in text.splitlines():
    if line.startswith('# '):
        _, what, name, rest = line.split(' ', 3)
        if what == 'HELP':
            if name in helped:
                wrong.append(f'{name} is explained twice')
            helped.add(name)
            if current:
                done.add(current)
            current = name
        elif what == 'TYPE':
            kinds[name] = rest
        continue
    found = LINE.fullmatch(line)
    if not found:
        wrong.append(f'unreadable: {line}')
        continue
    name, value = found[1], float(found[4])
    family = re.sub('_(bucket|sum|count)$', '', name) if name not in kinds else name
    if family != current or family in done:
        wrong.append(f'{name} does not stand with its family')
    if family not in kinds or family not in helped:
        wrong.append(f'{name} has no HELP or TYPE')
    if kinds.get(family) == 'counter' and (not name.endswith('_total') or value < 0):
        wrong.append(f'{name} is no counter')
    if (name, found[3]) in samples:
        wrong.append(f'{name}{{{found[3]}}} is told twice')
    samples[(name, found[3])] = value
for family, kind in kinds.items():
    if kind != 'histogram':
        continue
    buckets = [(float(re.search('le="([^"]*)"', labels)[1]), v) for (n, labels), v in samples.items() if n == f'{family}_bucket']
    if sorted(buckets) != buckets or [v for _, v in buckets] != sorted(v for _, v in buckets):
        wrong.append(f'{family} is not cumulative')
    if buckets[-1] != (float('inf'), samples[(f'{family}_count', None)]):
        wrong.append(f'{family}: its last bucket is not all')
for one in wrong:
    print(one, file=sys.stderr)
if wrong or not samples:
    sys.exit(1)
for (name, labels), value in samples.items():
    print(f'{name}{{{labels}}} {value:.17g}' if labels else f'{name} {value:.17g}')
