# SPDX-License-Identifier: MIT
"""Two tun devices in two network namespaces, and a thread that carries packets between them: a tunnel
as VPNs make it, without the encryption."""

import fcntl
import os
import select
import struct
import threading

from guest import enter

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


def tun(namespace, name, result):
    """In a thread of its own, which may go where it likes."""
    enter(namespace)
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    result.append(fd)


class Relay:
    def __init__(self, namespace, name, other_namespace, other_name):
        self.fds, self.running, self.carried = [], True, 0
        for where, what in ((namespace, name), (other_namespace, other_name)):
            thread = threading.Thread(target=tun, args=(where, what, self.fds))
            thread.start()
            thread.join()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.running = False
        self.thread.join()
        for fd in self.fds:
            os.close(fd)

    def run(self):
        other = dict(zip(self.fds, reversed(self.fds)))
        while self.running:
            for fd in select.select(self.fds, [], [], 0.1)[0]:
                try:
                    os.write(other[fd], os.read(fd, 65536))
                    self.carried += fd == self.fds[0]
                except OSError:  # one of them is down
                    pass
