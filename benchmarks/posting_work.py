"""
What a client of P1 does over and over: one transaction of the product, or one bulk of entries.

`spread` and `hot` are a posting with everything that one can bring with it: the entry, a domain
event with its reaction, that one's job, the notice to listeners, and an entry of the audit trail.
They differ in the accounts alone. `entry` is `spread` without all that. `capture` is the use case that notes a captured payment.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from attrs import define
from sqlalchemy import insert

from adapters.postgres.engine import build_engine
from adapters.postgres.tables.payments import payment as payment_table
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.security.encryption import BlindIndex, MasterKeys, PlatformCipher
from adapters.system.clock import SystemClock
from adapters.system.ids import RandomIds
from application.payments.ports import FoundPayment
from application.payments.settlement import record_report
from application.reactions import REACTIONS
from application.shared.access import Actor
from domain.identity.role import Role
from domain.ledger.chart import COMMISSION, PROCESSOR_CLEARING, wallet_available, wallet_pending
from domain.ledger.journal import JournalDraft, Posting, Reason
from domain.payments.events import PaymentCaptured
from domain.payments.payment import Finding, PaymentStatus, ProcessorReport
from domain.shared.events import Aggregate
from domain.shared.ids import ConsultationId, PaymentId, PhysicianId, UserId, to_wire
from domain.shared.money import Currency, Money

WALLETS = 2_000
BULK = 1_000
_FUNDS = Money(10**12, Currency("AUD"))
_AMOUNT = Money(45_00, Currency("AUD"))
_CAPTURES_PER_SECOND = 600
"""Payments made ready for each client: more than it can capture."""


@define(eq=False)
class Poster:
    """
    One client: a unit of work and a connection of its own.

    Args:
        share: Which part of the wallets it imports for, and how many parts there are.
    """

    uow: PostgresUnitOfWork
    random: Random
    actor: Actor
    share: tuple[int, int]

    @classmethod
    def crew(cls, url: str, size: int, *, first: int = 0, of: int = 1) -> list["Poster"]:
        keys, ids = MasterKeys.single(bytes(32)), RandomIds()
        engine = build_engine(url, pool_size=size)

        def poster(number: int) -> Poster:
            uow = PostgresUnitOfWork(
                engine=engine,
                clock=SystemClock(),
                ids=ids,
                master_keys=keys,
                platform_cipher=PlatformCipher(keys),
                blind_index=BlindIndex(bytes(32)),
                reaction_names=REACTIONS.names,
            )
            actor = Actor(user_id=UserId(ids.new()), roles=frozenset({Role.FINANCE}))
            return cls(uow, Random(), actor, (number, of))  # noqa: S311 - picks wallets, guards nothing

        return [poster(first + number) for number in range(size)]

    def new_id(self) -> UUID:
        return self.uow.ids.new()

    def physician(self) -> PhysicianId:
        return PhysicianId(UUID(int=self.random.randrange(WALLETS)))

    def own_physician(self) -> PhysicianId:
        """One of those that no other client imports for."""
        part, parts = self.share
        return PhysicianId(UUID(int=self.random.randrange(part, WALLETS, parts)))


def fill_wallets(poster: Poster) -> None:
    """Give every physician more to mature than a run can move."""
    for number in range(WALLETS):
        physician_id = PhysicianId(UUID(int=number))
        with poster.uow as uow:
            uow.journal.post(
                _draft(
                    poster,
                    Posting(
                        debit=PROCESSOR_CLEARING,
                        credit=wallet_pending(physician_id),
                        amount=_FUNDS,
                    ),
                )
            )
            uow.journal.post(_draft(poster, _maturing(physician_id)))
            uow.commit()


def spread(poster: Poster, _: float) -> Callable[[], int]:
    return lambda: _post(poster, _maturing(poster.physician()))


def hot(poster: Poster, _: float) -> Callable[[], int]:
    posting = Posting(debit=PROCESSOR_CLEARING, credit=COMMISSION, amount=_AMOUNT)
    return lambda: _post(poster, posting)


def entry(poster: Poster, _: float) -> Callable[[], int]:
    def post() -> int:
        draft = _draft(poster, _maturing(poster.physician()))
        with poster.uow as uow:
            uow.journal.post(draft)
            uow.commit()
        return 1

    return post


def bulk(poster: Poster, _: float) -> Callable[[], int]:
    def post() -> int:
        drafts = [_draft(poster, _maturing(poster.own_physician())) for _ in range(BULK)]
        with poster.uow as uow:
            uow.journal.post_many(drafts)
            uow.audit.record(actor=poster.actor, action="ledger.imported", subject=drafts[0].cause)
            uow.commit()
        return BULK

    return post


def capture(poster: Poster, seconds: float) -> Callable[[], int]:
    waiting = _authorised_payments(poster, round(seconds * _CAPTURES_PER_SECOND))

    def observe() -> int:
        payment_id = next(waiting)
        found = FoundPayment(
            reference=f"pi_{payment_id.hex}",
            payment_id=payment_id,
            report=ProcessorReport(finding=Finding.CAPTURED, amount=_AMOUNT),
        )
        record_report(poster.uow, found, poster.uow.clock.now())
        return 1

    return observe


WORK: dict[str, Callable[[Poster, float], Callable[[], int]]] = {
    "spread": spread,
    "hot": hot,
    "entry": entry,
    "bulk": bulk,
    "capture": capture,
}


def _post(poster: Poster, posting: Posting) -> int:
    draft = _draft(poster, posting)
    moved = Aggregate()
    moved.record(
        PaymentCaptured(
            payment_id=PaymentId(poster.new_id()),
            consultation_id=ConsultationId(poster.new_id()),
            amount=posting.amount,
            occurred_at=draft.occurred_at,
        )
    )
    with poster.uow as uow:
        uow.journal.post(draft)
        uow.scope.collect(moved)
        uow.audit.record(
            actor=poster.actor,
            action=f"ledger.{draft.reason}",
            subject=draft.cause,
            patient_id=poster.new_id(),
        )
        uow.commit()
    return 1


def _maturing(physician_id: PhysicianId) -> Posting:
    return Posting(
        debit=wallet_pending(physician_id), credit=wallet_available(physician_id), amount=_AMOUNT
    )


def _draft(poster: Poster, posting: Posting) -> JournalDraft:
    return JournalDraft(
        reason=Reason.EARNING_MATURED,
        cause=to_wire("lot", poster.new_id()),
        occurred_at=datetime.now(UTC),
        postings=(posting,),
    )


def _authorised_payments(poster: Poster, number: int) -> Iterator[PaymentId]:
    now = datetime.now(UTC)
    payment_ids = [PaymentId(poster.new_id()) for _ in range(number)]
    rows = [
        {
            "id": payment_id,
            "version": 1,
            "consultation_id": poster.new_id(),
            "patient_id": poster.new_id(),
            "amount_minor": _AMOUNT.minor,
            "currency": _AMOUNT.currency.code,
            "status": PaymentStatus.AUTHORISED.value,
            "reference": f"pi_{payment_id.hex}",
            "reserved_minor": 0,
            "refunded_minor": 0,
            "created_at": now,
        }
        for payment_id in payment_ids
    ]
    with poster.uow.engine.begin() as connection:
        connection.execute(insert(payment_table), rows)
    return iter(payment_ids)
