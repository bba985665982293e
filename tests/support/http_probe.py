"""A client in raw bytes, and the facts that every answer of ours must fulfil (HTTP.md, "Safety")."""
import json
import re
import socket
import sys
import time

failures = 0
wrong = []  # what answers lacked: each said once, at the end


def fact(what, reasons=()):
    """Prints PASS, or FAIL with the first of the reasons; a connection that breaks is one, and the next fact is tried."""
    global failures
    found = []
    try:
        found.extend(reasons)
    except OSError as broken:
        found.append(f"{broken!r}, line {sys.exc_info()[2].tb_next.tb_lineno}")
    reasons = found
    failures += bool(reasons)
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    print(f"FAIL http: {what}: {reasons[0]}{more}" if reasons else f"PASS http: {what}", flush=True)


def until(seconds, condition):
    """Seconds: what it may take where nothing else runs; it is waited for a minute longer."""
    end = time.monotonic() + seconds + 60
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body.decode("utf-8"))


class Program:
    """One server, asked over connections of their own."""

    def __init__(self, url):
        host, port = url.removeprefix("http://").rsplit(":", 1)
        self.address = (host, int(port))

    def connect(self, source=None, timeout=120):
        sock = socket.socket()
        sock.settimeout(timeout)
        if source:
            sock.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            sock.bind((source, 0))
        sock.connect(self.address)
        return sock

    def head(self, method, target, headers=(), host=None):
        """Headers as pairs; host: another than ours, '' for an empty one, None for ours."""
        target = target if isinstance(target, bytes) else target.encode()
        lines = [method.encode() + b" " + target + b" HTTP/1.1"]
        if not any(name == "Host" for name, _ in headers):
            lines.append(b"Host: " + (host if host is not None else "%s:%d" % self.address).encode())
        lines += [name.encode() + b": " + value.encode() for name, value in headers]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def ask(self, method, target, headers=(), body=b"", host=None, timeout=120):
        headers = list(headers)
        if body or method in ("POST", "PUT"):
            headers.append(("Content-Length", str(len(body))))
        with self.connect(timeout=timeout) as sock:
            sock.sendall(self.head(method, target, headers, host) + body)
            answer = read_answer(sock, method)
        examine(f"{method} {target!r:.160}", answer)
        return answer


def read_answer(sock, method="GET", whole=True):
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = sock.recv(65536)
        if not piece:
            return Answer(0, {}, raw)
        raw += piece
    head, body = raw.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
    status = int(lines[0].split()[1])
    if not whole and status < 300:
        return Answer(status, headers, body)
    if headers.get("transfer-encoding") == "chunked":
        if not headers.get("content-type", "").startswith("text/event-stream"):
            body = unchunked(sock, body)
        return Answer(status, headers, body)
    length = 0 if method == "HEAD" or status == 304 else int(headers.get("content-length", 0))
    while len(body) < length:
        piece = sock.recv(65536)
        if not piece:
            break
        body += piece
    return Answer(status, headers, body)


def unchunked(sock, raw):
    """The body that comes in chunks; so far as it came, if it ends before."""
    body = b""
    while True:
        while b"\r\n" not in raw:
            piece = sock.recv(65536)
            if not piece:
                return body
            raw += piece
        line, raw = raw.split(b"\r\n", 1)
        size = int(line.split(b";")[0], 16)
        while len(raw) < size + 2:
            piece = sock.recv(65536)
            if not piece:
                return body + raw
            raw += piece
        if size == 0:
            return body
        body, raw = body + raw[:size], raw[size + 2:]


POLICY = ("default-src 'self'; media-src 'self' blob:; img-src 'self' data:; frame-ancestors 'none'; "
          "base-uri 'none'; form-action 'none'")


SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PLAYER_SANDBOX = SANDBOX.replace("sandbox; default-src 'none'", "sandbox allow-same-origin; default-src 'none'; media-src 'self'")


def policy_of(what, answer):
    """An asset's bytes have one of their own."""
    bytes_of_asset = re.search(r"/content/|/hls/[^/]*/[^/]*\.(mp4|m4s)|/fragments/\d", what)
    if not bytes_of_asset or answer.status not in (200, 206, 304):
        return POLICY
    return PLAYER_SANDBOX if answer.headers.get("content-type", "video/").startswith("video/") else SANDBOX


def examine(what, answer):
    """What every route and every error owes."""
    headers = answer.headers
    expected = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
                "cross-origin-resource-policy": "same-origin", "content-security-policy": policy_of(what, answer)}
    for name, value in expected.items():
        if headers.get(name) != value:
            wrong.append(f"{what}: {answer.status} with {name}: {headers.get(name)}")
    wrong.extend(f"{what}: {name}" for name in headers if name.startswith("access-control-"))
    if answer.status < 400 or not answer.body:
        return
    try:
        body = answer.json()
        ok = body["status"] == answer.status and body["title"] and body["detail"]
    except (ValueError, KeyError, TypeError):
        ok = False
    if not ok or headers.get("content-type") != "application/problem+json":
        wrong.append(f"{what}: {answer.status} is no problem+json: {answer.body[:60]!r}")


def finish():
    fact("every answer above has the safety headers, none of CORS, and errors are problem+json", wrong)
    sys.exit(failures > 0)
