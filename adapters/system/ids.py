"""
UUIDv7 (RFC 9562, section 5.7): time first, so that rows made together lie together.
"""

import os
import time
from uuid import UUID


class RandomIds:
    """Time-ordered identifiers that cannot be guessed."""

    def new(self) -> UUID:
        """48 bits of Unix milliseconds, then 74 random bits."""
        milliseconds = time.time_ns() // 1_000_000
        random = int.from_bytes(os.urandom(10))
        high = milliseconds << 16 | 0x7000 | random >> 68
        low = 0b10 << 62 | random & ((1 << 62) - 1)
        return UUID(int=high << 64 | low)
