# SPDX-License-Identifier: MIT
"""systemd-networkd and NetworkManager beside mifd, where they can be run."""


def memory(folder, wrap, memory_of, progress):
    """{name: what memory_of() says of each of its processes}."""
    del folder, wrap, memory_of, progress
    return {}
