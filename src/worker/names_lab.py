# SPDX-License-Identifier: MIT
"""What the tests of names on real links share.

A client with two links, w0 to provider A and c0 to provider B. Both providers have the DNS server
192.168.1.1, 2001:db8:53::53 and fe80::53; A's answers every name with 10.0.0.1, B's with 10.0.0.2.
The main routing table prefers A. The worker runs as nobody, without capabilities.
"""
import os
import queue
import signal
import subprocess
import sys
import threading
import time

CLIENT, A, B = (f"nmw{who}{os.getpid()}" for who in "cab")
FOUND, FAILED, TIMEOUT = "0", "3", "4"
WAIT = 30


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def inside(namespace, *words):
    return ["ip", "netns", "exec", namespace, *words]


class Tap:
    def __init__(self):
        self.count = self.failures = 0

    def ok(self, passed, description):
        self.count += 1
        self.failures += not passed
        print("ok" if passed else "not ok", self.count, "-", description, flush=True)

    def skip(self, description, reason):
        self.count += 1
        print("ok", self.count, "-", description, "# SKIP", reason, flush=True)

    def done(self):
        print(f"1..{self.count}")
        return 1 if self.failures else 0


class Child:
    """A process, and the lines that it has written so far."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.split())

    def drain(self):
        lines = []
        while not self.lines.empty():
            lines.append(self.lines.get())
        return lines

    def next_lines(self, count):
        """As many lines, or what there is of them in time, and those that came with them."""
        lines = []
        try:
            while len(lines) < count:
                lines.append(self.lines.get(timeout=WAIT))
        except queue.Empty:
            pass
        return lines + self.drain()

    def tell(self, line):
        self.process.stdin.write(line + "\n")

    def end(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.terminate()
        self.process.wait()


class Provider(Child):
    def __init__(self, namespace, interface, stub, letter, number):
        super().__init__(inside(
            namespace, "python3", stub, "--a", f"10.0.0.{number}",
            "--aaaa", f"2001:db8:{letter}::{number}", "--link", interface, "192.168.1.1", "2001:db8:53::53",
            f"fe80::53%{interface}"))
        if self.lines.get(timeout=WAIT) != ["ready"]:
            raise RuntimeError("the DNS stub did not start")


class Names(Child):
    def __init__(self, program):
        super().__init__(inside(
            CLIENT, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
            "--inh-caps=-all", "--bounding-set=-all", program))
        self.last = 0
        self.system = None  # who told the last address

    def ask(self, pvd, name):
        self.last += 1
        self.tell(f"ask {self.last} {pvd} {name}")
        return self.last

    def collect(self, *identifiers):
        """The addresses and the status of each, when all have ended."""
        addresses = {i: [] for i in identifiers}
        statuses = {}
        while len(statuses) < len(addresses):
            line = self.lines.get(timeout=WAIT)
            identifier = int(line[1])
            if line[0] == "address":
                addresses[identifier].append(line[2])
                self.system = line[3]
            elif line[0] == "done":
                statuses[identifier] = line[2]
        return [(statuses[i], sorted(addresses[i])) for i in identifiers]

    def status(self, field):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(line.split()[1] for line in file if line.startswith(field + ":"))


def make_namespaces():
    for namespace in (CLIENT, A, B):
        ip("netns", "add", namespace)
        for name in ("all", "default"):
            subprocess.run(inside(namespace, "sysctl", "-qw",
                                  f"net.ipv6.conf.{name}.accept_dad=0"), check=True)
        ip("-n", namespace, "link", "set", "lo", "up")
    for provider, link, number in ((A, "w0", 0), (B, "c0", 1)):
        letter = "ab"[number]
        ip("-n", CLIENT, "link", "add", link, "type", "veth",
           "peer", "name", "p0", "netns", provider)
        for namespace, interface in ((CLIENT, link), (provider, "p0")):
            ip("-n", namespace, "link", "set", interface, "up")
        for address in ("192.168.1.1/24", "2001:db8:53::53/64", f"2001:db8:{letter}::1/64",
                        "fe80::53/64"):
            ip("-n", provider, "address", "add", address, "dev", "p0")
        # The kernel would take the first of a family.
        for address in ("192.168.1.200/24", f"192.168.1.10{number}/24", f"2001:db8:{letter}::100/64",
                        f"2001:db8:53::10{number}/64", "2001:db8:53::200/64"):
            ip("-n", CLIENT, "address", "add", address, "dev", link)
    ip("-n", CLIENT, "route", "add", "default", "via", "192.168.1.1", "dev", "w0")
    ip("-n", CLIENT, "route", "add", "default", "via", "fe80::53", "dev", "w0")


def ifindex(link):
    output = subprocess.run(["ip", "-n", CLIENT, "-o", "link", "show", link], check=True,
                            capture_output=True, text=True).stdout
    return int(output.split(":")[0])


def delete_namespaces():
    for namespace in (CLIENT, A, B):
        subprocess.run(["ip", "netns", "delete", namespace], check=False, capture_output=True)


def run(tap, program, stub, test):
    """test(tap, names, providers), with everything there; whatever happens, nothing is left."""
    children = []
    try:
        make_namespaces()
        providers = [Provider(A, "p0", stub, "a", 1), Provider(B, "p0", stub, "b", 2)]
        children += providers
        names = Names(program)
        children.append(names)
        test(tap, names, providers)
        names.process.stdin.close()
        tap.ok(names.process.wait(WAIT) == 0, "the worker ends in order")
    finally:
        for child in children:
            child.end()
        delete_namespaces()


def main(rows, test):
    tap = Tap()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if os.geteuid() != 0:
        print(f"ok 1 - {rows}: names over two links # SKIP needs root for network namespaces")
        print("1..1")
        return 0
    run(tap, *sys.argv[1:3], test)
    return tap.done()
