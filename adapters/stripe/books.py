"""
Stripe's own account of the payments, refunds and disputes that carry our name.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from stripe import StripeClient, StripeError

from adapters.stripe.disputes import found_dispute
from application.ledger.books import FactKind, SharedFact, VendorBooksUnavailable
from domain.shared.money import Money

_PAGE = 100
_NOT_UNDONE = ("pending", "requires_action", "succeeded")


class StripeBooks:
    """Read page by page; for verification and demonstrations, not for every request."""

    def __init__(self, client: StripeClient) -> None:
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._disputes = client.v1.disputes

    def facts(self) -> Sequence[SharedFact]:
        """All that was captured, every refund that did not fail, and what disputes moved."""
        try:
            payments = list(self._payments())
            ours = {payment.reference for payment in payments}
            return [*payments, *self._given_back(ours), *self._disputed(ours)]
        except StripeError as failure:
            raise VendorBooksUnavailable("The processor does not answer just now.") from failure

    def _payments(self) -> Iterator[SharedFact]:
        for intent in self._intents.list({"limit": _PAGE}).auto_paging_iter():
            ours = bool(intent.metadata) and "payment_id" in intent.metadata.to_dict()
            if ours and intent.status == "succeeded":
                yield SharedFact(
                    kind=FactKind.PAYMENT,
                    reference=intent.id,
                    amount=Money.of(intent.amount_received, intent.currency.upper()),
                )

    def _given_back(self, ours: AbstractSet[str]) -> Iterator[SharedFact]:
        for refund in self._refunds.list({"limit": _PAGE}).auto_paging_iter():
            # An amount that was set aside and let go is a refund too, in Stripe's words.
            if refund.status in _NOT_UNDONE and refund.payment_intent in ours:
                yield SharedFact(
                    kind=FactKind.REFUND,
                    reference=refund.id,
                    amount=Money.of(refund.amount, refund.currency.upper()),
                )

    def _disputed(self, ours: AbstractSet[str]) -> Iterator[SharedFact]:
        for dispute in self._disputes.list({"limit": _PAGE}).auto_paging_iter():
            if dispute.payment_intent in ours:
                for movement in found_dispute(dispute).report.movements:
                    yield SharedFact(
                        kind=FactKind.DISPUTE, reference=movement.reference, amount=movement.amount
                    )
