"""Raw TCP clients that shake hands as ZMTP 3.0 has it, then write as fast as the other end takes it, and are back at
once when they are cut. Reads nothing after the handshake.

  flood.py dial PORT TYPE SHAPE CLIENTS SECONDS     TYPE: what we claim to be (DEALER, PUB, SUB)
  flood.py listen TYPE SHAPE SECONDS                whoever dials us; says "port N" first

SECONDS count from the sixth connection of clients, the first of whom dials us; "begun" is said then. Without it, 2 minutes.
SHAPE: small, empty, pings, endless (a message without end), chunks (of 256 KiB), subscriptions. Ends with "CONNECTIONS MIB"."""
import multiprocessing, resource, socket, struct, sys, threading, time

BLOCK = 64 << 10
GREETING = b'\xff' + bytes(7) + b'\x01\x7f\x03\x00' + b'NULL'.ljust(20, b'\0') + bytes(32)


def ready(kind):
    body = b'\x05READY\x0bSocket-Type' + struct.pack('>I', len(kind)) + kind
    return b'\x04' + bytes([len(body)]) + body


def frame(body, more=False):
    return (bytes([int(more), len(body)]) + body if len(body) < 256 else bytes([2 + int(more)]) + struct.pack('>Q', len(body)) + body)


def block(shape, number):
    one = {
        'small': frame(b'topic', True) + frame(b'hello'),
        'empty': frame(b''),
        'pings': frame(b'topic', True) + frame(b'hello') + b'\x04\x07\x04PING\0\0',
        'endless': frame(b'hello', True),
        'chunks': frame(b'topic', True) + frame(bytes(256 << 10)),
    }.get(shape)
    if one:
        return one * max(1, BLOCK // len(one))
    return b''.join(frame(b'\x01%d.%d' % (number, i)) for i in range(4000))  # subscriptions


class Flood:
    def __init__(self, kind, shape, seconds):
        self.kind, self.shape, self.seconds = kind.encode(), shape, seconds
        self.begins_at = 6 if sys.argv[1] == 'dial' else 1
        self.end = multiprocessing.Value('d', time.monotonic() + 120)
        self.connections, self.bytes = multiprocessing.Value('q', 0), multiprocessing.Value('q', 0)

    def left(self):
        return self.end.value - time.monotonic()

    def begin(self):
        self.end.value = time.monotonic() + self.seconds
        print('begun', flush=True)

    def one(self, sock, what):
        sock.sendall(GREETING + ready(self.kind))
        heard = 0
        while heard <= 64:
            got = len(sock.recv(4096))
            if got == 0:
                return
            heard += got
        with self.connections.get_lock():
            self.connections.value += 1
            if self.connections.value == self.begins_at:
                self.begin()
        while self.left() > 0:
            sock.sendall(what)
            with self.bytes.get_lock():
                self.bytes.value += len(what)

    def dial(self, port, number):
        what = block(self.shape, number)
        while self.left() > 0:
            try:
                with socket.create_connection(('127.0.0.1', port), timeout=max(0.1, self.left())) as sock:
                    self.one(sock, what)
            except OSError:
                pass

    def listen(self):
        server = socket.create_server(('127.0.0.1', 0))
        print('port', server.getsockname()[1], flush=True)
        what, number = block(self.shape, 0), 0
        while self.left() > 0:
            server.settimeout(max(0.01, self.left()))
            try:
                sock, _ = server.accept()
            except OSError:
                continue
            sock.settimeout(max(0.1, self.left()))
            threading.Thread(target=self.serve, args=(sock, what), daemon=True).start()

    def serve(self, sock, what):
        try:
            with sock:
                self.one(sock, what)
        except OSError:
            pass


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    if sys.argv[1] == 'listen':
        flood = Flood(sys.argv[2], sys.argv[3], float(sys.argv[4]))
        flood.listen()
    else:
        port, clients = int(sys.argv[2]), int(sys.argv[5])
        flood = Flood(sys.argv[3], sys.argv[4], float(sys.argv[6]))

        def some(first):
            threads = [threading.Thread(target=flood.dial, args=(port, n)) for n in range(first, clients, 4)]
            [one.start() for one in threads]
            [one.join() for one in threads]
        children = [multiprocessing.Process(target=some, args=(first,)) for first in range(4)]
        [one.start() for one in children]
        [one.join() for one in children]
    print(flood.connections.value, flood.bytes.value >> 20, flush=True)


main()
