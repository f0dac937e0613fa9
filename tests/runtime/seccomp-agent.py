#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""seccomp-agent.py SOCKET: takes one listener there (linux.seccomp.listenerPath), answers the first
notified system call with EOPNOTSUPP, and prints what it was told."""
import array
import fcntl
import json
import socket
import struct
import sys

SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND = 0xC0502100, 0xC0182101

server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
server.settimeout(30)
peer, _ = server.accept()
message, control, _, _ = peer.recvmsg(65536, socket.CMSG_SPACE(4))
listener = array.array("i", control[0][2])[0]
state = json.loads(message)
print(state["fds"], state["metadata"], state["pid"] > 0, state["state"]["status"], flush=True)
request = bytearray(80)
fcntl.ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, request)
(number,) = struct.unpack_from("Q", request)
fcntl.ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, bytearray(struct.pack("QqiI", number, 0, -95, 0)))
