# SPDX-License-Identifier: MIT
"""What the checks of the tree share: TAP, and which files are the project's."""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Tap:
    """Results in the Test Anything Protocol, printed as they come."""

    def __init__(self):
        self.count = self.failures = 0

    def ok(self, passed, description, details=()):
        """details: lines that say what is wrong, when something is."""
        self.count += 1
        self.failures += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {description}")
        if not passed:
            for line in details:
                print(f"# {line}")
        sys.stdout.flush()
        return passed

    def none(self, faults, description):
        """Passes when the list of faults is empty."""
        return self.ok(not faults, description, faults)

    def skip(self, description, reason):
        self.count += 1
        print(f"ok {self.count} - {description} # SKIP {reason}", flush=True)

    def done(self):
        """The exit status."""
        print(f"1..{self.count}")
        return 1 if self.failures else 0


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    return 0


def tracked_by_git(root, options):
    # Run as root on somebody else's clone, git would refuse without this.
    command = ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z", *options]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def walked(root):
    """For an unpacked release, or a machine without git."""
    found = []
    for directory, below, names in os.walk(root):
        below[:] = [
            name for name in below
            if name not in (".git", "__pycache__")
            and not os.path.exists(os.path.join(directory, name, "meson-private"))
            and not (directory == root and name.startswith("build"))
        ]
        found += [os.path.relpath(os.path.join(directory, name), root) for name in names]
    return found


def tracked(root=ROOT, options=()):
    """The files of the project, as paths from its root. options: of git ls-files."""
    names = None
    if os.path.exists(os.path.join(root, ".git")):
        names = tracked_by_git(root, options)
    if names is None:
        names = walked(root)
    return sorted(name for name in names if os.path.isfile(os.path.join(root, name)))


def read(name, root=ROOT):
    with open(os.path.join(root, name), encoding="utf-8") as file:
        return file.read()
