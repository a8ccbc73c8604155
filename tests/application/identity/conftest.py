from typing import Any

import pytest
from attrs import Factory, define, field

from application.identity.accounts import EnsureAdministrator
from application.identity.authentication import Authenticate
from application.identity.registration import (
    RegisterUser,
    RequestPasswordReset,
    SendPasswordReset,
)
from application.identity.second_factors import Enrolment, EnrolSecondFactor
from application.identity.sign_in import IssuedSession, SignIn
from application.shared.access import SYSTEM, Actor
from domain.shared.contact import EmailAddress
from domain.shared.ids import UserId
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.identity import (
    CountedSecondFactors,
    InMemoryIdentityQueries,
    NumberedTokens,
    PlainPasswords,
    RecordedAccountMail,
)
from tests.fakes.unit_of_work import FakeUnitOfWork

EMAIL = EmailAddress("amelia@example.com")
PASSWORD = "correct horse battery"


@define(eq=False)
class Door:
    """Everything that identity's use cases are made of."""

    uow: FakeUnitOfWork = field(factory=FakeUnitOfWork)
    clock: FixedClock = field(factory=FixedClock)
    ids: SequentialIds = field(factory=SequentialIds)
    passwords: PlainPasswords = field(factory=PlainPasswords)
    tokens: NumberedTokens = field(factory=NumberedTokens)
    second_factors: CountedSecondFactors = field(factory=CountedSecondFactors)
    mail: RecordedAccountMail = field(factory=RecordedAccountMail)
    queries: InMemoryIdentityQueries = field(
        default=Factory(
            lambda self: InMemoryIdentityQueries(
                self.uow.users, self.uow.sessions, self.uow.machine_clients
            ),
            takes_self=True,
        )
    )

    def register(self, email: EmailAddress = EMAIL, password: str = PASSWORD) -> UserId:
        register = RegisterUser(self.uow, self.clock, self.ids, self.passwords)
        return register(email=email, password=password, time_zone="Australia/Sydney")

    def sign_in(
        self,
        email: EmailAddress = EMAIL,
        password: str = PASSWORD,
        code: str | None = None,
        device: str = "Firefox",
    ) -> IssuedSession:
        sign_in = SignIn(
            self.uow, self.clock, self.ids, self.passwords, self.tokens, self.second_factors
        )
        return sign_in(email=email, password=password, code=code, device=device)

    def authenticate(self, token: str) -> Actor:
        return Authenticate(self.queries, self.uow, self.clock, self.tokens)(token=token)

    def signed_in(self, **kwargs: Any) -> Actor:
        return self.authenticate(self.sign_in(**kwargs).token)

    def forget(self, email: EmailAddress = EMAIL) -> None:
        """Ask for a new password, and let the worker send the link."""
        user = self.uow.users.find_by_email(email)
        assert user is not None
        RequestPasswordReset(self.uow, self.clock)(email=email)
        SendPasswordReset(self.uow, self.clock, self.tokens, self.mail)(
            actor=SYSTEM, user_id=user.id
        )

    def enrol(self, actor: Actor, password: str = PASSWORD) -> Enrolment:
        enrol = EnrolSecondFactor(self.uow, self.clock, self.passwords, self.second_factors)
        return enrol(actor=actor, password=password)

    def administrator(self) -> Actor:
        make = EnsureAdministrator(self.uow, self.clock, self.ids, self.passwords)
        email = EmailAddress("boss@example.com")
        make(email=email, password=PASSWORD, name="Boss")
        return self.signed_in(email=email)

    def actions(self) -> list[str]:
        return [record.action for record in self.uow.audit.records]


@pytest.fixture
def door() -> Door:
    return Door()
