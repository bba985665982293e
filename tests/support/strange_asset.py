"""Writes a file asset as anybody could have made it: strange_asset.py FOLDER NAME MIME <BYTES, prints its id.
FOLDER is a store's assets/ (then: fragcast refresh). The manifest is made by hand: fragcast makes none with such a type."""
import hashlib
import os
import struct
import sys


def pack(value):
    """MessagePack (PROTOCOL.md), each value in its shortest form."""
    if value is None:
        return b"\xc0"
    if isinstance(value, int):
        for most, form, code in ((0x7f, ">B", b""), (0xff, ">B", b"\xcc"), (0xffff, ">H", b"\xcd"), (0xffffffff, ">I", b"\xce")):
            if value <= most:
                return code + struct.pack(form, value)
    if isinstance(value, bytes):
        return (b"\xc4" + struct.pack(">B", len(value)) if len(value) < 256 else b"\xc5" + struct.pack(">H", len(value))) + value
    if isinstance(value, str):
        text = value.encode()
        return (bytes([0xa0 | len(text)]) if len(text) < 32 else b"\xd9" + struct.pack(">B", len(text))) + text
    return bytes([0x90 | len(value)]) + b"".join(map(pack, value))


def make(folder, name, mime, data):
    proof = b"".join(hashlib.sha256(data[at:at + 262144]).digest() for at in range(0, len(data), 262144))
    body = pack([1, name, 2, 1, mime, [name, len(data), hashlib.sha256(data).digest(), [], []], None,
                 [[len(data), 0, hashlib.sha256(proof).digest(), []]]])
    asset = hashlib.sha256(body).hexdigest()
    made = os.path.join(folder, f"strange-{asset[:8]}")
    os.mkdir(made)
    for file, content in (("manifest", pack([1, body, b"", b""])), ("000.bin", data), ("000.proof", proof)):
        with open(os.path.join(made, file), "wb") as out:
            out.write(content)
    return asset


if __name__ == "__main__":
    print(make(*sys.argv[1:4], sys.stdin.buffer.read()))
