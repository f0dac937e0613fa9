#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""rate.py take|give ADDRESS PORT SECONDS: listens, takes or gives bytes for so long, prints megabits per second.
rate.py sink|source ADDRESS PORT SECONDS: connects, and is the other end of that."""
import socket
import sys
import time


def count(sock, take, seconds):
    block, total, begin = b"x" * 65536, 0, time.monotonic()
    sock.settimeout(seconds)
    while time.monotonic() - begin < seconds:
        try:
            n = len(sock.recv(65536)) if take else sock.send(block)
        except OSError:
            break
        if n == 0:
            break
        total += n
    return total * 8 / 1e6 / (time.monotonic() - begin)


def main():
    what, address, port, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    if what in ("take", "give"):
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen(1)
        sock = server.accept()[0]
    else:
        sock = socket.create_connection((address, port), timeout=5)
    print(round(count(sock, what in ("take", "source"), seconds), 2))


main()
