#!/usr/bin/env python3
"""What aria2 needs to be a crowd: a torrent of one file, and a tracker that names every node to every other.

  crowd_rival.py torrent FILE TRACKER_URL OUT     writes OUT, in pieces of 256 KiB
  crowd_rival.py track PORT HOST:PORT...          answers announces until it is killed
"""
import hashlib
import http.server
import os
import socket
import sys

PIECE = 256 * 1024


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    return b"d" + b"".join(bencode(k) + bencode(value[k]) for k in sorted(value)) + b"e"


def torrent(path, url, out):
    pieces = b""
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            pieces += hashlib.sha1(piece).digest()
    info = {"name": os.path.basename(path), "length": os.path.getsize(path), "piece length": PIECE, "pieces": pieces}
    with open(out, "wb") as file:
        file.write(bencode({"announce": url, "info": info}))


def track(port, nodes):
    peers = b"".join(socket.inet_aton(h) + int(p).to_bytes(2, "big") for h, p in (n.rsplit(":", 1) for n in nodes))
    answer = bencode({"interval": 1, "min interval": 1, "peers": peers})

    class Announce(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Announce)
    server.request_queue_size = 128
    server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "torrent":
        torrent(*sys.argv[2:])
    elif len(sys.argv) > 3 and sys.argv[1] == "track":
        track(int(sys.argv[2]), sys.argv[3:])
    else:
        sys.exit(__doc__)
