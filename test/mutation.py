# SPDX-License-Identifier: MIT
"""The list test/mutations, which says itself how it is written."""

import re

LIST = "test/mutations"
HEAD = re.compile(r"((?:[MA]\d+ +)*)(\S+):((?: +\S+)+)")


class Mistake(Exception):
    """In the list, or in the tree: not a matter of one mutation."""


class Mutation:
    """One entry of the list."""

    def __init__(self, line, head):
        match = HEAD.fullmatch(head)
        if not match:
            raise Mistake(f"{LIST}:{line}: not \"ROW... FILE: TEST...\"")
        self.line, self.file = line, match[2]
        self.rows, self.tests = match[1].split(), match[3].split()
        self.old, self.new = [], []

    def apply(self, text):
        """The file's text with the mutation."""
        old, new = "\n".join(self.old), "\n".join(self.new)
        if not self.old or text.count(old) != 1:
            raise Mistake(
                f"{LIST}:{self.line}: stands {text.count(old) if old else 0} times"
                f" in {self.file}, not once:\n{old}"
            )
        if old == new:
            raise Mistake(f"{LIST}:{self.line}: changes nothing:\n{old}")
        return text.replace(old, new)


def parse(text):
    mutations, current = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line.strip():
            current = None if not line.strip() else current
        elif line[0] == "-" and current:
            current.old.append(line[1:])
        elif line[0] == "+" and current:
            current.new.append(line[1:])
        else:
            current = Mutation(number, line.strip())
            mutations.append(current)
    return mutations
