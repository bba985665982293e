"""Attacks on the HTTP of a real peer and bus; run by http_safety_test.sh, which sets the environment."""
import json
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from http_probe import Program, examine, fact, finish, read_answer, until  # noqa: E402

peer, viewer, bus = (Program(os.environ[name]) for name in ("PEER", "VIEWER", "BUS"))
ASSET, FILE, STORE = (os.environ[name] for name in ("ASSET", "FILE", "STORE"))
CHANGE = ("X-Fragcast", "1")
NOBODY = "0" * 64

READING = ["/", "/app.js", "/app.css", "/hls.js", "/icon.svg", "/healthz", "/readyz", "/metrics", "/openapi.json",
           "/docs", "/docs/", "/api/v1/info", "/api/v1/assets", f"/api/v1/assets/{ASSET}", "/api/v1/peers",
           f"/api/v1/assets/{ASSET}/fragments", f"/api/v1/assets/{ASSET}/fragments/0.mp4", f"/api/v1/peers/{'1' * 32}",
           "/api/v1/directory", "/api/v1/locate?name=film", "/api/v1/events", "/api/v1/search?q=film",
           "/api/v1/limits", "/api/v1/why?name=film", f"/hls/{ASSET}/index.m3u8", f"/hls/{ASSET}/media.m3u8",
           f"/hls/{ASSET}/init.mp4", f"/hls/{ASSET}/0.m4s", f"/content/{ASSET}", f"/content/{FILE}",
           "/nothing", "/api/v2/info", "/%2e%2e", "/a%00b"]
CHANGING = [("POST", "/api/v1/assets?name=forged"), ("POST", "/api/v1/fetch"), ("POST", "/api/v1/refresh"),
            ("POST", "/api/v1/verify"), ("POST", "/api/v1/drain"), ("PUT", "/api/v1/limits"),
            ("DELETE", f"/api/v1/assets/{ASSET}"), ("DELETE", f"/api/v1/assets/{FILE}")]


def held_of(program):
    return {a["id"]: a["here"] for a in program.ask("GET", "/api/v1/assets").json()["assets"]}


def forged_hosts():
    hosts = ["evil.example", f"evil.example:{peer.address[1]}", "127.0.0.1.evil.example", "localhost.evil.example",
             "evil.example\\@127.0.0.1", "2130706433", "0x7f000001", "127.1", "", "[::1", "[evil.example]", "localhost:80x"]
    for program in (peer, bus):
        for path in READING:
            for host in hosts[:3] if path != "/api/v1/info" else hosts:
                answer = program.ask("GET", path, host=host)
                if answer.status != 421 or b"film" in answer.body:
                    yield f"GET {path} with Host {host!r}: {answer.status}"
        for method, path in CHANGING:
            if (got := program.ask(method, path, [CHANGE], host=hosts[0]).status) != 421:
                yield f"{method} {path}: {got}"
        for headers in ([("Host", "127.0.0.1"), ("Host", "evil.example")], [("Host", "evil.example"), ("Host", "127.0.0.1")]):
            if (got := program.ask("GET", "/api/v1/info", headers).status) != 400:
                yield f"two hosts: {got}"
        # A target with a host in it must not stand in for the header.
        for target in ("http://evil.example/api/v1/info", "http://127.0.0.1/api/v1/info", "*"):
            if (got := program.ask("GET", target).status) != 400:
                yield f"GET {target}: {got}"


def cross_site():
    before = held_of(peer), peer.ask("GET", "/api/v1/limits").body
    body = b'{"name":"film","max_upload":1}'
    forms = [("Content-Type", "text/plain")], [("Content-Type", "application/x-www-form-urlencoded"), ("X-Fragcast", "0")]
    foreign = [("Origin", "http://evil.example")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")], \
        [("Sec-Fetch-Site", "same-site"), ("Origin", f"http://127.0.0.1:{viewer.address[1]}")]
    for method, path in CHANGING:
        absent = peer.ask(method, path, [CHANGE, *foreign[0]]).status in (404, 405)
        for headers in [*forms, *([CHANGE, *f] for f in foreign)]:
            got = peer.ask(method, path, headers, body).status
            if got != 403 and not (absent and got in (404, 405)):
                yield f"{method} {path} with {headers}: {got}"
        got = peer.ask("OPTIONS", path, [("Origin", "http://evil.example"), ("Access-Control-Request-Method", method),
                                         ("Access-Control-Request-Headers", "x-fragcast")]).status
        if got not in (403, 404, 405):
            yield f"OPTIONS {path}: {got}"
        got = peer.ask("GET", path).status
        if got != 405 and "assets" not in path and "limits" not in path and not absent:
            yield f"GET {path}: {got}"
    if (held_of(peer), peer.ask("GET", "/api/v1/limits").body) != before:
        yield "something changed"


def traversal():
    evil = ["..", ".", "%2e%2e", "%2E%2e", "..%2f..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "a%2fb", "%00", f"{ASSET}%00",
            "%c0%ae%c0%ae%c0%af", "%ff%fe", "%", "%z1", "%2", "..%5c..%5cx", "%5c", "CON", "%0d%0aX-Evil:%201", "%7f",
            "....", "~", "store.lock", "A" * 5000, "%41" * 3000, "%252e%252e%252f", "-1", "0x0", "18446744073709551616"]
    raw = [b"/\xff\xfe", b"/content/\xc3(", b"/..", b"/../etc/passwd", b"/content/../../etc/passwd", b"/a\x01b", b"//etc/passwd",
           b"/hls//index.m3u8", b"/./"]
    places = ["/{}", "/{}/app.js", "/docs/{}", "/content/{}", "/hls/{}/index.m3u8", "/hls/{}/0.m4s", f"/hls/{ASSET}/{{}}", f"/hls/{ASSET}/{{}}.m4s",
              "/api/v1/assets/{}", "/api/v1/assets/{}/fragments", f"/api/v1/assets/{ASSET}/fragments/{{}}",
              f"/api/v1/assets/{ASSET}/fragments/{{}}.mp4", "/api/v1/peers/{}", f"/content/{ASSET}?v={{}}", f"/content/{ASSET}?download={{}}", f"/hls/{ASSET}/index.m3u8?v={{}}",
              "/api/v1/events?from={}", "/api/v1/locate?name=film&fragment={}", "/api/v1/locate?name=film&via={}",
              "/api/v1/assets?limit={}", "/api/v1/assets?after={}", "/api/v1/peers?limit=1&after={}", "/api/v1/search?q=f&limit={}"]
    for place in places:
        for value in evil:
            answer = peer.ask("GET", place.format(value), [("Accept", "application/json")])
            viewer_name = place.endswith("?v={}") and value.isalnum() and len(value) <= 32
            if not (400 <= answer.status < 500 or viewer_name):
                yield f"GET {place.format(value)[:90]}: {answer.status}"
    for target in raw:
        if not 400 <= (got := peer.ask("GET", target).status) < 500:
            yield f"GET {target}: {got}"
    for place in ("/api/v1/search?q={}", "/api/v1/why?name={}", "/api/v1/locate?via=local&name={}"):
        for value in evil:
            answer = peer.ask("GET", place.format(value))
            if not (400 <= answer.status < 500 or (answer.status == 200 and (b'"assets":[]' in answer.body or value in (".", "-1")))):
                yield f"GET {place.format(value)[:90]}: {answer.status}"
    bodies = [b"", b"{", b"[]", b"[" * 60000, b'{"name":5}', b'{"name":"../../etc/passwd"}', b'{"name":"a\\u0000b"}', b'{"name":"\xff\xfe"}',
              b'{"name":"film","fragments":"../0"}', b'{"name":"film","fragments":"0-99999999999"}', b'{"name":"' + b"A" * 5000 + b'"}', b"\0" * 100]
    for path in ("/api/v1/fetch", "/api/v1/verify"):
        for body in bodies:
            # It knows no fragments, as any field that it does not know: the film is verified.
            if path.endswith("verify") and (body == b"" or b"fragments" in body):
                continue
            if not 400 <= (got := peer.ask("POST", path, [CHANGE], body).status) < 500:
                yield f"POST {path} {body[:60]}: {got}"


def ranges():
    data = open(os.environ["BYTES"], "rb").read()
    size = len(data)
    part = lambda a, b: (206, data[a:b])
    whole, beyond = (200, data), (416, None)
    rows = {
        "bytes=0-0": part(0, 1), "bytes=0-": part(0, size), "bytes=-1": part(size - 1, size), f"bytes=-{size}": part(0, size),
        f"bytes=-{size + 5}": part(0, size), f"bytes={size - 1}-": part(size - 1, size), f"bytes=5-{size * 9}": part(5, size),
        f"bytes=262140-262150": part(262140, 262151), "Bytes=1-2": part(1, 3), "bytes= 1-2": part(1, 3), "bytes=00001-2": part(1, 3),
        f"bytes=1-{'9' * 40}": part(1, size),
        f"bytes={size}-": beyond, f"bytes={size}-{size + 1}": beyond, "bytes=-0": beyond, f"bytes={'9' * 40}-": beyond,
        "bytes=": whole, "bytes=-": whole, "bytes=5": whole, "bytes=5-4": whole, "bytes=a-b": whole, "bytes=1-2,4-5": whole,
        "bytes=1--2": whole, "bytes=--2": whole, "bytes=+1-2": whole, "bytes=0x1-2": whole, "bytes=1-2-3": whole, "items=1-2": whole,
        "bytes": whole, "": whole, "bytes=1-2;q=1": whole, "bytes=" + "0-0," * 2000: whole, "bytes=1.5-2": whole, "=1-2": whole,
    }
    for header, (status, body) in rows.items():
        answer = peer.ask("GET", f"/content/{FILE}", [("Range", header)])
        said = answer.headers.get("content-range")
        if answer.status != status or (body is not None and answer.body != body):
            yield f"{header[:40]!r}: {answer.status}, {len(answer.body)} bytes"
        elif status == 416 and said != f"bytes */{size}":
            yield f"{header!r}: Content-Range {said}"
        elif status == 206 and not said.endswith(f"/{size}"):
            yield f"{header!r}: Content-Range {said}"
        head = peer.ask("HEAD", f"/content/{FILE}", [("Range", header)])
        if head.status != answer.status or head.headers.get("content-length") != answer.headers.get("content-length"):
            yield f"HEAD {header[:40]!r}: {head.status}"


def endless_body(program, target, framed):
    """How many bytes a program takes of a body that does not end, before it hangs up."""
    headers = [CHANGE, ("Transfer-Encoding", "chunked") if framed else ("Content-Length", str(1 << 50))]
    sent = 0
    with program.connect() as sock:
        sock.sendall(program.head("POST", target, headers))
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n" if framed else b"x" * 65536
        try:
            while sent < 200 << 20:
                sent += sock.send(piece)
        except OSError:
            pass
    return sent


def endless_bodies():
    for program in (peer, bus):
        for target in ("/api/v1/fetch", "/api/v1/info", "/nothing"):
            for framed in (True, False):
                if (sent := endless_body(program, target, framed)) > 40 << 20:
                    yield f"{target}, chunked {framed}: took {sent >> 20} MiB"
        if (got := program.ask("GET", "/api/v1/info").status) != 200:
            yield f"and then {got}"
    with peer.connect() as sock:
        sock.sendall(peer.head("POST", "/api/v1/fetch", [CHANGE, ("Content-Length", str(1 << 50))]))
        answer = read_answer(sock)
        examine("a petabyte announced", answer)
        if answer.status != 413:
            yield f"a petabyte announced: {answer.status}"


def forged_uploads():
    """What another site's page could send, and names that would lead elsewhere: nothing is published."""
    listed = held_of(peer)
    form = [("Content-Type", "multipart/form-data; boundary=b")]
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nx\r\n--b--\r\n'
    for headers in (form, [CHANGE, ("Origin", "http://evil.example")], [CHANGE, ("Sec-Fetch-Site", "cross-site")], [("X-Fragcast", "0")]):
        if (got := peer.ask("POST", "/api/v1/assets?name=forged", headers, body).status) != 403:
            yield f"with {headers}: {got}"
    for name in ("../../x", "..%2F..%2Fx", "%2Fetc%2Fpasswd", "..", ".", "", "a%2fb", "a%00b", "a%0Ab", "%ff%fe", "%C2%85", "n" * 256, "%"):
        if (got := peer.ask("POST", f"/api/v1/assets?name={name}", [CHANGE], b"x").status) != 400:
            yield f"name={name[:40]}: {got}"
    if (got := peer.ask("PUT", "/api/v1/assets?name=a", [CHANGE], b"x").status) != 405:
        yield f"PUT: {got}"
    if held_of(peer) != listed:
        yield "something was published"
    # A name that would be harmful as a path is none here: slug and digits make the folder.
    answer = peer.ask("POST", "/api/v1/assets?name=..%5C..%5C%24(reboot)%20%3Cb%3E", [CHANGE], b"harmless")
    if answer.status != 201 or answer.json()["name"] != "..\\..\\$(reboot) <b>":
        yield f"a strange name: {answer.status}"


def endless_uploads():
    """A disk of 64 MiB: what would not fit is refused before its body, and one without end when half of it is full."""
    small = Program(os.environ["SMALL"])
    with small.connect() as sock:
        sock.sendall(small.head("POST", "/api/v1/assets?name=large", [CHANGE, ("Content-Length", str(40 << 20))]))
        answer = read_answer(sock)
        if answer.status != 507 or b"no room" not in answer.body:
            yield f"40 MiB announced: {answer.status}"
    with small.connect() as sock:
        sock.sendall(small.head("POST", "/api/v1/assets?name=large", [CHANGE, ("Content-Length", str(1 << 50))]))
        if (got := read_answer(sock).status) != 413:
            yield f"a petabyte announced: {got}"
    sent = endless_body(small, "/api/v1/assets?name=endless", True)
    if not 8 << 20 < sent < 80 << 20:
        yield f"took {sent >> 20} MiB"
    if small.ask("GET", "/healthz").status != 200 or held_of(small):
        yield "it does not answer, or has something"
    if not until(10, lambda: not os.listdir(os.path.join(os.environ["SMALL_STORE"], "incoming"))):
        yield "something is left"
    if (got := small.ask("POST", "/api/v1/assets?name=fits", [CHANGE], b"x" * 1000000).status) != 201:
        yield f"and then one that fits: {got}"


def killed_upload():
    """kill -9 with half of a body on disk: the next start begins without it."""
    pid = int(os.environ["DOOMED_PID"])
    doomed, incoming = Program(os.environ["DOOMED"]), os.path.join(os.environ["DOOMED_STORE"], "incoming")
    with doomed.connect() as sock:
        sock.sendall(doomed.head("POST", "/api/v1/assets?name=half", [CHANGE, ("Content-Length", "6000000")]))
        sock.sendall(b"x" * 3000000)
        written = lambda: sum(os.path.getsize(os.path.join(folder, f)) for folder, _, names in os.walk(incoming) for f in names)
        if not until(10, lambda: written() == 3000000):
            yield "its bytes do not reach the disk"
        os.kill(pid, 9)


def begun_upload(name, framed):
    """A connection that a peer has told to go on; one that is still busy with what was cut before is asked again."""
    headers = [CHANGE, ("Expect", "100-continue"), ("Transfer-Encoding", "chunked") if framed else ("Content-Length", "6000000")]
    end = time.monotonic() + 60
    while True:
        sock = peer.connect()
        sock.sendall(peer.head("POST", f"/api/v1/assets?name={name}", headers))
        status = read_answer(sock, whole=False).status
        if status != 503 or time.monotonic() > end:
            return sock, status
        sock.close()
        time.sleep(0.02)


def cut_uploads():
    """A body that ends early: nothing may be left of it, neither listed nor on disk."""
    def files():
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(STORE) for name in names)
    listed, before = held_of(peer), files()
    for hard in (False, True):
        for framed in (False, True):
            sock, status = begun_upload(f"half{hard}{framed}", framed)
            with sock:
                if status != 100:
                    yield f"chunked {framed}: {status} where it should go on"
                    continue
                sock.sendall(b"2dc6c0\r\n" + b"x" * 3000000 + b"\r\n" if framed else b"x" * 3000000)
                if hard:  # a reset instead of an end
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if not until(10, lambda: files() == before):
        yield f"left on disk: {sorted(set(files()) - set(before))[:3]}"
    if held_of(peer) != listed:
        yield "it is listed"


fact("a forged Host gets 421 on every route, known or not, of peer and bus", forged_hosts())
fact("another site's page changes nothing, and learns of no method", cross_site())
fact("no path, parameter or body leaves its place", traversal())
fact("every kind of range, good and bad, HEAD alike", ranges())
fact("a body without end is cut", endless_bodies())
fact("no upload by another site, or under a name that leads elsewhere", forged_uploads())
fact("an upload cut off halfway leaves nothing", cut_uploads())
if "SMALL" in os.environ:
    fact("an upload without end, or too large for the disk, is refused and leaves nothing", endless_uploads())
else:
    print("SKIP http: uploads that fill a disk: may not mount a tmpfs here")
fact("an upload is under way when its peer is killed", killed_upload())
for path in READING:
    for program in (peer, bus):
        answer = program.ask("HEAD" if "events" in path else "GET", path)
        if answer.status >= 500:
            fact("no route fails", [f"GET {path}: {answer.status}"])
finish()
