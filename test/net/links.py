# SPDX-License-Identifier: MIT
"""A host with two shaped links to one server, for the tests of several paths: the host is a network namespace
of our own, the server has one of its own."""

import json
import os
import subprocess

from guest import unshare

NAME = f"mif-links-{os.getpid()}"
SERVER = "198.51.100.1"
LINKS = ("a0", "b0")
INSIDE = ["ip", "netns", "exec", NAME]


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def route(number, name):
    ip("route", "replace", "default", "via", f"192.0.{number}.1", "dev", name, "metric", str(100 * number))


def have_multipath():
    return os.path.exists("/proc/sys/net/mptcp/enabled")


def up(rate):
    """rate: of each link, of what the server sends and what the host sends, as tc(8) takes it."""
    unshare()
    ip("link", "set", "lo", "up")
    ip("netns", "add", NAME)
    ip("-n", NAME, "link", "set", "lo", "up")
    ip("-n", NAME, "address", "add", f"{SERVER}/32", "dev", "lo")
    subprocess.run([*INSIDE, "ip", "mptcp", "limits", "set", "subflows", "8"], check=True)
    shape = ("root", "tbf", "rate", rate, "burst", "64k", "latency", "50ms")
    for number, name in enumerate(LINKS, 2):
        ip("link", "add", name, "type", "veth", "peer", "name", f"{name}-peer", "netns", NAME)
        ip("-n", NAME, "link", "set", f"{name}-peer", "up")
        ip("-n", NAME, "address", "add", f"192.0.{number}.1/24", "dev", f"{name}-peer")
        ip("link", "set", name, "up")
        ip("address", "add", f"192.0.{number}.2/24", "dev", name)
        route(number, name)
        subprocess.run(["tc", "-n", NAME, "qdisc", "add", "dev", f"{name}-peer", *shape], check=True)
        subprocess.run(["tc", "qdisc", "add", "dev", name, *shape], check=True)
    # Linux 6.18 mixes up octets when a path joins at full speed; with checksums it notices.
    for words in ([], INSIDE):
        subprocess.run([*words, "sysctl", "-qw", "net.mptcp.checksum_enabled=1"], check=True)


def down():
    subprocess.run(["ip", "netns", "delete", NAME], capture_output=True, check=False)


def counted(words, names, which):
    told = subprocess.run([*words, "ip", "-j", "-s", "link"], check=True, capture_output=True, text=True).stdout
    links = {link["ifname"]: link["stats64"][which]["bytes"] for link in json.loads(told)}
    return [links[name] for name in names]


def received():
    """Octets that the host's links have received so far."""
    return counted([], LINKS, "rx")


def served():
    """Octets that have come to the server so far, from each link."""
    return counted(INSIDE, [f"{name}-peer" for name in LINKS], "rx")
