# SPDX-License-Identifier: MIT
"""What the tests of bad input share: a mifd of their own, and clients of its socket that may say
anything, since they know nothing of libmif. Numbers and fields come from include/mif/message.h."""

import array
import ctypes
import errno
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from checking import ROOT, read  # pylint: disable=wrong-import-position

CLONE_NEWNET = 0x40000000
SO_PASSRIGHTS = 83
PACKET = 16384
PATIENCE = 20

# Name -> number, of messages: "HELLO" -> 0x0201.
NUMBERS = {
    name: int(number, 16)
    for name, number in re.findall(r"^\tMIF_(\w+) = (0x[0-9a-f]{4}),", read("include/mif/message.h", ROOT), re.M)
}
NAMES = {number: name for name, number in NUMBERS.items()}
REPORTS = [n for n in NAMES if n >> 8 in (1, 3)]
REQUESTS = [n for n in NAMES if n >> 8 not in (1, 3)]

LIBC = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    """This thread, and those that it starts, go to the network namespace of that path."""
    with open(namespace, "rb") as file:
        if LIBC.setns(file.fileno(), CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), "setns")


def unshare():
    """To a network namespace of our own, which ends with us."""
    if LIBC.unshare(CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), "unshare")


def until(condition, seconds=PATIENCE):
    """The first true value of condition(), or the last one."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


def message(name, body=b"", tag=0, serial=0):
    number = NUMBERS[name] if isinstance(name, str) else name
    return struct.pack(">HHII", 12 + len(body), number, tag, serial) + body


def text(octets):
    """The first field of a body, when it is a text, and the rest."""
    return octets[1 : 1 + octets[0]].decode("latin-1"), octets[1 + octets[0] :]


HELLO = message("HELLO", struct.pack(">II", 1, 0))


class Report:
    """One message of the daemon."""

    def __init__(self, octets):
        self.length, number, self.tag, _ = struct.unpack(">HHII", octets[:12])
        self.name = NAMES[number]
        self.body = octets[12 : self.length]

    def error(self):
        """(request, errno, sentence) of an ERROR."""
        request, error = struct.unpack(">II", self.body[:8])
        return request, error, text(self.body[8:])[0]


class Closed(Exception):
    """The daemon has ended the connection."""


class Client:
    """One end of a socket of the daemon. It sends whatever it is given."""

    def __init__(self, path, hello=HELLO):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # While the backlog is full a socket that blocks waits, and one with a time-out of Python's does not.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", PATIENCE, 0))
        self.socket.connect(path)
        self.socket.settimeout(PATIENCE)
        self.waiting, self.last = [], None
        if hello:
            self.send(hello)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets, descriptors=()):
        """False: the daemon is gone, or its kernel refuses the descriptors."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        try:
            self.socket.sendmsg([octets], rights if descriptors else [])
            return True
        except (BrokenPipeError, ConnectionResetError, PermissionError):
            return False

    def next(self):
        """The next report. Raises Closed, or socket.timeout."""
        if not self.waiting:
            try:
                packet = self.socket.recv(2 * PACKET)
            except ConnectionResetError:
                packet = self.socket.recv(2 * PACKET)
            if not packet:
                raise Closed
            while packet:
                self.waiting.append(Report(packet))
                packet = packet[self.waiting[-1].length :]
        self.last = self.waiting.pop(0)
        return self.last

    def until(self, name, tag):
        """The reports up to that one."""
        got = []
        while not got or got[-1].name != name or got[-1].tag != tag:
            got.append(self.next())
        return got

    def ask(self, tag):
        """A question that every engine can answer, and an answer that cannot be taken for another."""
        self.send(message("GET_CONFIGURATION_DATA", tag=tag))
        self.until("NO_CONFIGURATION_DATA", tag)

    def served(self):
        try:
            self.ask(0x12345678)
            return True
        except (Closed, OSError):
            return False

    def end(self):
        """The reports until the daemon closes."""
        got = []
        try:
            while True:
                got.append(self.next())
        except Closed:
            return got

    def refused(self, error):
        """Whether the last thing that is heard is ERROR(error), and then the end."""
        got = self.end()
        return bool(got) and got[-1].name == "ERROR" and got[-1].error()[1] == error

    def told(self, error):
        """Whether the next ERROR that comes is this one, and the service goes on."""
        while True:
            report = self.next()
            if report.name == "ERROR":
                return report.error()[1] == error and self.served()

    def served_or_refused(self):
        """After something that may or may not be well formed."""
        self.send(message("GET_CONFIGURATION_DATA", tag=0x12345678))
        try:
            self.until("NO_CONFIGURATION_DATA", 0x12345678)
            return True
        except Closed:
            return self.last.name == "ERROR" and self.last.error()[1] == errno.EBADMSG

    def counters(self):
        self.send(message("GET_COUNTERS", tag=77))
        found = {}
        for report in self.until("END_OF_ANNOUNCEMENTS", 77):
            if report.name == "COUNTER":
                name, value = text(report.body)
                found[name] = struct.unpack(">Q", value)[0]
        return found

    def domains(self):
        """The names of all provisioning domains."""
        self.send(message("ANNOUNCE_INTERFACES", tag=1))
        interfaces = [r.body[:8] for r in self.until("END_OF_ANNOUNCEMENTS", 1) if r.name == "INTERFACE"]
        names = []
        for interface in interfaces:
            self.send(message("ANNOUNCE_PVDS", interface, tag=2))
            while True:
                report = self.next()
                if report.name == "PVD":
                    names.append(text(report.body[16:])[0])
                elif report.tag == 2 and report.name in ("END_OF_ANNOUNCEMENTS", "ERROR"):
                    break
        return sorted(names)


class Polite(threading.Thread):
    """A well-behaved client that asks all the time, and notes how long answers take."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.client = Client(path)
        self.count, self.slowest, self.fault = 0, 0.0, None
        self.stopped = False
        self.start()

    def run(self):
        try:
            while not self.stopped:
                begun = time.monotonic()
                self.count += 1
                self.client.ask(self.count)
                self.slowest = max(self.slowest, time.monotonic() - begun)
                time.sleep(0.002)
        except (Closed, OSError) as fault:
            self.fault = fault

    def report(self):
        """Whether it was answered since it was asked last, and a sentence."""
        count = self.count
        fine = until(lambda: self.count > count + 1 or self.fault) and self.fault is None
        sentence = f"{self.count} answers, the slowest after {self.slowest * 1000:.0f} ms"
        self.slowest = 0.0
        return fine, sentence if fine else repr(self.fault)

    def stop(self):
        self.stopped = True
        self.join()
        self.client.socket.close()


class Daemon:
    """The shipped mifd, in this network namespace."""

    def __init__(self, program, directory, *arguments):
        self.path = os.path.join(directory, "socket")
        self.sanitized = b"__asan_init" in open(program, "rb").read()
        with open(os.path.join(directory, "log"), "wb") as log:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                [program, "-s", self.path, *arguments], stdin=subprocess.DEVNULL, stderr=log
            )
        self.engine = None
        if not until(self.ready):
            raise OSError("mifd does not answer")

    def ready(self):
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        try:
            with open(children, encoding="ascii") as file:
                self.engine = int(file.read().split()[0])
            with Client(self.path) as client:
                return client.served()
        except (OSError, IndexError):
            return False

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.engine}/fd"))

    def memory(self):
        """KiB of both processes, without what they share with other programs, which come and go."""
        total = 0
        for pid in (self.process.pid, self.engine):
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += int(re.search(r"^Pss_Anon: +(\d+) kB", file.read(), re.M)[1])
        return total

    def alive(self):
        """The same engine as in the beginning."""
        return self.process.poll() is None and os.path.exists(f"/proc/{self.engine}/fd")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Shown:
    """What an ordinary user sees of a daemon with the command mif, as objects of its JSON."""

    def __init__(self, mif, path):
        self.mif, self.path = mif, path

    def run(self, *words):
        return subprocess.run([self.mif, *words], capture_output=True, text=True, check=True, user=65534, group=65534,
                              extra_groups=[], env={"MIF_SOCKET": self.path}).stdout

    def status(self):
        return json.loads(self.run("status", "--verbose", "--json"))

    def domains(self):
        """By name."""
        return {pvd["name"]: pvd for link in self.status()["interfaces"] for pvd in link["pvds"]}

    def domain(self, name):
        """None: there is none."""
        return self.domains().get(name)

    def counter(self, name):
        return next(c["value"] for c in self.status()["counters"] if c["name"] == name)


def readable(sockets):
    """How many of them."""
    poll = select.poll()
    for sock in sockets:
        poll.register(sock, select.POLLIN)
    return len(poll.poll(0))
