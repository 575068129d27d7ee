# SPDX-License-Identifier: MIT
"""What the tests of network managers share: the lab's host, its addresses as the kernel has them, mifd
in it, and what `mif status` says there."""

import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from watch import NOBODY

LAB = sys.argv[1] if len(sys.argv) > 1 else ""
NSEC = 10**9

# Domain -> its DNS server, and what www.example is there.
DOMAINS = {
    "h1:10.11.0.0/24": ("10.11.0.1", "198.51.100.11"),
    "h1:fe80::11:1": ("2001:db8:11::1", "2001:db8:ffff::11"),
    "h2:10.22.0.0/24": ("10.22.0.1", "198.51.100.42"),
    "pvd.two.example": ("2001:db8:2a::1", "2001:db8:ffff::2a"),
    "pvd.three.example": ("2001:db8:2b::1", "2001:db8:ffff::2b"),
}

def lab(*words):
    return subprocess.run([LAB, *words], check=True, capture_output=True, text=True).stdout.strip()


def ip_of_host(*words):
    """ip(8) as seen by the host."""
    return ["ip", "-n", f"{os.environ['LAB_NAME']}-h", *words]


def fetch():
    """The managers; a sentence if they cannot be had."""
    words = [os.path.join(os.path.dirname(LAB), "unpack")]
    fetched = subprocess.run(words, capture_output=True, text=True, check=False)
    return fetched.stderr.strip() if fetched.returncode != 0 else None


def is_stateful(manager):
    """Whether DHCPv6 gives an address, too."""
    return manager not in ("static", "udhcpc")


def kernel():
    """The host's addresses past duplicate address detection: address -> seconds, None for ever."""
    words = ip_of_host("-j", "address", "show", "scope", "global", "-tentative")
    links = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    found = [a for link in links for a in link.get("addr_info", []) if "local" in a]
    return {a["local"]: None if a["valid_life_time"] >= 2**32 - 1 else a["valid_life_time"] for a in found}


def configured(manager):
    """Whether the manager has done its work."""
    have = kernel()
    patterns = [
        r"10\.11\.0\.50" if manager == "static" else r"10\.11\.0\.1\d\d",
        r"10\.22\.0\.50" if manager == "static" else r"10\.22\.0\.1\d\d",
        r"2001:db8:11::ff:.*",
        r"2001:db8:2a::ff:.*",
        r"2001:db8:2b::ff:.*",
    ]
    if is_stateful(manager):
        patterns.append(r"2001:db8:2b::1[0-9a-f]{3}")
    return all(any(re.fullmatch(p, address) for address in have) for p in patterns)


def wait_for(condition, seconds=25):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


class Mifd:
    """The shipped mifd in the host, among the files and processes that are the host's."""

    def __init__(self, program, directory, *options):
        self.path = os.path.join(directory, "socket")
        self.process = subprocess.Popen([LAB, "host", program, "-s", self.path, *options], stdin=subprocess.DEVNULL)
        # The one that waits for it, it, and its engine.
        if not wait_for(lambda: os.path.exists(self.path) and len(self.line()) == 2):
            raise OSError("mifd does not start")
        self.born = self.line()

    def line(self):
        """Process ids: mifd's, its engine's."""
        line = [self.process.pid]
        try:
            while len(line) < 3:
                with open(f"/proc/{line[-1]}/task/{line[-1]}/children", encoding="ascii") as file:
                    line.append(int(file.read().split()[0]))
        except (OSError, IndexError):
            pass
        return line[1:]

    def alive(self):
        """The same two processes as at first."""
        return self.line() == self.born

    def stop(self):
        """Whether it is the same as at first, and ends well when it is told to."""
        same = self.alive()
        os.kill(self.born[0], signal.SIGTERM)
        return self.process.wait(20) == 0 and same


class Status:
    """What `mif status` says, as nobody, in the host."""

    def __init__(self, mif, environment, *options):
        words = [f"{key}={value}" for key, value in environment.items()]
        text = lab("host", "env", *words, *NOBODY, mif, "status", "--json", *options)
        status = json.loads(text)
        self.now = status["now"]
        self.interfaces = {i["name"]: i for i in status["interfaces"]}
        self.domains = {pvd["name"]: pvd for i in status["interfaces"] for pvd in i["pvds"]}

    def left(self, until):
        """Seconds; None for ever."""
        return None if until is None else (until - self.now) / NSEC

    def servers(self, name):
        """DNS server -> seconds left."""
        data = self.domains[name]["data"] if name in self.domains else []
        return {d["address"]: self.left(d["valid_until"]) for d in data if d["information"] == "dns-servers"}

    def addresses(self, name):
        """Address -> seconds left."""
        return {a["address"]: self.left(a["valid_until"]) for a in self.domains[name]["addresses"]}
