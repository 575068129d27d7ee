# SPDX-License-Identifier: MIT
"""What the tests of egress share: the lab's host, what it routes by, its five domains, and connections
of an ordinary user through each of them."""

import json
import os
import subprocess
import sys
import zlib

from guest import until
from watch import NOBODY

LAB = sys.argv[1] if len(sys.argv) > 4 else ""
NAME = os.environ.setdefault("LAB_NAME", f"egress-{zlib.crc32(' '.join([os.getcwd(), *sys.argv]).encode()):08x}")

V4, V6 = "198.51.100.1", "2001:db8:ffff::1"
FILTERS = (0, 1, 2)
TRIES = 3  # a hash of ports decides, where several routers are equal

# Domain -> how what its server sees begins: two links, and two routers on one wire.
LINKS = {"h1:10.11.0.0/24": "10.11.0.", "h1:fe80::11:1": "2001:db8:11:", "h2:10.22.0.0/24": "10.22.0."}
WIRE = {"pvd.two.example": "2001:db8:2a:", "pvd.three.example": "2001:db8:2b:"}
ALL = {**LINKS, **WIRE}


def lab(*words):
    return subprocess.run([LAB, *words], check=True, capture_output=True, text=True).stdout.strip()


def shell(text, node="h"):
    """In a namespace of the lab."""
    done = subprocess.run(["ip", "netns", "exec", f"{NAME}-{node}", "sh", "-ec", text], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        print(f"# {text}: {done.stderr.strip()}")
    return done.stdout


def marks():
    """Everything of the kernel's that carries mifd's mark."""
    return shell("{ ip rule; ip -6 rule; } | grep 'proto 77' | sort;"
                 " { ip -4 -N route show table all proto 77; ip -6 -N route show table all proto 77; }"
                 " | sed 's/ expires [0-9-]*sec//' | sort")


class User:
    """An ordinary user of the lab's host, and mifd as that user sees it."""

    def __init__(self, tap, programs, directory):
        self.tap, self.programs, self.directory = tap, programs, directory
        self.environment = {**os.environ, "MIF_SOCKET": os.path.join(directory, "socket"),
                            "LD_LIBRARY_PATH": os.path.dirname(programs[2])}

    def mif(self, *words):
        """Asked again where a busy machine has kept mifd from answering."""
        for _ in range(4):
            done = subprocess.run([*NOBODY, self.programs[1], "--daemon", *words], env=self.environment,
                                  capture_output=True, text=True, check=False)
            if "the daemon does not answer" not in done.stderr:
                break
        return done

    def domains(self):
        """By name."""
        done = self.mif("status", "--json")
        if done.returncode != 0:
            return {}
        return {pvd["name"]: pvd for link in json.loads(done.stdout)["interfaces"] for pvd in link["pvds"]}

    def counter(self, name):
        counters = json.loads(self.mif("status", "--verbose", "--json").stdout)["counters"]
        return next(c["value"] for c in counters if c["name"] == name)

    def egress(self, names, wanted):
        """Whether these domains are there and all of them say so, by and by."""
        def so():
            domains = self.domains()
            return all(domains.get(name, {}).get("egress") == wanted for name in names)
        return until(so)

    def connect(self, name, address, *options):
        """What the server saw, or the sentence that says why there was none."""
        done = self.mif("connect", "--pvd", name, *options, address, "7")
        return (done.stdout if done.returncode == 0 else done.stderr).strip()

    def told(self):
        """All that may say why."""
        return [f"{name}: {pvd['egress']}, {pvd['state']}" for name, pvd in self.domains().items()]

    def why(self):
        """The same, with what the kernel has, and what became of it."""
        counters = json.loads(self.mif("status", "--verbose", "--json").stdout or '{"counters": []}')["counters"]
        return [*self.told(), shell("grep . /proc/sys/net/ipv4/conf/*/rp_filter; ip -brief address; ip rule; ip route show table all type unicast"), marks(),
                *(f"{c['name']}: {c['value']}" for c in counters if c["name"].startswith("steering") and c["value"])]

    def through(self, sources, sentence):
        """Through each of these domains, again and again; the server sees a source of it."""
        seen = {}
        for name, source in sources.items():
            for _ in range(TRIES):
                got = self.connect(name, V6 if ":" in source else V4, "-w", "10")
                if not got.startswith(source):
                    seen[name] = got
        self.tap.ok(not seen, sentence, [str(seen), *self.why()] if seen else [])
