"""
Ports for servers that nobody has to find by number: of a demo, of a test.
"""

import random
import socket

# Below what Linux gives outgoing connections (32768 and up): a port chosen there can be taken by
# some client's connection before its server starts.
_CHOICE = range(15_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """
    Find ports that nobody listens on now, by chance, so that two who ask seldom get the same.

    Args:
        count: How many; all differ.
    """
    chosen: list[int] = []
    chance = random.SystemRandom()
    while len(chosen) < count:
        port = chance.choice(_CHOICE)
        if port not in chosen and is_free(port):
            chosen.append(port)
    return chosen


def free_port() -> int:
    """A port that nobody listens on now."""
    return free_ports(1)[0]
