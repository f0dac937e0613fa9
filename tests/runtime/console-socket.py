#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""console-socket.py SOCKET COMMAND...: listens there, runs the command, takes the terminal that is
sent, types what comes on standard input, and prints what the terminal shows until it is closed."""
import array
import os
import socket
import subprocess
import sys

server = socket.socket(socket.AF_UNIX)
directory = os.open(os.path.dirname(sys.argv[1]), os.O_PATH)
server.bind(f"/proc/self/fd/{directory}/{os.path.basename(sys.argv[1])}")
server.listen()
server.settimeout(30)
code = subprocess.call(sys.argv[2:], stdin=subprocess.DEVNULL)
if code:
    sys.exit(code)
peer, _ = server.accept()
message, control, _, _ = peer.recvmsg(4096, socket.CMSG_SPACE(4))
fds = array.array("i", control[0][2])
print("message", message.decode(), "descriptors", len(fds), flush=True)
os.write(fds[0], sys.stdin.buffer.read())
shown = b""
while True:
    try:
        data = os.read(fds[0], 4096)
    except OSError:
        break
    if not data:
        break
    shown += data
sys.stdout.buffer.write(shown)
