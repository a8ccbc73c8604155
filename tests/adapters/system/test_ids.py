"""
Identifiers are UUIDv7: valid, in the order of time, and never the same twice.
"""

import time
from uuid import RFC_4122

from adapters.system.ids import RandomIds


def test_is_a_uuid_of_version_seven() -> None:
    made = RandomIds().new()

    assert (made.version, made.variant) == (7, RFC_4122)


def test_begins_with_the_milliseconds_of_its_time() -> None:
    before = time.time_ns() // 1_000_000
    made = RandomIds().new()
    after = time.time_ns() // 1_000_000

    assert before <= made.int >> 80 <= after


def test_every_other_bit_is_random() -> None:
    ids = RandomIds()
    seen_set = seen_unset = 0
    for _ in range(2_000):
        number = ids.new().int
        seen_set |= number
        seen_unset |= ~number

    random_bits = (1 << 62) - 1 | 0xFFF << 64
    assert seen_set & random_bits == random_bits
    assert seen_unset & random_bits == random_bits
