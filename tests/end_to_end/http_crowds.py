"""Crowds at the HTTP of a real peer: slow clients and held requests; run by http_safety_test.sh."""
import os
import select
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from http_probe import Program, examine, fact, finish, read_answer, until  # noqa: E402

peer, thin = Program(os.environ["PEER"]), Program(os.environ["THIN"])
ASSET, FILE = os.environ["ASSET"], os.environ["FILE"]
SIZE = os.path.getsize(os.environ["BYTES"])
CHANGE = ("X-Fragcast", "1")


def resident_mib():
    status = open(f"/proc/{os.environ['PEER_PID']}/status").read()
    return int(status.split("VmRSS:")[1].split()[0]) >> 10


def latencies(program, times):
    """Of whole requests, each over a connection of its own [s]."""
    taken = []
    for _ in range(times):
        began = time.monotonic()
        status = program.ask("GET", "/api/v1/info").status
        taken.append(time.monotonic() - began)
        if status != 200:
            raise OSError(f"status {status}")
    return sorted(taken)


def slow_client(number):
    """Half a head, half a body, or a large answer that is not read."""
    sock = peer.connect(source=f"127.0.0.{2 + number % 50}")
    if number % 10 == 8:
        sock.sendall(peer.head("POST", "/api/v1/fetch", [CHANGE, ("Content-Length", "60000")]) + b"x")
    elif number % 10 == 9:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(peer.head("GET", f"/content/{FILE}"))
    else:
        sock.sendall(b"GET /api/v1/info HTTP/1.1\r\nHost: 127.0")
    return sock


def going_on(sock):
    """Whether it is still open: nothing to read, or bytes."""
    readable = select.select([sock], [], [], 0)[0]
    return not readable or sock.recv(1 << 20) != b""


class Downloads(threading.Thread):
    """Takes the whole file again and again, until it is told to stop. Who takes nothing for 250 ms while room is short
    is cut (HTTP.md), as this one is where the machine gives it no time; as a player it goes on with a Range."""

    def __init__(self):
        super().__init__()
        self.whole, self.cuts, self.wrong, self.stopping = 0, 0, "", False

    def run(self):
        with open(os.environ["BYTES"], "rb") as file:
            wanted = file.read()
        taken = b""
        while not self.stopping and not self.wrong:
            try:
                answer = peer.ask("GET", f"/content/{FILE}", [("Range", f"bytes={len(taken)}-")])
            except OSError:
                self.cuts += 1
                continue
            if answer.status != 206:
                self.wrong = f"a download from byte {len(taken)} on: {answer.status}"
            taken += answer.body
            if not wanted.startswith(taken):
                self.wrong = "a download has other bytes"
            elif len(taken) == SIZE:
                self.whole, taken = self.whole + 1, b""
            else:
                self.cuts += 1


def ten_thousand():
    before, memory = latencies(peer, 50), resident_mib()
    events = peer.connect()
    events.sendall(peer.head("GET", "/api/v1/events", [("Accept", "text/event-stream")]))
    downloads = Downloads()
    downloads.start()
    crowd, during, beginning = [], [], time.monotonic()
    try:
        for number in range(10_000):
            crowd.append(slow_client(number))
            if number % 250 == 249:
                during += latencies(peer, 1)
                going_on(events) or (yield f"the event stream ended after {number}")
        arrived = time.monotonic() - beginning
        for sock in crowd[-500:]:  # and now a byte at a time
            try:
                sock.send(b"x")
            except OSError:
                pass
        during += latencies(peer, 50)
        grown = resident_mib() - memory
        until(5, lambda: downloads.whole >= 2 or downloads.wrong)
    except OSError as error:
        yield f"after {len(crowd)} connections: {error}"
        return
    finally:
        downloads.stopping = True
        downloads.join()
        for sock in [*crowd, events]:
            sock.close()
    during.sort()
    middle, worst = during[len(during) // 2] * 1e3, during[-1] * 1e3
    print(f"a request beside 10,000 slow connections (they came within {arrived:.1f} s): median {middle:.1f} ms, worst "
          f"{worst:.1f} ms; before: median {before[25] * 1e3:.1f} ms, worst {before[-1] * 1e3:.1f} ms; {grown} MiB more resident; "
          f"{downloads.whole} downloads of {SIZE >> 20} MiB meanwhile, cut {downloads.cuts} times")
    if downloads.wrong or downloads.whole < 2:
        yield downloads.wrong or f"{downloads.whole} downloads came to their end"
    # On a busy machine they wait without a crowd as well.
    if middle > max(100, 20 * before[25] * 1e3) or worst > max(3000, 20 * before[-1] * 1e3):
        yield f"others wait: {middle:.0f} ms, at worst {worst:.0f} ms"
    if grown > 400:
        yield f"{grown} MiB more resident"


def a_thousand_held():
    if thin.ask("GET", f"/hls/{ASSET}/index.m3u8").status != 200:
        yield "no manifest"
        return
    held, refused, waiting, before = [], 0, {}, latencies(thin, 20)[10]
    for number in range(1000):
        sock = thin.connect()
        sock.sendall(thin.head("GET", f"/content/{FILE}?v=viewer{number}", [("Range", f"bytes={number * 9000}-")]))
        waiting[sock.fileno()] = sock
        held.append(sock)
    poll = select.poll()
    for sock in held:
        poll.register(sock, select.POLLIN)

    def all_refused():
        nonlocal refused
        for fd, _ in poll.poll(0):
            answer = read_answer(waiting[fd], whole=False)  # a first chunk may have come
            poll.unregister(fd)
            examine(f"/content/{FILE} held, of too many", answer)
            refused += answer.status == 503 and answer.headers.get("retry-after") == "1"
        return refused >= 400
    # Those who were served a first chunk made room for others meanwhile; there are few chunks.
    if not until(3, all_refused):
        yield f"{refused} of 1,000 were refused, not about 488"
    try:
        during = latencies(thin, 20)
        middle, worst = during[10], during[-1]
        print(f"a request beside 512 held ones: median {middle * 1e3:.1f} ms, worst {worst * 1e3:.1f} ms")
        # One may wait for the processor where the machine is busy; none for those who are held, for 25 s.
        if middle > max(1, 20 * before) or worst > 15:
            yield f"others wait: {middle:.1f} s, at worst {worst:.1f} s"
    except OSError as error:
        yield f"others are not served: {error}"
    for sock in held:
        sock.close()
    # Room again, as soon as those are gone: held, not refused.
    def room():
        with thin.connect() as sock:
            sock.sendall(thin.head("GET", f"/content/{FILE}"))
            return not select.select([sock], [], [], 0.3)[0] or read_answer(sock, whole=False).status == 200
    if not until(5, room):
        yield "and stays full when they have left"


fact("10,000 slow connections: others are served as before, streams and downloads go on", ten_thousand())
fact("1,000 held requests: 512 wait, the oldest others get 503, and others are served", a_thousand_held())
finish()
