"""
Signing in, on a real database, by many at once.
"""

import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from adapters.postgres.queries.identity import PostgresIdentityQueries
from adapters.security.passwords import Argon2Passwords
from adapters.security.second_factors import TotpSecondFactors
from adapters.security.tokens import RandomTokens
from adapters.system.ids import RandomIds
from application.identity.authentication import Authenticate
from application.identity.registration import RegisterUser
from application.identity.sign_in import SignIn
from domain.identity.lockout import FREE_FAILURES, SignInLocked, WrongCredentials
from domain.shared.contact import EmailAddress
from domain.shared.errors import DomainError
from tests.adapters.postgres.transactions import CIPHER, unit_of_work
from tests.fakes.clock import FixedClock

EMAIL = EmailAddress("amelia@example.com")
PASSWORD = "correct horse battery"
PASSWORDS = Argon2Passwords(time_cost=1, memory_kib=64)
CLOCK = FixedClock()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, pool_size=10)
    RegisterUser(unit_of_work(engine), CLOCK, RandomIds(), PASSWORDS)(
        email=EMAIL, password=PASSWORD
    )
    yield engine
    engine.dispose()


def attempt(engine: Engine, password: str) -> str:
    sign_in = SignIn(
        unit_of_work(engine, ids=RandomIds()),
        CLOCK,
        RandomIds(),
        PASSWORDS,
        RandomTokens(),
        TotpSecondFactors(),
    )
    return sign_in(email=EMAIL, password=password).token


def at_once(engine: Engine, passwords: list[str]) -> Counter[str]:
    outcomes: list[str] = []
    barrier = threading.Barrier(len(passwords))

    def run(password: str) -> None:
        barrier.wait(timeout=30)
        try:
            attempt(engine, password)
            outcomes.append("signed in")
        except DomainError as refused:
            outcomes.append(type(refused).__name__)

    threads = [threading.Thread(target=run, args=(password,)) for password in passwords]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(outcomes)


def test_a_token_stands_for_the_person(engine: Engine) -> None:
    token = attempt(engine, PASSWORD)

    actor = Authenticate(
        PostgresIdentityQueries(engine, CIPHER), unit_of_work(engine), CLOCK, RandomTokens()
    )(token=token)

    assert actor.user_id is not None


def test_guesses_made_at_once_count_one_by_one(engine: Engine) -> None:
    outcomes = at_once(engine, ["wrong password"] * 10)

    assert outcomes == {
        WrongCredentials.__name__: FREE_FAILURES,
        SignInLocked.__name__: 10 - FREE_FAILURES,
    }


def test_several_devices_at_once_do_not_stop_each_other(engine: Engine) -> None:
    for _ in range(3):
        assert at_once(engine, [PASSWORD] * 4) == {"signed in": 4}
