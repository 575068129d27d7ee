# SPDX-License-Identifier: MIT
"""What the jobs share: a host with two links to another one, a server there, and an ordinary user here."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "net"))

from guest import enter  # pylint: disable=wrong-import-position

BUILT = ("examples/let-go", "src/ctl/mif", "src/client/libmif.so.0", "src/local/libmif-engine.so.0")
OTHER, OTHER6 = "198.51.100.1", "2001:db8:ffff::1"
PORT = 7
SOCKET = "/run/mifd-links"


def run(command, **how):
    """A shell command; what it prints."""
    return subprocess.run(["sh", "-ec", command], check=True, capture_output=True, text=True, **how).stdout


def programs(build, what):
    """Those that test/vm/boot has unpacked are found from now on."""
    place = subprocess.run([os.path.join(os.path.dirname(HERE), "lab", "unpack"), what], check=True,
                           env={**os.environ, "LAB_CACHE": os.path.join(build, "vm", "programs")},
                           capture_output=True, text=True).stdout.strip()
    os.environ["PATH"] = f"{place}/usr/sbin:{place}/usr/bin:" + os.environ["PATH"]
    libraries = subprocess.run(["find", f"{place}/usr/lib", "-name", "*.so.*", "-printf", "%h\n"], check=True,
                               capture_output=True, text=True).stdout.split()
    os.environ["LD_LIBRARY_PATH"] = ":".join(sorted(set(libraries)))


def until(condition, seconds=20):
    """The first true value of condition(), or the last one."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.2)


class Server:
    """Somebody in the other namespace who accepts connections, and remembers from where."""

    def __init__(self):
        self.seen = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        enter("/run/netns/other")
        with socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
            while True:
                connection, peer = listener.accept()
                self.seen.append(peer[0].removeprefix("::ffff:"))
                connection.close()


class User:
    """mif, as an ordinary user, without a daemon or with one."""

    def __init__(self, build, directory):
        self.directory, self.host = directory, ["--engine"]
        for path in BUILT:
            shutil.copy(os.path.join(build, path), directory)
        with open(os.path.join(directory, "mifd.conf"), "w", encoding="ascii"):
            pass
        run(f"chmod -R a+rX {directory}")
        self.how = {"user": 65534, "group": 65534, "extra_groups": [], "text": True, "cwd": "/",
                    "env": {"LD_LIBRARY_PATH": directory, "MIF_CONFIG": f"{directory}/mifd.conf", "MIF_SOCKET": SOCKET}}

    def mif(self, *arguments):
        return subprocess.run([f"{self.directory}/mif", *self.host, *arguments], capture_output=True, check=False,
                              timeout=60, **self.how)

    def interface(self, name):
        status = json.loads(self.mif("--json", "status").stdout)
        defaults = [d["pvd"] for d in status["default_pvds"]]
        return next(({**i, "defaults": defaults} for i in status["interfaces"] if i["name"] == name), {})

    def domain(self, name, family="ipv4"):
        """The domain of this family of an interface."""
        interface = self.interface(name)
        found = [p for p in interface.get("pvds", []) if p["family"] == family]
        return {**found[0], "is_default": found[0]["pvd"] in interface["defaults"]} if len(found) == 1 else {}

    def connect(self, pvd, address=OTHER, wait=10):
        return self.mif("connect", "-w", str(wait), "-p", pvd, address, str(PORT))


def make_network():
    # Another job may have been here before.
    run("""for n in 1 2; do ip link del e$n 2>/dev/null || true; done; ip netns del other 2>/dev/null || true
    ip netns add other; ip -n other link set lo up; ip -n other address add 198.51.100.1/32 dev lo
    ip -n other address add 2001:db8:ffff::1/128 dev lo
    for n in 1 2; do
        ip link add e$n type veth peer name r$n netns other
        ip -n other address add 10.$n.0.1/24 dev r$n; ip -n other link set r$n up
        ip link set e$n up; ip address add 10.$n.0.7/24 dev e$n
    done
    ip route add default via 10.1.0.1""")
