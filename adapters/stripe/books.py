"""
Stripe's own account of the payments and refunds that carry our name.
"""

from collections.abc import Iterator, Sequence

from stripe import StripeClient, StripeError

from application.ledger.books import FactKind, SharedFact, VendorBooksUnavailable
from domain.shared.money import Money

_PAGE = 100
_NOT_UNDONE = ("pending", "requires_action", "succeeded")


class StripeBooks:
    """Read page by page; for verification and demonstrations, not for every request."""

    def __init__(self, client: StripeClient) -> None:
        self._intents = client.v1.payment_intents
        self._refunds = client.v1.refunds

    def facts(self) -> Sequence[SharedFact]:
        """Everything that was captured, and every refund that did not fail."""
        try:
            return [*self._payments(), *self._given_back()]
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

    def _given_back(self) -> Iterator[SharedFact]:
        for refund in self._refunds.list({"limit": _PAGE}).auto_paging_iter():
            if refund.status in _NOT_UNDONE:
                yield SharedFact(
                    kind=FactKind.REFUND,
                    reference=refund.id,
                    amount=Money.of(refund.amount, refund.currency.upper()),
                )
