"""
Disputes through Stripe (https://docs.stripe.com/api/disputes).

What a dispute did to our balance is read from its balance transactions. `prevented` and
`warning_closed` mean that nothing came of it.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import stripe
from stripe import StripeClient
from stripe.params import DisputeUpdateParams, DisputeUpdateParamsEvidence

from application.payments.dispute_ports import FoundDispute
from application.payments.ports import PaymentOutcomeUnknown, PaymentRefused
from domain.payments.dispute import (
    DisputeFinding,
    DisputeNotFound,
    DisputeReport,
    Movement,
)
from domain.payments.evidence import Evidence
from domain.shared.ids import DisputeId
from domain.shared.money import Money

Answer = TypeVar("Answer")

_NOT_FOUND = 404
_PAGE = 100
_INQUIRY = "warning_"
_FINDINGS = {
    "needs_response": DisputeFinding.NEEDS_RESPONSE,
    "under_review": DisputeFinding.UNDER_REVIEW,
    "won": DisputeFinding.WON,
    "lost": DisputeFinding.LOST,
    "prevented": DisputeFinding.WITHDRAWN,
    "warning_needs_response": DisputeFinding.NEEDS_RESPONSE,
    "warning_under_review": DisputeFinding.UNDER_REVIEW,
    "warning_closed": DisputeFinding.WITHDRAWN,
}


class StripeDisputes:
    """
    Disputes of charges, and our evidence.
    """

    def __init__(self, client: StripeClient) -> None:
        self._disputes = client.v1.disputes

    def find_dispute(self, reference: str) -> FoundDispute:
        return found_dispute(_answer(lambda: self._disputes.retrieve(reference)))

    def disputes_since(self, since: datetime) -> tuple[FoundDispute, ...]:
        return _answer(lambda: tuple(self._listed(int(since.timestamp()))))

    def answer(
        self, reference: str, evidence: Evidence, *, dispute_id: DisputeId, inquiry: bool
    ) -> FoundDispute:
        given: DisputeUpdateParams = {"evidence": _said(evidence), "submit": True}
        about = "inquiry" if inquiry else "dispute"
        try:
            dispute = _answer(
                lambda: self._disputes.update(
                    reference,
                    given,
                    {"idempotency_key": f"evidence-{about}-{dispute_id}"},
                )
            )
        except _AnsweredOtherwise:
            # Evidence was sent under this key before: what counts is how it stands.
            return self.find_dispute(reference)
        return found_dispute(dispute)

    def _listed(self, since: int) -> Iterator[FoundDispute]:
        listed = self._disputes.list({"created": {"gte": since}, "limit": _PAGE})
        for dispute in listed.auto_paging_iter():
            yield found_dispute(dispute)


class _AnsweredOtherwise(Exception):
    """The key was used before, with other words."""


def _said(evidence: Evidence) -> DisputeUpdateParamsEvidence:
    # A receipt of its own would have to be a file.
    words = [evidence.explanation, evidence.receipt]
    said: DisputeUpdateParamsEvidence = {
        "uncategorized_text": "\n\n".join(part for part in words if part)
    }
    if evidence.service_on is not None:
        said["service_date"] = evidence.service_on
    if evidence.product is not None:
        said["product_description"] = evidence.product
    if evidence.refund_policy is not None:
        said["refund_policy_disclosure"] = evidence.refund_policy
    if evidence.activity is not None:
        said["access_activity_log"] = evidence.activity
    return said


def found_dispute(dispute: Any) -> FoundDispute:
    """Read one of Stripe's disputes."""
    facts = dispute.to_dict()
    details = facts.get("evidence_details") or {}
    amount = Money.of(facts["amount"], facts["currency"].upper())
    return FoundDispute(
        reference=facts["id"],
        payment_reference=str(facts.get("payment_intent")),
        report=DisputeReport(
            finding=_FINDINGS.get(facts["status"], DisputeFinding.UNRECOGNISED),
            amount=amount,
            reason=str(facts["reason"]),
            inquiry=facts["status"].startswith(_INQUIRY),
            evidence_due_at=_at(details.get("due_by")),
            evidence_sent=bool(details.get("submission_count")),
            movements=tuple(
                _movement(entry, amount) for entry in facts.get("balance_transactions") or ()
            ),
        ),
    )


def _movement(entry: dict[str, Any], disputed: Money) -> Movement:
    currency = entry["currency"].upper()
    amount = Money.of(entry["amount"], currency)
    if amount.currency != disputed.currency:
        # Our balance is kept in another currency; in the patient's it is the disputed amount.
        amount = disputed if amount.minor > 0 else -disputed
    return Movement(reference=entry["id"], amount=amount, fee=Money.of(entry["fee"], currency))


def _at(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _answer(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except stripe.IdempotencyError as error:
        if error.code == "idempotency_key_in_use":
            raise PaymentOutcomeUnknown("The processor is still at work on this.") from None
        raise _AnsweredOtherwise from None
    except stripe.InvalidRequestError as refused:
        if refused.http_status == _NOT_FOUND:
            raise DisputeNotFound("The processor does not know this dispute.") from None
        raise PaymentRefused(f"The processor refused: {refused.code}.") from None
    except stripe.StripeError:
        raise PaymentOutcomeUnknown("The payment processor does not answer just now.") from None
