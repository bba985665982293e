#!/usr/bin/env python3
"""Delays TCP by a fixed time each way: the kernel here has no netem.

  delay_relay.py PORT MILLISECONDS

Listens on PORT for connections that nftables redirected, connects on to where they were meant to go, and
passes every byte on MILLISECONDS later, in both directions. Runs in the router between the test's hosts.
"""
import asyncio
import socket
import struct
import sys

SO_ORIGINAL_DST = 80
LIMIT = 256  # blocks under way in one direction of one connection


async def pump(reader, writer, delay):
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue(LIMIT)

    async def read():
        while data := await reader.read(65536):
            await queue.put((loop.time() + delay, data))
        await queue.put((loop.time() + delay, b""))

    task = asyncio.create_task(read())
    try:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                break
            writer.write(data)
            await writer.drain()
    except (ConnectionError, OSError):
        pass
    finally:
        task.cancel()
        writer.close()


async def main(port, delay):
    async def serve(reader, writer):
        raw = writer.get_extra_info("socket").getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
        there, address = struct.unpack("!2xH4s8x", raw)
        # The way there of the first byte, and the handshake, take their time too.
        await asyncio.sleep(2 * delay)
        try:
            out_reader, out_writer = await asyncio.open_connection(socket.inet_ntoa(address), there)
        except OSError:
            writer.transport.abort()
            return
        for end in (writer, out_writer):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(pump(reader, out_writer, delay), pump(out_reader, writer, delay))

    server = await asyncio.start_server(serve, "0.0.0.0", port)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 1000))
