#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server and a client that say whom they see.

peer.py serve tcp|udp ADDRESS PORT [WORD]   answers each connection (datagram) with "WORD ADDRESS-OF-THE-CLIENT"
peer.py ask tcp|udp ADDRESS PORT            prints the answer; exit 1 without one in two seconds
peer.py look NAME                           prints the addresses of a name, sorted, one per line
peer.py ping ADDRESS                        exit 0 when the address answers within two seconds
"""
import os
import socket
import struct
import sys
import time


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(kind, address, port, word="seen"):
    kind = socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
    sock = socket.socket(family(address), kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, int(port)))
    if kind == socket.SOCK_DGRAM:
        while True:
            _, client = sock.recvfrom(2048)
            sock.sendto(f"{word} {client[0]}\n".encode(), client)
    sock.listen(128)
    while True:
        connection, client = sock.accept()
        connection.sendall(f"{word} {client[0]}\n".encode())
        connection.close()


def ask(kind, address, port):
    datagram = kind == "udp"
    sock = socket.socket(family(address), socket.SOCK_DGRAM if datagram else socket.SOCK_STREAM)
    sock.settimeout(2)
    sock.connect((address, int(port)))
    if datagram:
        sock.send(b"?")
    answer = sock.recv(2048).decode()
    sys.stdout.write(answer)
    return 0 if answer else 1


def look(name):
    found = socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)
    print("\n".join(sorted({entry[4][0] for entry in found})))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def ping(address):
    six = ":" in address
    proto = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    sock = socket.socket(family(address), socket.SOCK_RAW, proto)
    sock.settimeout(2)
    number = os.getpid() & 0xffff
    packet = struct.pack("!BBHHH", 128 if six else 8, 0, 0, number, 1)
    if not six:
        packet = struct.pack("!BBHHH", 8, 0, checksum(packet), number, 1)
    sock.sendto(packet, (address, 0))
    end = time.time() + 2
    while time.time() < end:
        answer = sock.recv(2048)
        answer = answer if six else answer[20:]
        if answer[0] == (129 if six else 0) and answer[4:6] == struct.pack("!H", number):
            return 0
    return 1


def main():
    what = {"serve": serve, "ask": ask, "look": look, "ping": ping}[sys.argv[1]]
    try:
        return what(*sys.argv[2:]) or 0
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


sys.exit(main())
