"""
Something of every kind that belongs to one patient and one physician, and bodies to ask with.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import text

from application.notifications.telling import Notify
from application.payouts.posting import post_request
from application.reconciliation.ports import StoredMatch
from application.scheduling.hours import SetAvailability
from application.shared.access import SYSTEM
from application.webhooks.ports import VerifiedEvent, WebhookInbox
from domain.commission.plan import CommissionPlan
from domain.documents import Document, DocumentKind
from domain.ledger import posting_rules
from domain.ledger.chart import PATIENT_FUNDS, wallet_available
from domain.ledger.hold import Hold, HoldReason
from domain.ledger.journal import JournalDraft, Posting, Reason
from domain.ledger.lot import Lot
from domain.payments.dispute import Dispute, DisputeFinding, DisputeReport
from domain.payments.payment import Payment
from domain.payments.refund import Bearer, RefundQuote, nothing_shared
from domain.payouts.payout import Payout
from domain.payouts.payout_account import PayoutAccount
from domain.reconciliation.breaks import Break
from domain.reconciliation.findings import BreakKind, Finding
from domain.reconciliation.items import Source
from domain.reconciliation.matching import Match, Rule
from domain.reconciliation.periods import AccountingPeriod
from domain.scheduling.appointment import Appointment
from domain.scheduling.booking_policy import BookingPolicy
from domain.shared.ids import (
    AccountingPeriodId,
    AppointmentId,
    BreakId,
    ConsultationId,
    DisputeId,
    DocumentId,
    HoldId,
    LotId,
    PaymentId,
    PayoutAccountId,
    PayoutId,
    ReconciliationMatchId,
    to_wire,
)
from domain.shared.money import Money
from domain.shared.period import Period
from tests.builders.care import (
    A_PHYSICIAN,
    PATIENT,
    PATIENT_USER,
    Clinic,
)
from tests.builders.catalogue import SERVICE
from tests.builders.commission import AUTHOR, STANDARD, content
from tests.builders.physicians import PHYSICIAN, SYDNEY
from tests.builders.reconciliation import theirs
from tests.entrypoints.api.bodies import BODIES, QUOTE
from tests.entrypoints.api.world import World, digest
from tests.fakes.clock import MONDAY_NOON

DISPUTE = DisputeId(UUID(int=713))
FILE_NAME = "My diagnosis.pdf"


@frozen
class Belongings:
    """Wire identifiers by the name that they have in paths."""

    ids: Mapping[str, str]

    def path(self, template: str) -> str:
        return template.format_map(self.ids)

    def body(self, name: str) -> Any:
        sent = BODIES.get(name)
        return sent and {
            key: self.ids.get(str(value).strip("{}"), value) for key, value in sent.items()
        }


def own_everything(world: World) -> Belongings:
    """Give the patient and their physician one of each."""
    clinic = world.clinic
    prescription_id = clinic.signed()
    order_id = clinic.ordered(prescription_id)
    consultation_id = clinic.prescription(prescription_id).consultation_id
    document_id, payout_id = DocumentId(UUID(int=701)), PayoutId(UUID(int=702))
    with world.uow() as uow:
        uow.documents.add(_a_document(document_id, clinic))
        uow.appointments.add(_an_appointment(consultation_id, clinic))
        payment = _a_payment(consultation_id, clinic)
        uow.payments.add(payment)
        uow.commit()
    with world.uow() as uow:
        uow.refunds.add_quote(_a_quote(payment.id, clinic))
        uow.disputes.add(_a_dispute(payment, clinic))
        hold = _a_hold(payout_id, clinic)
        uow.holds.add(hold)
        payout = _a_payout(payout_id, hold.id, clinic)
        uow.payouts.add(payout)
        for draft in _earnings(clinic):
            uow.journal.post(draft)
        post_request(uow, payout, clinic.clock.now())
        uow.lots.add(_a_lot(consultation_id, payout, clinic))
        uow.payout_accounts.add(
            PayoutAccount.open(
                id=PayoutAccountId(UUID(int=703)), physician_id=PHYSICIAN, now=clinic.clock.now()
            )
        )
        uow.commit()
    _open_hours(world)
    _notify(world)
    event_id, reaction = _a_dead_reaction(world)
    return Belongings(
        {
            "consultation_id": to_wire("consultation", consultation_id),
            "prescription_id": to_wire("prescription", prescription_id),
            "order_id": to_wire("order", order_id),
            "patient_id": to_wire("patient", PATIENT),
            "physician_id": to_wire("physician", PHYSICIAN),
            "licence_id": to_wire("licence", UUID(int=PHYSICIAN.int + (1 << 64))),
            "contract_id": to_wire("contract", UUID(int=PHYSICIAN.int + (2 << 64))),
            "service_id": to_wire("service", SERVICE),
            "document_id": to_wire("document", document_id),
            "payout_id": to_wire("payout", payout_id),
            "hold_id": to_wire("hold", hold.id),
            "payment_id": to_wire("payment", payment.id),
            "dispute_id": to_wire("dispute", DISPUTE),
            "notification_id": _a_notification(world),
            "event_id": to_wire("event", event_id),
            "webhook_id": to_wire("webhook", _a_webhook(world)),
            **_a_difference(world),
            "commission_plan_id": to_wire("commission_plan", STANDARD),
            "number": _a_plan_draft(world),
            "name": reaction,
            "kind": "telehealth",
            "month": "2026-03",
            "account": "patient_funds",
            "journal_entry_id": _an_entry(world),
            "currency": "AUD",
        }
    )


def _a_document(document_id: DocumentId, clinic: Clinic) -> Document:
    return Document.upload(
        id=document_id,
        patient_id=PATIENT,
        consultation_id=None,
        kind=DocumentKind.OTHER,
        filename=FILE_NAME,
        media_type="application/pdf",
        size=4,
        sha256=digest(b"%PDF"),
        uploaded_by=PATIENT_USER,
        now=clinic.clock.now(),
    )


def _an_appointment(consultation_id: Any, clinic: Clinic) -> Appointment:
    start_at = clinic.clock.now() + timedelta(days=3)
    return Appointment.hold(
        id=AppointmentId(UUID(int=704)),
        physician_id=PHYSICIAN,
        patient_id=PATIENT,
        consultation_id=consultation_id,
        during=Period(start_at, start_at + timedelta(minutes=30)),
        policy=BookingPolicy(),
        now=clinic.clock.now(),
    )


def _a_payment(consultation_id: Any, clinic: Clinic) -> Payment:
    return Payment.start(
        id=PaymentId(UUID(int=705)),
        consultation_id=consultation_id,
        patient_id=PATIENT,
        amount=Money.of(5_400, "AUD"),
        now=clinic.clock.now(),
    )


def _a_quote(payment_id: PaymentId, clinic: Clinic) -> RefundQuote:
    return RefundQuote(
        id=QUOTE,
        payment_id=payment_id,
        bearer=Bearer.SHARED,
        shares=nothing_shared(Money.of(5_400, "AUD")),
        quoted_at=clinic.clock.now(),
    )


def _a_dispute(payment: Payment, clinic: Clinic) -> Dispute:
    report = DisputeReport(
        finding=DisputeFinding.NEEDS_RESPONSE,
        amount=payment.amount,
        reason="fraudulent",
        inquiry=False,
        evidence_due_at=None,
        evidence_sent=False,
        movements=(),
    )
    return Dispute.open(
        id=DISPUTE,
        payment_id=payment.id,
        consultation_id=payment.consultation_id,
        reference="du_1",
        report=report,
        now=clinic.clock.now(),
    )


def _a_hold(payout_id: PayoutId, clinic: Clinic) -> Hold:
    return Hold(
        id=HoldId(UUID(int=706)),
        physician_id=PHYSICIAN,
        amount=Money.of(5_000, "AUD"),
        reason=HoldReason.PAYOUT,
        cause=to_wire("payout", payout_id),
        placed_at=clinic.clock.now(),
    )


def _a_payout(payout_id: PayoutId, hold_id: HoldId, clinic: Clinic) -> Payout:
    return Payout.request(
        id=payout_id,
        physician_id=PHYSICIAN,
        amount=Money.of(5_000, "AUD"),
        beneficiary="ben_1",
        hold_id=hold_id,
        now=clinic.clock.now(),
    )


def _a_lot(consultation_id: ConsultationId, payout: Payout, clinic: Clinic) -> Lot:
    now = clinic.clock.now()
    lot = Lot.earn(
        id=LotId(UUID(int=707)),
        physician_id=PHYSICIAN,
        consultation_id=consultation_id,
        amount=payout.amount,
        earned_at=now,
        matures_at=now,
        now=now,
    )
    lot.mature(now=now)
    lot.take(payout.amount, by=to_wire("payout", payout.id), now=now)
    return lot


def _earnings(clinic: Clinic) -> tuple[JournalDraft, ...]:
    amount = Money.of(5_000, "AUD")
    earned = Posting(debit=PATIENT_FUNDS, credit=wallet_available(PHYSICIAN), amount=amount)
    return tuple(
        JournalDraft(reason=reason, cause=cause, occurred_at=clinic.clock.now(), postings=postings)
        for reason, cause, postings in (
            (Reason.PAYMENT_CAPTURED, "pa_1", posting_rules.payment_captured(amount)),
            (Reason.SERVICE_DELIVERED, "co_1", (earned,)),
        )
    )


def _an_entry(world: World) -> str:
    with world.container.engine.connect() as connection:
        found = connection.execute(text("select id from ledger.journal_entry limit 1"))
        return to_wire("journal_entry", found.scalar_one())


def _open_hours(world: World) -> None:
    world.container.resolve(SetAvailability)(
        actor=A_PHYSICIAN, physician_id=PHYSICIAN, time_zone=SYDNEY, weekly=()
    )


def _a_difference(world: World) -> dict[str, str]:
    """A bank line that nobody can name, a match, and a period."""
    line = theirs("b1", Money.of(4_200, "AUD"), source=Source.BANK)
    pair = (theirs("b2", Money.of(1, "AUD")), theirs("b3", Money.of(-1, "AUD")))
    found = Break.find(
        id=BreakId(UUID(int=721)),
        finding=Finding(kind=BreakKind.UNKNOWN_REFERENCE, items=(line,), reason="no name"),
        now=world.clock.now(),
    )
    match_id = ReconciliationMatchId(UUID(int=722))
    period = AccountingPeriod.open(
        id=AccountingPeriodId(UUID(int=723)),
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 1, 31),
        now=world.clock.now(),
    )
    with world.uow() as uow:
        uow.reconciled_items.add_new(dict.fromkeys((line, *pair), world.clock.now().date()))
        uow.breaks.add(found)
        uow.reconciliation_matches.add(
            StoredMatch(
                id=match_id,
                match=Match(rule=Rule.HAND, items=pair, explanation="alike"),
                made_at=world.clock.now(),
                made_by="system",
            )
        )
        uow.accounting_periods.add(period)
        uow.commit()
    return {
        "break_id": to_wire("break", found.id),
        "reconciliation_match_id": to_wire("reconciliation_match", match_id),
        "accounting_period_id": to_wire("accounting_period", period.id),
    }


def _notify(world: World) -> None:
    world.container.resolve(Notify)(
        actor=SYSTEM,
        template="consultation_claimed",
        cause="co_1",
        user_id=PATIENT_USER,
        data={"consultation": "co_1"},
    )


def _a_plan_draft(world: World) -> str:
    draft = CommissionPlan.draft(
        id=STANDARD, code="standard", number=4, content=content(), by=AUTHOR, now=MONDAY_NOON
    )
    with world.uow() as uow:
        uow.commission_plans.add(draft)
        uow.commit()
    return str(draft.number)


def _a_notification(world: World) -> str:
    with world.container.engine.connect() as connection:
        found = connection.execute(
            text("select id from notification where channel = 'portal' limit 1")
        ).scalar_one()
    return to_wire("notification", found)


def _a_dead_reaction(world: World) -> tuple[UUID, str]:
    with world.container.engine.begin() as connection:
        event_id, name = connection.execute(
            text(
                "update reaction set status = 'dead', last_error = 'PharmacyUnreachable',"
                " attempts = 12, finished_at = created_at where (event_id, name) ="
                " (select event_id, name from reaction order by event_id, name limit 1)"
                " returning event_id, name"
            )
        ).one()
    return event_id, name


def _a_webhook(world: World) -> UUID:
    inbox = world.container.resolve(WebhookInbox)
    now = world.clock.now()
    event = VerifiedEvent(event_id="evt_1", kind="refund.updated", reference="re_1", facts={})
    webhook_id = inbox.store(vendor="stripe", event=event, body=b"{}", now=now)
    assert webhook_id is not None
    inbox.begin(webhook_id=webhook_id)
    inbox.fail(webhook_id=webhook_id, error="RefundNotFound", given_up=True, now=now)
    return webhook_id
