# SPDX-License-Identifier: MIT
"""Router advertisements of routers that nobody knows, in any number."""

import ctypes
import ipaddress
import os
import socket
import struct
import time

CLONE_NEWNET = 0x40000000


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def frame(index):
    """An advertisement of router number index, with a prefix, a DNS server and a name."""
    source = ipaddress.IPv6Address(0xFE80 << 112 | 0xBAD << 32 | index).packed
    group = ipaddress.IPv6Address("ff02::1").packed
    prefix = ipaddress.IPv6Address(0x20010DB8 << 96 | 0xBAD << 80 | index << 64).packed
    name = b"\3pvd\5r%04d\7example\0" % index
    body = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
    body += struct.pack(">BBBBIII", 3, 4, 64, 0xC0, 3600, 1800, 0) + prefix
    body += struct.pack(">BBHI", 25, 3, 0, 1800) + prefix[:8] + bytes(7) + b"\x53"
    body += struct.pack(">BBHH", 21, 4, 0, 1) + name + bytes(32 - 6 - len(name))
    pseudo = source + group + struct.pack(">II", len(body), 58)
    body = body[:2] + struct.pack(">H", checksum(pseudo + body)) + body[4:]
    head = struct.pack(">IHBB", 6 << 28, len(body), 58, 255) + source + group
    ethernet = bytes.fromhex("333300000001") + b"\2\0\xba\xd0" + struct.pack(">H", index)
    return ethernet + b"\x86\xdd" + head + body


def send(namespace, device, count, rate, routers):
    """In this process, which goes to that namespace for good."""
    with open(namespace, "rb") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), "setns")
    frames = [frame(index) for index in range(1, routers + 1)]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind((device, 0))
        begun = time.monotonic()
        for index in range(count):
            sock.send(frames[index % routers])
            ahead = begun + index / rate - time.monotonic()
            if ahead > 0.005:
                time.sleep(ahead)


def start(namespace, device, count, rate, routers=None):
    """In a process of its own; its identifier."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            send(namespace, device, count, rate, routers or count)
            status = 0
        finally:
            os._exit(status)
    return pid


def flood(*arguments):
    """As start(), until it has ended; its exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(start(*arguments), 0)[1])
