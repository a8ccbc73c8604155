"""
What speaks for us in a dispute, put together from what we have anyway.

Whatever is written here leaves the platform: steps, times and amounts, and not one word of
what a patient told, nor of what a physician found or prescribed. The service has no name
here either, because it would tell what ails the patient.
"""

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from application.payments.dispute_ports import ServiceFact, ServiceRecord, ServiceStep
from application.payments.ports import BilledConsultation, ConsultationFacts, PaymentsUnitOfWork
from application.shared.access import Actor, Role, require_role
from domain.catalogue.refund_policy import RefundCase, RefundPolicy, RefundRule
from domain.payments.evidence import Evidence
from domain.payments.payment import Payment
from domain.payments.refund import Refund, RefundStatus
from domain.shared.ids import DisputeId, to_wire

_PRODUCT = "A consultation with a licensed physician, held at a distance."
_STEPS = {
    ServiceStep.HANDED_IN: "The patient handed the request in and agreed to the terms",
    ServiceStep.PAID: "The patient's bank authorised the payment",
    ServiceStep.BOOKED: "A time was booked",
    ServiceStep.TAKEN: "A physician took the request on",
    ServiceStep.BEGUN: "The physician began the consultation",
    ServiceStep.PATIENT_WROTE: "The patient wrote to the physician",
    ServiceStep.PHYSICIAN_WROTE: "The physician wrote to the patient",
    ServiceStep.COMPLETED: "The physician completed the consultation",
    ServiceStep.CANCELLED: "The consultation was called off",
}
_CASES = {
    RefundCase.BEFORE_CLAIM: "before a physician takes the request on",
    RefundCase.BEFORE_OPEN: "before the physician begins",
    RefundCase.HOURS_BEFORE_APPOINTMENT: "up to {hours} hours before the booked time",
    RefundCase.AFTER_COMPLETION: "after the consultation is completed",
}


@frozen
class EvidenceFacts:
    """
    Puts the facts of a disputed payment together.
    """

    _uow: PaymentsUnitOfWork
    _consultations: ConsultationFacts
    _record: ServiceRecord

    def gather(self, dispute_id: DisputeId) -> Evidence:
        """
        The facts, with words to begin the explanation with.

        Raises:
            DisputeNotFound: No such dispute.
        """
        with self._uow as uow:
            dispute = uow.disputes.get(dispute_id)
            payment = uow.payments.get(dispute.payment_id)
            refunds = uow.refunds.of_payment(payment.id)
        billed = self._consultations.get(dispute.consultation_id)
        steps = self._record.of(dispute.consultation_id)
        served = _served_at(steps)
        return Evidence(
            explanation=_explanation(served),
            service_on=None if served is None else served.date().isoformat(),
            product=_PRODUCT,
            receipt=_receipt(payment, refunds),
            refund_policy=None if billed is None else _policy(billed),
            activity="\n".join(f"{_time(each.at)}: {_STEPS[each.step]}." for each in steps) or None,
        )


@frozen
class DraftEvidence:
    """
    Show what would be sent to the bank.
    """

    _facts: EvidenceFacts

    def __call__(self, *, actor: Actor, dispute_id: DisputeId) -> Evidence:
        """
        Put it together; nothing is sent by it.

        Raises:
            AccessDenied: Not finance staff.
            DisputeNotFound: No such dispute.
        """
        require_role(actor, Role.FINANCE)
        return self._facts.gather(dispute_id)


def with_facts(given: Evidence, facts: Evidence) -> Evidence:
    """What a member of staff wrote, and the facts that they did not write otherwise."""
    return evolve(
        facts, explanation=given.explanation, service_on=given.service_on or facts.service_on
    )


def _served_at(steps: Sequence[ServiceFact]) -> datetime | None:
    served = [each.at for each in steps if each.step is ServiceStep.COMPLETED]
    return served[-1] if served else None


def _explanation(served: datetime | None) -> str:
    begun = (
        "The cardholder asked for a consultation with a licensed physician on our platform,"
        " agreed to its terms and paid for it."
    )
    if served is None:
        return f"{begun} What was done since is listed in the record of activity."
    return (
        f"{begun} It was completed on {served:%d %B %Y}. The record of activity lists every"
        " step, and the refund policy is the one that was agreed to."
    )


def _receipt(payment: Payment, refunds: Sequence[Refund]) -> str:
    lines = [f"Payment {to_wire('payment', payment.id)}: {payment.amount}"]
    if payment.captured_at is not None:
        lines[0] += f", taken {_time(payment.captured_at)}"
    lines += [
        f"Given back: {each.amount}, {_time(each.succeeded_at)}"
        for each in refunds
        if each.status is RefundStatus.SUCCEEDED and each.succeeded_at is not None
    ]
    return "\n".join(f"{line}." for line in lines)


def _policy(billed: BilledConsultation) -> str:
    policy: RefundPolicy = billed.refund_policy
    rules = [
        f"{rule.refund_percent}% of the price comes back {_case(rule)}." for rule in policy.rules
    ]
    return "\n".join([*rules, "Otherwise a patient who cancels gets nothing back."])


def _case(rule: RefundRule) -> str:
    return _CASES[rule.applies_when].format(hours=rule.hours)


def _time(at: datetime) -> str:
    return f"{at:%d %B %Y, %H:%M} UTC"
