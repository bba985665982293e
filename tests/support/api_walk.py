"""Walks every operation that a program's /openapi.json describes, and fails on any answer that it does not describe.

    api_walk.py PROGRAM URL FACTS

FACTS is JSON: "ids" maps the ids of the document's examples to those that are really there, "missing" lists operations
that the program does not have yet, "skip" those that would end it, "rare" the fields that no
walk gets to see; "also" has more parameters to try, by operationId. Prints PASS and FAIL lines.
"""
import http.client
import json
import re
import sys
import time
import urllib.parse

import jsonschema

METHODS = ('get', 'put', 'post', 'delete', 'patch')
failures = 0


def fact(what, wrong):
    """wrong: what is, in words; nothing when it is as it should be."""
    global failures
    wrong = [w for w in (wrong if isinstance(wrong, list) else [wrong]) if w]
    failures += bool(wrong)
    print(f'{"FAIL" if wrong else "PASS"} api: {what}' + (f': {"; ".join(wrong[:12])}' if wrong else ''), flush=True)


class Document:
    def __init__(self, text):
        self.root = json.loads(text)
        self.described, self.answered = set(), set()  # fields of JSON answers

    def resolve(self, value):
        while isinstance(value, dict) and '$ref' in value:
            target = self.root
            for part in value['$ref'].removeprefix('#/').split('/'):
                target = target[part.replace('~1', '/').replace('~0', '~')]
            value = target
        return value

    def strict(self, schema):
        """The schema with references filled in, that also refuses fields that it does not name."""
        schema = self.resolve(schema)
        if 'allOf' in schema:
            merged = {'type': 'object', 'properties': {}, 'required': []}
            for part in map(self.strict, schema['allOf']):
                merged['properties'] |= part['properties']
                merged['required'] += [name for name in part['required'] if name not in merged['required']]
            return merged | {'additionalProperties': False}
        out = dict(schema)
        for key in ('items', 'additionalProperties'):
            if isinstance(out.get(key), dict):
                out[key] = self.strict(out[key])
        for key in ('oneOf', 'anyOf'):
            if key in out:
                out[key] = [self.strict(one) for one in out[key]]
        if 'properties' in out:
            out['properties'] = {name: self.strict(one) for name, one in out['properties'].items()}
            out.setdefault('required', [])
            out.setdefault('additionalProperties', False)
        return out

    def misfit(self, value, schema):
        validator = jsonschema.Draft202012Validator(self.strict(schema))
        return [f'{"/".join(map(str, e.path)) or "body"}: {e.message[:120]}' for e in validator.iter_errors(value)]

    def compare_fields(self, value, schema, where):
        """Notes which fields the schema describes, and which of them this value has; `where` names the place."""
        if '$ref' in schema:
            where = schema['$ref'].rsplit('/', 1)[1]
            schema = self.resolve(schema)
        for part in schema.get('allOf', []):
            self.compare_fields(value, part, where)
        for part in schema.get('oneOf', []) + schema.get('anyOf', []):
            self.compare_fields(value if not self.misfit(value, part) else None, part, where)
        for name, part in schema.get('properties', {}).items():
            field = f'{where}.{name}'
            fresh = field not in self.described
            self.described.add(field)
            has = isinstance(value, dict) and name in value
            if has:
                self.answered.add(field)
            if has or fresh:  # what nobody answered is described all the same, once
                self.compare_fields(value[name] if has else None, part, field)
        for key, among in (('items', value if isinstance(value, list) else []),
                           ('additionalProperties', value.values() if isinstance(value, dict) else [])):
            if isinstance(schema.get(key), dict):
                for one in list(among) or [None]:
                    self.compare_fields(one, schema[key], where)

    def operations(self):
        for path, item in self.root['paths'].items():
            for method in METHODS:
                if method in item:
                    yield method, path, item[method]

    def parameters(self, operation):
        return [self.resolve(one) for one in operation.get('parameters', [])]

    def response(self, operation, status):
        return self.resolve(operation['responses'].get(str(status)))


def check_document(doc):
    """What a validator of OpenAPI 3.1 would say, as far as it concerns us; and that every example fits its schema."""
    wrong = []
    if not re.fullmatch(r'3\.1\.\d+', doc.root['openapi']):
        wrong.append('not OpenAPI 3.1')
    seen = set()
    for method, path, operation in doc.operations():
        where = f'{method} {path}'
        if operation['operationId'] in seen:
            wrong.append(f'{where}: operationId is not its own')
        seen.add(operation['operationId'])
        if not operation.get('summary') or not operation.get('tags'):
            wrong.append(f'{where}: no summary or tag')
        parameters = doc.parameters(operation)
        in_path = {one['name'] for one in parameters if one['in'] == 'path'}
        if in_path != set(re.findall(r'{(\w+)}', path)):
            wrong.append(f'{where}: its path has other parameters than it lists')
        for one in parameters:
            if one['in'] == 'path' and not one['required']:
                wrong.append(f'{where}: {one["name"]} must be required')
            wrong += [f'{where}: example of {one["name"]}: {w}' for w in doc.misfit(one['example'], one['schema'])]
        if not any(status[0] == '2' for status in operation['responses']):
            wrong.append(f'{where}: no good answer')
        bodies = [operation['requestBody']] if 'requestBody' in operation else []
        for status, response in operation['responses'].items():
            response = doc.resolve(response)
            bodies.append(response)
            if not response.get('description') or not re.fullmatch('[1-5]\\d\\d', status):
                wrong.append(f'{where}: {status} is not described')
            if int(status) >= 400 and 'application/problem+json' not in response['content']:
                wrong.append(f'{where}: {status} is no problem+json')
        for body in bodies:
            for media in body.get('content', {}).values():
                jsonschema.Draft202012Validator.check_schema(doc.strict(media['schema']))
                for name, example in media.get('examples', {}).items():
                    wrong += [f'{where}: example {name}: {w}' for w in doc.misfit(example['value'], media['schema'])]
    fact(f'{program}: the document is valid, and its examples are', wrong)


class Answer:
    def __init__(self, response, body):
        self.status, self.body = response.status, body
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.type = self.headers.get('content-type', '')


def ask(method, target, headers=None, body=None, host=None):
    connection = http.client.HTTPConnection(address, timeout=120)
    try:
        connection.putrequest(method, target, skip_host=host is not None, skip_accept_encoding=True)
        if host is not None:
            connection.putheader('Host', host)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader('Content-Length', str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        # An event stream has no end: its first event will do.
        if response.getheader('content-type', '').startswith('text/event-stream') and method == 'GET':
            return Answer(response, response.readline() + response.readline() + response.readline())
        return Answer(response, response.read())
    finally:
        connection.close()


def ask_until_served(*request):
    """503 says to ask again: on a busy machine a friend may be late."""
    for _ in range(10):
        answer = ask(*request)
        if answer.status != 503:
            break
        time.sleep(1)
    return answer


def misfit(doc, operation, answer, head=False):
    """What of this answer the document does not describe."""
    if str(answer.status) not in operation['responses']:
        return [f'{answer.status} is not described: {answer.body[:120]!r}']
    response = doc.response(operation, answer.status)
    wrong = [f'{answer.status} has no {name}' for name in response.get('headers', {}) if name.lower() not in answer.headers]
    content = response.get('content', {})
    if not content:
        return wrong + ([f'{answer.status} has a body'] if answer.body else [])
    types = {kind.split(';')[0] for kind in content}
    plain = answer.type.split(';')[0]
    if answer.type not in content and plain not in content and '*/*' not in content:
        return wrong + [f'{answer.status} is {answer.type or "of no type"}, not {" or ".join(types)}']
    if head:
        return wrong + (['a body where HEAD was asked'] if answer.body else [])
    if plain.endswith('json'):
        media = content.get(answer.type) or content[plain]
        wrong += [f'{answer.status}: {w}' for w in doc.misfit(json.loads(answer.body), media['schema'])]
        doc.compare_fields(json.loads(answer.body), media['schema'], operation['operationId'])
    if plain == 'application/problem+json' and json.loads(answer.body).get('status') != answer.status:
        wrong.append(f'{answer.status} says another status')
    return wrong


def real(value):
    text = str(value)
    return facts['ids'].get(text, text)


def request_of(doc, path, operation, changed=None, left_out=(), optional=()):
    """Target, headers and body made of the examples; `changed` overrides parameters by name."""
    changed = changed or {}
    target, query, headers = path, {}, {}
    for one in doc.parameters(operation):
        name = one['name']
        if name in left_out or not (one['required'] or name in changed or name in optional):
            continue
        value = str(changed.get(name, real(one['example'])))
        if one['in'] == 'path':
            target = target.replace('{' + name + '}', urllib.parse.quote(value, safe=''))
        elif one['in'] == 'query':
            query[name] = value
        else:
            headers[name] = value
    if query:
        target += '?' + urllib.parse.urlencode(query)
    body = None
    if 'requestBody' in operation:
        (kind, media), = operation['requestBody']['content'].items()
        example = next(iter(media['examples'].values()))['value']
        body = (example if isinstance(example, str) else json.dumps(example)).encode()
        headers['Content-Type'] = kind
    return target, headers, body


def walk(doc):
    seen = {}

    def tried(operation, what, answer, expected=None, head=False):
        seen.setdefault(operation['operationId'], set()).add(answer.status)
        wrong = misfit(doc, operation, answer, head)
        if expected and answer.status not in expected:
            wrong.append(f'{answer.status} where {expected[0]} was due: {answer.body[:120]!r}')
        return [f'{what}: {w}' for w in wrong]

    # What reads before what changes, so that what the examples name is still there.
    for method, path, operation in sorted(doc.operations(), key=lambda o: (o[0] != 'get', o[0] == 'delete')):
        name = f'{method.upper()} {path}'
        if name in facts['skip']:
            continue
        good = [int(s) for s in operation['responses'] if s[0] == '2']
        upper = method.upper()
        target, headers, body = request_of(doc, path, operation)
        answer = ask(upper, target, headers, body)
        if name in facts['missing'] and answer.status in (404, 405):
            continue
        wrong = tried(operation, 'with its examples', answer, good)
        if method == 'get':
            wrong += tried(operation, 'HEAD', ask('HEAD', target, headers), [answer.status], head=True)
        for one in doc.parameters(operation):
            if one['required']:
                continue
            values = one['schema'].get('enum') or [real(one['example'])]
            for value in values:
                target, headers, body = request_of(doc, path, operation, {one['name']: value})
                wrong += tried(operation, f'{one["name"]}={value}', ask_until_served(upper, target, headers, body), good)
        for changed in facts['also'].get(operation['operationId'], []):
            target, headers, body = request_of(doc, path, operation, changed)
            wrong += tried(operation, str(changed), ask_until_served(upper, target, headers, body), good)
        if 'ETag' in (doc.response(operation, good[0]).get('headers') or {}):
            tag = answer.headers['etag']
            target, headers, _ = request_of(doc, path, operation)
            for known in (tag, f'W/{tag}', f'"other", {tag}', '*'):
                wrong += tried(operation, f'If-None-Match: {known}', ask('GET', target, headers | {'If-None-Match': known}), [304])
        if '206' in operation['responses']:
            target, headers, _ = request_of(doc, path, operation)
            part = ask('GET', target, headers | {'Range': 'bytes=2-5'})
            wrong += tried(operation, 'a range', part, [206])
            wrong += [] if part.body == answer.body[2:6] else ['another range than that of the whole']
        wrong += walk_errors(doc, method, path, operation, tried)
        fact(f'{program}: {name}', wrong)
    return seen


def walk_errors(doc, method, path, operation, tried):
    return [w for kind in (head_errors, parameter_errors, lookup_errors, body_errors) for w in kind(doc, method, path, operation, tried)]


def head_errors(doc, method, path, operation, tried):
    upper, wrong = method.upper(), []
    target, headers, body = request_of(doc, path, operation)
    other = ask('PATCH', target, headers, b'')
    wrong += tried(operation, 'PATCH', other, [405])
    has = {m.upper() for m in doc.root['paths'][path]}
    missing = {name.split(' ')[0] for name in facts['missing'] if name.split(' ')[1] == path}
    if set(other.headers.get('allow', '').split(', ')) | missing != has | missing | ({'HEAD'} if 'GET' in has else set()):
        wrong.append(f'Allow is {other.headers.get("allow")}')
    wrong += tried(operation, 'another Host', ask(upper, target, headers, body, host='rebound.example'), [421])
    wrong += tried(operation, 'no Host', ask(upper, target, headers, body, host=''), [400, 421])
    wrong += tried(operation, 'a large head', ask(upper, target, headers | {'X-Large': 'x' * 20000}, body), [431])
    wrong += tried(operation, '.. in the path', ask(upper, '/..' + target, headers, body), [400])
    wrong += tried(operation, 'as an image of another site',
                   ask(upper, target, headers | {'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors'}, body), [403])
    wrong += tried(operation, 'for another peer', ask(upper, target, headers | {'X-Fragcast-Peer': '0123456789abcdef' * 2}, body), [421])
    if 'X-Fragcast' in headers:
        bare = {k: v for k, v in headers.items() if k != 'X-Fragcast'}
        wrong += tried(operation, 'without X-Fragcast', ask(upper, target, bare, body), [403])
        wrong += tried(operation, 'with another X-Fragcast', ask(upper, target, bare | {'X-Fragcast': '0'}, body), [403])
    if '416' in operation['responses']:
        wrong += tried(operation, 'a range beyond', ask(upper, target, headers | {'Range': 'bytes=99999999999-'}), [416])
    return wrong


def bad_values(schema, in_path):
    if schema.get('pattern', '').startswith('^[0-9a-f]'):
        return ['x', 'g' * 64, '0' * 63, '0' * 65, "'", '\0']
    if 'pattern' in schema:
        return ['', '-', 'a' * 33]
    if schema.get('type') == 'integer' and not in_path:  # in a path it is part of a file's name: 404
        bad = ['-1', 'x', '', '1e3', '9' * 30] + ['0'] * (schema['minimum'] > 0)
        return bad + ([str(schema['maximum'] + 1)] if 'maximum' in schema else [])
    if 'enum' in schema:
        return ['neither']
    return ([] if in_path else ['']) + ['n' * 256] if schema.get('minLength') else []


def parameter_errors(doc, method, path, operation, tried):
    upper, wrong = method.upper(), []
    for one in doc.parameters(operation):
        if one['in'] == 'header':
            continue
        name = one['name']
        # The asset of an event stream is looked at only there.
        more = {'Accept': 'text/event-stream'} if (operation['operationId'], name) == ('events', 'asset') else {}
        for value in bad_values(doc.strict(one['schema']), one['in'] == 'path'):
            target, headers, body = request_of(doc, path, operation, {name: value})
            wrong += tried(operation, f'{name}={value!r}'[:60], ask(upper, target, headers | more, body), [400])
        if one['required'] and one['in'] == 'query':
            target, headers, body = request_of(doc, path, operation, left_out=[name])
            wrong += tried(operation, f'without {name}', ask(upper, target, headers, body), [400])
    return wrong


def lookup_errors(doc, method, path, operation, tried):
    """What nobody has, and what fits several."""
    upper, wrong = method.upper(), []
    parameters = {one['name']: one for one in doc.parameters(operation)}

    def named(name):
        if 'name' in parameters:
            target, headers, _ = request_of(doc, path, operation, {'name': name})
            return ask(upper, target, headers)
        if 'requestBody' not in operation:
            target, headers, body = request_of(doc, path, operation, {'id': name})
            return ask(upper, target, headers, body)
        target, headers, _ = request_of(doc, path, operation)
        (media,) = operation['requestBody']['content'].values()
        by_name = 'name' in doc.strict(media['schema'])['properties']
        return ask(upper, target, headers, json.dumps({'name': name} if by_name else {'job': 10**6}).encode())

    if '404' in operation['responses'] and 'id' in parameters:
        nothing = 'f' * len(real(parameters['id']['example']))
        target, headers, body = request_of(doc, path, operation, {'id': nothing})
        wrong += tried(operation, 'an id that nobody has', ask(upper, target, headers, body), [404])
    elif '404' in operation['responses']:
        wrong += tried(operation, 'a name that nobody has', named('nobody has this'), [404])
    for index in ('99999', '-1', 'x', '') if 'index' in parameters else ():
        target, headers, body = request_of(doc, path, operation, {'index': index})
        wrong += tried(operation, f'fragment {index}', ask(upper, target, headers, body), [404])
    if '409' in operation['responses']:
        answer = named('twice')
        wrong += tried(operation, 'a name that fits two', answer, [409])
        if answer.status == 409 and len(json.loads(answer.body).get('candidates', [])) != 2:
            wrong.append('409 does not list both')
    return wrong


def body_errors(doc, method, path, operation, tried):
    upper, wrong = method.upper(), []
    target, headers, _ = request_of(doc, path, operation)
    if '411' in operation['responses']:
        wrong += tried(operation, 'no length', ask(upper, target, headers), [411])
    if '422' in operation['responses']:
        wrong += tried(operation, 'an empty file', ask(upper, target, headers, b''), [422])
    if 'application/json' not in operation.get('requestBody', {}).get('content', {}):
        return wrong
    for bad in (b'', b'{', b'[]', b'"x"', b'{"name":7,"max_upload":"fast","fragments":7,"job":"x"}', b'\xff\xfe', b'[' * 50000):
        if bad or operation['requestBody']['required']:
            wrong += tried(operation, f'the body {bad[:20]!r}', ask(upper, target, headers, bad), [400])
    return wrong + tried(operation, 'a large body', ask(upper, target, headers, b' ' * 70000), [413])


def check_paging(doc):
    """By pages of one the lists bring what they bring whole."""
    for method, path, operation in doc.operations():
        if method != 'get' or 'after' not in {one['name'] for one in doc.parameters(operation)}:
            continue
        target, headers, _ = request_of(doc, path, operation)
        whole = json.loads(ask('GET', target, headers).body)
        key = next(name for name, value in whole.items() if isinstance(value, list))
        ids, after = [], None
        for _ in range(len(whole[key]) + 2):
            t, h, _ = request_of(doc, path, operation, {'limit': 1} | ({'after': after} if after else {}))
            page = json.loads(ask('GET', t, h).body)
            ids += [one['id'] for one in page[key]]
            after = page['next']
            if not after:
                break
        wrong = [] if ids == sorted(one['id'] for one in whole[key]) and len(ids) > 1 else [f'{len(ids)} of {len(whole[key])}']
        fact(f'{program}: {path} by pages', wrong + (['the whole has a next'] if whole['next'] else []))


def check_fields(doc):
    """The other way round: what the document describes was in an answer. (misfit() looks for what it does not describe.)"""
    for method, path, operation in doc.operations():
        for status in operation['responses']:
            for kind, media in doc.response(operation, status).get('content', {}).items():
                if kind.split(';')[0].endswith('json'):
                    doc.compare_fields(None, media['schema'], operation['operationId'])
    never = doc.described - doc.answered
    fact(f'{program}: each of the {len(doc.described)} fields that it describes was in an answer', sorted(never - set(facts['rare'])))
    fact(f'{program}: and no field is called rare that is not', sorted(set(facts['rare']) & doc.answered))


def self_test():
    """This test can fail: what the document does not describe is found."""
    doc = Document(json.dumps({'paths': {}, 'components': {'schemas': {'A': {'type': 'object', 'required': ['a'], 'properties': {
        'a': {'type': 'integer'}}}}}}))
    schema = {'allOf': [{'$ref': '#/components/schemas/A'}, {'type': 'object', 'properties': {'b': {'type': 'string'}}}]}
    assert not doc.misfit({'a': 1, 'b': ''}, schema)
    for value in ({}, {'a': ''}, {'a': 1, 'c': 1}, {'a': 1, 'b': 2}, []):
        assert doc.misfit(value, schema), value
    doc.compare_fields({'a': 1}, schema, 'x')
    assert (doc.described, doc.answered) == ({'A.a', 'x.b'}, {'A.a'})


program, url, facts = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
address = urllib.parse.urlsplit(url).netloc
self_test()
document = Document(ask('GET', '/openapi.json').body)
check_document(document)
answers = walk(document)
check_paging(document)
check_fields(document)
nowhere = ask('GET', '/api/v1/nothing')
fact(f'{program}: no such route', [] if nowhere.status == 404 and nowhere.type == 'application/problem+json' else [str(nowhere.status)])
sys.exit(failures > 0)
