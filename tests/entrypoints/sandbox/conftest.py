from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.entrypoints.sandbox.stripe_world import Shop
from tests.entrypoints.sandbox.stripe_world import shop as open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened
