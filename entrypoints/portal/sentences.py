"""
Where things stand, in sentences: what is happening, whom it waits for, what comes next.
"""

from datetime import UTC, datetime, timedelta

from attrs import frozen

from application.consultations.views import ConsultationSummary
from application.orders.queries import OrderView
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.outcome import CancellationReason, ConsultationOutcome
from domain.orders.fulfilment import AttentionReason, OrderStatus
from entrypoints.portal.words import moment_with_zone, span_at_most


@frozen
class Sentence:
    """What to say, what to add, and how it sounds: good, `wait`, `harm` or `plain`."""

    words: str
    detail: str = ""
    tone: str = ""


_CANCELLED = {
    CancellationReason.PATIENT_CHANGED_MIND: "You cancelled this consultation.",
    CancellationReason.PATIENT_NO_SHOW: "This visit was missed.",
    CancellationReason.PAYMENT_FAILED: "This was cancelled because the payment failed.",
    CancellationReason.PHYSICIAN_UNAVAILABLE: "The physician could not keep this visit.",
    CancellationReason.NOT_SUITABLE_ONLINE: "The physician asks you to see somebody in person.",
    CancellationReason.PROMISE_BROKEN: "We did not find a physician in the promised time.",
    CancellationReason.PLATFORM: "We had to cancel this consultation.",
}
_OUTCOMES = {
    ConsultationOutcome.TREATED: "Your physician has finished and left you advice.",
    ConsultationOutcome.PRESCRIBED: "Your physician has prescribed for you.",
    ConsultationOutcome.REFERRED: "Your physician refers you to somebody else.",
    ConsultationOutcome.NO_TREATMENT: "Your physician has finished: no treatment is needed.",
}
_ORDERS = {
    OrderStatus.CREATED: ("We are choosing a pharmacy.", "wait"),
    OrderStatus.SENDING: ("We are sending your prescription to the pharmacy.", "wait"),
    OrderStatus.UNKNOWN: ("We are checking whether the pharmacy has your prescription.", "wait"),
    OrderStatus.SENT: ("Your prescription is on its way to the pharmacy.", "wait"),
    OrderStatus.RECEIVED: ("The pharmacy has your prescription.", ""),
    OrderStatus.PREPARING: ("The pharmacy is preparing your medicine.", ""),
    OrderStatus.READY: ("Your medicine is ready to be collected.", ""),
    OrderStatus.SHIPPED: ("Your medicine has been shipped.", ""),
    OrderStatus.DELIVERED: ("Your medicine was delivered.", ""),
    OrderStatus.COLLECTED: ("You collected your medicine.", ""),
    OrderStatus.CANCELLED: ("This order was cancelled.", "plain"),
    OrderStatus.FAILED: ("The pharmacy cannot supply this. Choose another one.", "harm"),
    OrderStatus.REROUTED: ("Another pharmacy supplies this now.", "plain"),
}


def for_patient(
    one: ConsultationSummary, *, zone: str, position: int | None = None, now: datetime | None = None
) -> Sentence:
    """A consultation as its patient should understand it."""
    at = now or datetime.now(UTC)
    who = one.physician_name or "Your physician"
    status = one.status
    if status is ConsultationStatus.DRAFT:
        return Sentence("You have not sent this yet.", "Your answers are saved.", "wait")
    if status is ConsultationStatus.AWAITING_PAYMENT:
        return Sentence(
            "This waits for your payment.", "A physician sees it once it is paid.", "wait"
        )
    if status is ConsultationStatus.STOPPED:
        return Sentence(
            "Your answers call for help in person.", "You have not been charged.", "harm"
        )
    if status is ConsultationStatus.CANCELLED:
        reason = _CANCELLED.get(one.cancellation) if one.cancellation is not None else None
        return Sentence(reason or "This consultation was cancelled.", tone="plain")
    if status is ConsultationStatus.COMPLETED:
        outcome = _OUTCOMES.get(one.outcome) if one.outcome is not None else None
        return Sentence(outcome or "Your physician has finished.")
    return _under_way(one, who=who, zone=zone, position=position, now=at)


_SUPPLIED = frozenset({OrderStatus.DELIVERED, OrderStatus.COLLECTED})
_ASKING = "We are asking the pharmacy and will write to you."


def of_order(order: OrderView) -> Sentence:
    """Where an order is, for the patient."""
    words, tone = _ORDERS[order.status]
    where = order.pharmacy.name if order.pharmacy is not None else ""
    if order.attention is AttentionReason.DISPENSED_TWICE:
        return Sentence(
            "Your medicine may have been handed out twice.",
            f"Take it as prescribed, and only from one of the packs. {_ASKING}",
            "harm",
        )
    if order.attention is AttentionReason.MOVED_ELSEWHERE:
        return Sentence(
            "The pharmacy passed your prescription on.",
            "We are finding out where it is now. Please do not go to the first pharmacy.",
            "wait",
        )
    if order.attention is AttentionReason.CONTRADICTING_STATUS:
        if order.status in _SUPPLIED:
            return Sentence(words, f"{where} says it was cancelled afterwards. {_ASKING}", "wait")
        if order.fills:
            return Sentence(
                "The pharmacy may have handed this out all the same.",
                f"Do not take it twice. {_ASKING}",
                "harm",
            )
    return Sentence(words, where, tone)


def _under_way(
    one: ConsultationSummary, *, who: str, zone: str, position: int | None, now: datetime
) -> Sentence:
    visit = (
        f"Your visit begins {moment_with_zone(one.appointment_at, zone)}."
        if one.appointment_at is not None
        else ""
    )
    if one.status is ConsultationStatus.WAITING:
        place = "You are next." if position == 1 else ""
        if position is not None and position > 1:
            place = f"Before you: {position - 1}."
        return Sentence(
            "A physician will take your case soon.",
            " ".join(part for part in (visit, _promise(one.promised_by, now), place) if part),
            "wait",
        )
    if one.status is ConsultationStatus.CLAIMED:
        words = f"{who} has taken your case."
        return Sentence(words, visit or _promise(one.promised_by, now) or "They begin soon.")
    return Sentence(f"{who} is working on your case.", visit or "You can write to them below.")


def _promise(promised_by: datetime | None, now: datetime) -> str:
    if promised_by is None:
        return ""
    left = promised_by - now
    if left <= timedelta(0):
        return "This takes longer than we promised. We are looking into it."
    return f"You hear from them within {span_at_most(left)}."
