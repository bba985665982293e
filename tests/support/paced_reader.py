"""Reads a file over HTTP as a player does: at its pace, some seconds ahead of what it shows.

paced_reader.py URL BYTES RATE AHEAD: prints `begun` with the first bytes, then `second N` for each second that it
shows, and at the end `stalled MS`: how long nothing was there to show, in all.
"""
import sys
import time
import urllib.request

url, size, rate, ahead = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
step = rate // 4
read = 0
shown_from = None
stalled = 0.0
second = 0
while read < size:
    end = min(read + step, size)
    request = urllib.request.Request(url, headers={"Range": "bytes=%d-%d" % (read, end - 1)})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 206, answer.status
        got = len(answer.read())
    assert got == end - read, "%d of %d bytes" % (got, end - read)
    now = time.monotonic()
    if shown_from is None:
        shown_from = now + 1  # a picture after a second's worth of buffer
        print("begun", flush=True)
    late = now - (shown_from + read / rate)
    if late > 0:
        stalled += late
        shown_from += late
    read = end
    while (now - shown_from) >= second:
        print("second %d" % second, flush=True)
        second += 1
    # Not further ahead than a player's buffer.
    early = (shown_from + read / rate - ahead) - now
    if early > 0:
        time.sleep(early)
print("stalled %d" % (stalled * 1000), flush=True)
