"""
A real unit of work for tests that need one, with a clock that the test decides about.
"""

from sqlalchemy import Engine

from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.security.encryption import BlindIndex, MasterKeys, PlatformCipher
from adapters.system.ids import RandomIds
from application.shared.ports import Clock


def postgres_unit_of_work(engine: Engine, clock: Clock) -> PostgresUnitOfWork:
    keys = MasterKeys.single(b"k" * 32)
    return PostgresUnitOfWork(
        engine=engine,
        clock=clock,
        ids=RandomIds(),
        master_keys=keys,
        platform_cipher=PlatformCipher(keys),
        blind_index=BlindIndex(b"b" * 32),
        reaction_names=lambda _: (),
    )
