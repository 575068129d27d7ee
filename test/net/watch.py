# SPDX-License-Identifier: MIT
"""A client of mifd that follows everything, as an ordinary user sees it: `mif monitor --json`, read by
a thread, checked for the order that the drafts promise, and kept as a picture that can be waited for."""

import json
import os
import subprocess
import threading
import time

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]


class Watch:
    """environment: where mifd's socket and the libraries are; inside: what runs a command in another
    network namespace."""

    def __init__(self, mif, environment, inside=()):
        self.reports, self.faults = [], []
        self.interfaces, self.pvds, self.elements, self.addresses = {}, {}, {}, {}
        self.ended = set()  # identifiers that may never come again
        self.changed = threading.Condition()
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [*inside, *NOBODY, mif, "--daemon", "monitor", "--json"],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self):
        for line in self.process.stdout:
            report = json.loads(line)
            with self.changed:
                self.reports.append(report)
                take = getattr(self, f"take_{report['message']}", None)
                if take:
                    take(report)
                self.changed.notify_all()

    def fault(self, sentence, report):
        self.faults.append(f"{sentence}: {report}")

    # ---- what is told, and its order (M12) ----

    def take_interface(self, report):
        if report["interface"] in self.ended:
            self.fault("an identifier comes again", report)
        self.interfaces[report["interface"]] = report

    def take_no_interface(self, report):
        if any(pvd["interface"] == report["interface"] for pvd in self.pvds.values()):
            self.fault("an interface goes before its domains", report)
        self.interfaces.pop(report["interface"], None)
        self.ended.add(report["interface"])

    def take_pvd(self, report):
        if report["interface"] not in self.interfaces or report["pvd"] in self.ended:
            self.fault("a domain of nothing, or again", report)
        self.pvds[report["pvd"]] = report

    def take_no_pvd(self, report):
        held = [*self.elements, *self.addresses]
        if report["interface"] not in self.interfaces or any(key[0] == report["pvd"] for key in held):
            self.fault("a domain goes before what it holds", report)
        self.pvds.pop(report["pvd"], None)
        self.ended.add(report["pvd"])

    def take_element(self, report):
        if report["pvd"] not in self.pvds:
            self.fault("an element of nothing", report)
        self.elements[report["pvd"], report["element"]] = report

    def take_no_element(self, report):
        if self.elements.pop((report["pvd"], report["element"]), None) is None:
            self.fault("an element goes that was not there", report)

    def take_address(self, report):
        if report["pvd"] not in self.pvds:
            self.fault("an address of nothing", report)
        self.addresses[report["pvd"], report["address"]] = report

    def take_no_address(self, report):
        if self.addresses.pop((report["pvd"], report["address"]), None) is None:
            self.fault("an address goes that was not there", report)

    # ---- what tests ask ----

    def until(self, condition, seconds=20):
        """The first true value of condition(), or the last one."""
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                value = condition()
                left = end - time.monotonic()
                if value or left <= 0:
                    return value
                self.changed.wait(left)

    def mark(self):
        """Where the stream is now, for since()."""
        with self.changed:
            return len(self.reports)

    def since(self, mark, message, **fields):
        """The reports of a kind that have come since then."""
        return [
            report
            for report in self.reports[mark:]
            if report["message"] == message and all(report.get(k) == v for k, v in fields.items())
        ]

    def named(self, name):
        """The domain of that name, or None."""
        return next((pvd for pvd in self.pvds.values() if pvd["name"] == name), None)

    def addresses_of(self, pvd):
        return [report for (owner, _), report in self.addresses.items() if owner == pvd]

    def link(self, name):
        return next((i for i in self.interfaces.values() if i["name"] == name), None)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.thread.join()
