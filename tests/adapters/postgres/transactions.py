"""
A unit of work over a test's own database.
"""

from collections.abc import Sequence

from sqlalchemy import Engine

from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.security.encryption import BlindIndex, MasterKeys, PlatformCipher, Vaults
from application.shared.ports import Ids
from domain.shared.events import DomainEvent
from tests.fakes.clock import FixedClock, SequentialIds

MASTER_KEYS = MasterKeys.single(bytes(range(32)))
CIPHER = PlatformCipher(MASTER_KEYS)
BLIND_INDEX = BlindIndex(bytes(reversed(range(32))))
VAULTS = Vaults(MASTER_KEYS)


def no_reactions(_: type[DomainEvent]) -> Sequence[str]:
    return ()


def unit_of_work(
    engine: Engine,
    *,
    clock: FixedClock | None = None,
    ids: Ids | None = None,
    master_keys: MasterKeys = MASTER_KEYS,
) -> PostgresUnitOfWork:
    return PostgresUnitOfWork(
        engine=engine,
        clock=clock or FixedClock(),
        ids=ids or SequentialIds(),
        master_keys=master_keys,
        platform_cipher=PlatformCipher(master_keys),
        blind_index=BLIND_INDEX,
        reaction_names=no_reactions,
    )
