#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A resolver of the world outside: every name has one address. Each question is noted.

dns.py ADDRESS ANSWER LOG   answers A questions with ANSWER over UDP and TCP (AAAA: none), and
                            appends the names to LOG; "big.example" is truncated over UDP
"""
import socket
import struct
import sys
import threading

address, answer, log = sys.argv[1:4]


def name_of(message):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels), at + 1


def reply(message, tcp):
    name, end = name_of(message)
    kind = struct.unpack("!H", message[end:end + 2])[0]
    with open(log, "a", encoding="ascii") as file:
        file.write(f"{name}\n")
    cut = name == "big.example" and not tcp
    records = b""
    if kind == 1 and not cut:
        records = struct.pack("!HHHIH", 0xc00c, 1, 1, 60, 4) + socket.inet_aton(answer)
    flags = 0x8180 | (0x0200 if cut else 0)
    return message[:2] + struct.pack("!5H", flags, 1, 1 if records else 0, 0, 0) + \
        message[12:end + 4] + records


def serve_tcp(listener):
    while True:
        connection, _ = listener.accept()
        size = struct.unpack("!H", connection.recv(2))[0]
        out = reply(connection.recv(size), True)
        connection.sendall(struct.pack("!H", len(out)) + out)
        connection.close()


tcp = socket.create_server((address, 53))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind((address, 53))
threading.Thread(target=serve_tcp, args=(tcp,), daemon=True).start()
while True:
    data, client = udp.recvfrom(4096)
    udp.sendto(reply(data, False), client)
