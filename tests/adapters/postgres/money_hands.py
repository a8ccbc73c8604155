"""
Hands that move the same money at once, whose connections die, and vendors that all of them call.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

from attrs import define, evolve, frozen
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from adapters.postgres.driver import driver_of
from adapters.postgres.rows import StaleAggregate
from adapters.postgres.scope import Scope
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.system.ids import RandomIds
from application.ledger.holds import PlaceHold, ReleaseDueHolds, ReleaseHold
from application.payments.ports import PaymentOutcomeUnknown, Stage
from application.payouts.ports import Payee, TransferOutcomeUnknown
from application.shared.access import SYSTEM, Actor, Role
from domain.ledger.hold import HoldCategory
from domain.payments.dispute import DisputeFinding
from domain.payments.payment import Finding
from domain.payments.refund import Bearer, RefundFinding
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout_account import PayoutAccountStatus
from domain.payouts.transfer import TransferFinding
from domain.shared.errors import Conflict, NotFound, NotPermitted
from domain.shared.ids import ConsultationId, HoldId, PayoutId, PhysicianId, UserId
from domain.shared.money import Money
from domain.wallets.wallet import WalletPolicy
from tests.adapters.postgres.transactions import unit_of_work
from tests.fakes.clock import FixedClock
from tests.fakes.money import AUD, FINANCE, SECOND_FINANCE, MoneyDesk, a_bank, a_consultation

PHYSICIANS = tuple(PhysicianId(UUID(int=number)) for number in (21, 22))
CONSULTATIONS = tuple(ConsultationId(UUID(int=number)) for number in range(101, 109))
_DELIVERED_BEFORE = 4
_PAID_BEFORE = 7
_TRIES = 12
_LOST = (PaymentOutcomeUnknown, TransferOutcomeUnknown)

Lock = AbstractContextManager[Any]


class AnswerLost(Exception):
    """It was committed, and nobody was told."""


@define(eq=False, kw_only=True)
class FragileUnitOfWork(PostgresUnitOfWork):
    """
    Loses its connection when it is told to.

    Args:
        dies_in: How many touches of the database are left to the connection; None for all.
        keeps_quiet: The next commit succeeds, and its answer is lost.
    """

    dies_in: int | None = None
    keeps_quiet: bool = False

    @property
    def scope(self) -> Scope:
        scope = PostgresUnitOfWork.scope.__get__(self)
        assert isinstance(scope, Scope)
        if self.dies_in is not None:
            self.dies_in -= 1
            if self.dies_in < 0:
                self.dies_in = None
                driver_of(scope.connection).close()
        return scope

    def commit(self) -> None:
        PostgresUnitOfWork.commit(self)
        if self.keeps_quiet:
            self.keeps_quiet = False
            raise AnswerLost


def fragile(engine: Engine, clock: FixedClock) -> FragileUnitOfWork:
    sound = unit_of_work(engine, clock=clock, ids=RandomIds())
    return FragileUnitOfWork(
        engine=engine,
        clock=clock,
        ids=sound.ids,
        master_keys=sound.master_keys,
        platform_cipher=sound.platform_cipher,
        blind_index=sound.blind_index,
        reaction_names=sound.reaction_names,
    )


class OneAtATime:
    """What many threads call, and what takes one call after the other, as a vendor does."""

    def __init__(self, target: object, lock: Lock) -> None:
        self.__dict__.update(target=target, lock=lock)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.target, name)
        if not callable(found):
            return found

        def locked(*args: object, **named: object) -> Any:
            with self.lock:
                return found(*args, **named)

        return locked

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.target, name, value)


@frozen(kw_only=True)
class Deed:
    """
    Something that is done to the money.

    Args:
        pick: Which payment, payout or hold of those that there are; any number will do.
        turn: Which way it goes, where there are several.
        dies_in: After how many touches of the database the connection is lost, at the first try.
        unheard: The first commit's answer is lost.
    """

    kind: str
    pick: int
    minor: int
    turn: int
    dies_in: int | None
    unheard: bool


@define(eq=False)
class Hand:
    """One worker: a thread of its own, with a connection of its own."""

    desk: MoneyDesk
    engine: Engine
    world: Lock
    refused: int = 0
    repeated: int = 0

    @classmethod
    def at(cls, engine: Engine, desk: MoneyDesk, world: Lock) -> "Hand":
        """Another hand at the money of a desk."""
        own = object.__new__(MoneyDesk)
        for name in MoneyDesk.__slots__:
            if name != "__weakref__":
                setattr(own, name, getattr(desk, name))
        own.uow = fragile(engine, desk.clock)  # type: ignore[assignment]
        return cls(own, engine, world)

    @property
    def uow(self) -> FragileUnitOfWork:
        return cast("FragileUnitOfWork", self.desk.uow)

    def do(self, deed: Deed) -> None:
        """As the worker does: again, until it succeeds or is refused."""
        self.uow.dies_in, self.uow.keeps_quiet = deed.dies_in, deed.unheard
        self.insist(lambda: DEEDS[deed.kind](self, deed))
        self.uow.dies_in, self.uow.keeps_quiet = None, False

    def insist(self, work: Callable[[], object]) -> None:
        """
        Raises:
            Exception: It is no refusal, or it failed too often.
        """
        for attempt in range(1, _TRIES + 1):
            try:
                work()
            except (AnswerLost, OperationalError, StaleAggregate, *_LOST):
                self.repeated += 1
                if attempt == _TRIES:
                    raise
            except (Conflict, NotFound, NotPermitted):
                self.refused += 1
                return
            else:
                return

    def rows(self, statement: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement)))

    def pick(self, statement: str, number: int) -> UUID | None:
        found = [row[0] for row in self.rows(statement)]
        return found[number % len(found)] if found else None

    def consultation(self, deed: Deed) -> ConsultationId:
        return CONSULTATIONS[deed.pick % len(CONSULTATIONS)]

    def pay(self, deed: Deed) -> None:
        """The patient pays; the money is taken at once, or set aside and taken later."""
        consultation_id = self.consultation(deed)
        if self.desk.consultations.billed[consultation_id].stage is Stage.CANCELLED:
            return
        self.desk.start(consultation_id)
        reference = self.desk.reference(consultation_id)
        with self.world:
            if self.desk.processor.payments[reference].report.finding is Finding.UNPAID:
                taken = Finding.CAPTURED if deed.turn == 0 else Finding.AUTHORISED
                self.desk.processor.report(reference, taken)
        self.insist(partial(self.desk.refresh_payment, actor=SYSTEM, reference=reference))

    def complete(self, deed: Deed) -> None:
        """What was paid is delivered, if nobody cancelled it."""
        consultation_id = self.consultation(deed)
        with self.world:
            billed = self.desk.consultations.billed[consultation_id]
            paid = self.desk.processor.payments.get(self.reference(consultation_id) or "")
            if paid is None or paid.report.finding not in (Finding.AUTHORISED, Finding.CAPTURED):
                return
            if billed.stage not in (Stage.UNPAID, Stage.WAITING):
                return
            self.desk.consultations.change(
                consultation_id,
                stage=Stage.COMPLETED,
                physician_id=PHYSICIANS[consultation_id.int % len(PHYSICIANS)],
                claimed=True,
                opened=True,
                ended_at=self.desk.clock.now(),
            )
            self.desk.processor.silent = deed.turn == 0
        self.deliver(consultation_id)

    def deliver(self, consultation_id: ConsultationId) -> None:
        self.insist(
            lambda: self.desk.capture_payment(actor=SYSTEM, consultation_id=consultation_id)
        )
        self.insist(lambda: self.desk.record_earning(actor=SYSTEM, consultation_id=consultation_id))

    def cancel(self, deed: Deed) -> None:
        consultation_id = self.consultation(deed)
        with self.world:
            stage = self.desk.consultations.billed[consultation_id].stage
            if stage in (Stage.COMPLETED, Stage.CANCELLED):
                return
            self.desk.consultations.change(
                consultation_id,
                stage=Stage.CANCELLED,
                full_refund=deed.turn % 2 == 0,
                physician_id=PHYSICIANS[consultation_id.int % len(PHYSICIANS)],
            )
        self.give_back(consultation_id)

    def give_back(self, consultation_id: ConsultationId) -> None:
        self.insist(
            lambda: self.desk.refund_when_cancelled(actor=SYSTEM, consultation_id=consultation_id)
        )

    def refund(self, deed: Deed) -> None:
        quote = self.desk.quote_refund(
            actor=FINANCE,
            consultation_id=self.consultation(deed),
            amount=Money(deed.minor, AUD),
            bearer=list(Bearer)[deed.turn % len(Bearer)],
        )
        refund_id = self.desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="x")
        findings = (RefundFinding.SUCCEEDED, RefundFinding.PENDING)
        self.desk.processor.refund_finding = findings[deed.turn % 2]
        self.insist(lambda: self.desk.submit_refund(actor=SYSTEM, refund_id=refund_id))

    def refund_ends(self, deed: Deed) -> None:
        """Also: it fails after it had succeeded."""
        with self.world:
            waiting = sorted(self.desk.processor.refunds)
            if not waiting:
                return
            reference = waiting[deed.pick % len(waiting)]
            if self.desk.processor.refunds[reference].finding is not RefundFinding.FAILED:
                ends = (RefundFinding.FAILED, RefundFinding.SUCCEEDED)
                self.desk.processor.report_refund(reference, ends[deed.turn % 2])
        self.insist(partial(self.desk.refresh_refund, actor=SYSTEM, reference=reference))

    def dispute(self, deed: Deed) -> None:
        with self.world:
            captured = [
                found.reference
                for found in self.desk.processor.payments.values()
                if found.report.finding is Finding.CAPTURED
            ]
            if not captured:
                return
            paid = sorted(captured)[deed.pick % len(captured)]
            disputed = [each.payment_reference for each in self.desk.bank.disputes.values()]
            if paid in disputed:
                return
            reference = self.desk.bank.open(paid, Money(deed.minor, AUD), inquiry=deed.turn == 0)
        self.insist(partial(self.desk.refresh_dispute, actor=SYSTEM, reference=reference))

    def dispute_moves(self, deed: Deed) -> None:
        """Won, lost, given back meanwhile, and overturned."""
        with self.world:
            known = sorted(self.desk.bank.disputes)
            if not known:
                return
            reference = known[deed.pick % len(known)]
            self._decide(reference, deed.turn)
        self.insist(partial(self.desk.refresh_dispute, actor=SYSTEM, reference=reference))

    def _decide(self, reference: str, turn: int) -> None:
        bank = self.desk.bank
        report = bank.disputes[reference].report
        away = -sum(movement.amount.minor for movement in report.movements)
        if report.inquiry or report.finding is DisputeFinding.WITHDRAWN:
            return
        if report.finding is DisputeFinding.LOST:
            bank.win(reference)
        elif report.finding is DisputeFinding.WON or turn % 3 == 0:
            if not away:
                bank.withdraw(reference)
            bank.lose(reference)
        elif turn % 3 == 1:
            (bank.reinstate if away else bank.withdraw)(reference)
        else:
            bank.change(reference, finding=DisputeFinding.WON)
            if away:
                bank.reinstate(reference)

    def time_passes(self, deed: Deed) -> None:
        with self.world:
            self.desk.clock.pass_by(timedelta(days=deed.turn))
        self.desk.mature_earnings(actor=SYSTEM)

    def ask_for_payout(self, deed: Deed) -> None:
        physician_id = PHYSICIANS[deed.pick % len(PHYSICIANS)]
        payout_id = self.desk.request_payout(
            actor=_actor(physician_id), physician_id=physician_id, amount=Money(deed.minor, AUD)
        )
        if deed.turn % 2:
            self.insist(lambda: self.desk.submit_payout(actor=SYSTEM, payout_id=payout_id))

    def send_payouts(self, deed: Deed) -> None:
        with self.world:
            self.desk.vendor.silent = deed.turn == 1
            self.desk.vendor.deaf = deed.turn == 2
            failures = [None, *PayoutFailure]
            self.desk.vendor.rejects = failures[deed.minor % len(failures)]
        for row in self.rows("select id from payout where status = 'requested' order by id"):
            self.desk.submit_payout(actor=SYSTEM, payout_id=PayoutId(row.id))

    def transfer_moves(self, deed: Deed) -> None:
        """Also: it comes back after it was paid."""
        with self.world:
            known = sorted(self.desk.vendor.transfers)
            if not known:
                return
            reference = known[deed.pick % len(known)]
            finding = list(TransferFinding)[deed.turn % len(TransferFinding)]
            now = self.desk.vendor.transfers[reference].finding
            if now is TransferFinding.PAID:
                finding = TransferFinding.FAILED
            if now is not TransferFinding.FAILED:
                self.desk.vendor.report(reference, finding, fee=Money(25, AUD))
        self.insist(partial(self.desk.refresh_payout, actor=SYSTEM, reference=reference))

    def cancel_payout(self, deed: Deed) -> None:
        found = self.pick("select id from payout order by id", deed.pick)
        if found is not None:
            self.desk.cancel_payout(actor=FINANCE, payout_id=PayoutId(found))

    def decide_payout(self, deed: Deed) -> None:
        """Two people agree to a large one, or one of them says no."""
        found = self.pick(
            "select id from payout where status = 'awaiting_approval' order by id", deed.pick
        )
        if found is None:
            return
        if deed.turn == 0:
            self.desk.decline_payout(actor=FINANCE, payout_id=PayoutId(found), reason="x")
            return
        for actor in (FINANCE, SECOND_FINANCE):
            self.insist(partial(self.desk.approve_payout, actor=actor, payout_id=PayoutId(found)))

    def hold(self, deed: Deed) -> None:
        PlaceHold(*self.desk.core, self.desk.ids)(
            actor=FINANCE,
            physician_id=PHYSICIANS[deed.pick % len(PHYSICIANS)],
            amount=Money(deed.minor, AUD),
            category=HoldCategory.UNUSUAL_ACTIVITY,
            review_until=self.desk.clock.now() + timedelta(days=3),
            reason="x",
        )

    def release(self, deed: Deed) -> None:
        found = self.pick("select id from hold where reason = 'review' order by id", deed.pick)
        if found is not None:
            ReleaseHold(*self.desk.core)(actor=FINANCE, hold_id=HoldId(found), reason="x")

    def sweep(self, _: Deed) -> None:
        self.settle()

    def reference(self, consultation_id: ConsultationId) -> str | None:
        return next(
            (
                row.reference
                for row in self.rows("select consultation_id, reference from payment")
                if row.consultation_id == consultation_id
            ),
            None,
        )

    def settle(self) -> None:
        """What reactions, schedules and messages of vendors would do by and by."""
        with self.world:
            self.desk.processor.silent = self.desk.vendor.silent = self.desk.vendor.deaf = False
            self.desk.vendor.rejects = None
            self.desk.processor.refund_finding = RefundFinding.SUCCEEDED
            self.desk.clock.pass_by(timedelta(hours=1))
        for consultation_id, billed in list(self.desk.consultations.billed.items()):
            if billed.stage is Stage.COMPLETED:
                self.deliver(ConsultationId(consultation_id))
            elif billed.stage is Stage.CANCELLED:
                self.give_back(ConsultationId(consultation_id))
        for row in self.rows("select id from refund where status = 'requested' order by id"):
            self.insist(partial(self.desk.submit_refund, actor=SYSTEM, refund_id=row.id))
        for sweep in (
            self.desk.sweep_payments,
            self.desk.sweep_refunds,
            self.desk.sweep_disputes,
            self.desk.sweep_payouts,
            self.desk.mature_earnings,
            ReleaseDueHolds(*self.desk.core),
        ):
            self.insist(partial(sweep, actor=SYSTEM))


DEEDS: dict[str, Callable[[Hand, Deed], None]] = {
    "pay": Hand.pay,
    "complete": Hand.complete,
    "cancel": Hand.cancel,
    "refund": Hand.refund,
    "refund_ends": Hand.refund_ends,
    "dispute": Hand.dispute,
    "dispute_moves": Hand.dispute_moves,
    "time_passes": Hand.time_passes,
    "ask_for_payout": Hand.ask_for_payout,
    "send_payouts": Hand.send_payouts,
    "transfer_moves": Hand.transfer_moves,
    "cancel_payout": Hand.cancel_payout,
    "decide_payout": Hand.decide_payout,
    "hold": Hand.hold,
    "release": Hand.release,
    "sweep": Hand.sweep,
}


def _actor(physician_id: PhysicianId) -> Actor:
    return Actor(
        user_id=UserId(UUID(int=physician_id.int + 1000)),
        roles=[Role.PHYSICIAN],
        physician_id=physician_id,
    )


def open_house(engine: Engine, desk: MoneyDesk, world: Lock) -> Hand:
    """Physicians who can be paid, consultations, and some money to begin with."""
    desk.policy = WalletPolicy(approval_above=60)
    desk.consultations.billed.clear()
    for physician_id in PHYSICIANS:
        desk.payees.payees[physician_id] = Payee(
            physician_id=physician_id, given_name="Ada", family_name="Example", email="a@b.test"
        )
        account_id = desk.open_account(actor=_actor(physician_id), physician_id=physician_id)
        desk.vendor.decide(account_id, PayoutAccountStatus.ACTIVE)
        desk.refresh_account(actor=SYSTEM, reference=desk.vendor.accounts[account_id].reference)
        desk.link_bank(actor=_actor(physician_id), physician_id=physician_id, bank=a_bank())
    for consultation_id in CONSULTATIONS:
        desk.consultations.put(a_consultation(consultation_id))
    for name in ("processor", "bank", "vendor", "consultations"):
        setattr(desk, name, OneAtATime(getattr(desk, name), world))
    hand = Hand.at(engine, desk, world)
    for number in range(_PAID_BEFORE):
        deed = Deed(kind="pay", pick=number, minor=1, turn=number % 2, dies_in=None, unheard=False)
        hand.do(deed)
        if number < _DELIVERED_BEFORE:
            hand.do(evolve(deed, kind="complete"))
    desk.clock.pass_by(timedelta(days=3))
    hand.desk.mature_earnings(actor=SYSTEM)
    return hand
