"""
Airwallex's own account of our transfers.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from adapters.airwallex.client import AirwallexBusy, AirwallexClient, AirwallexSilent
from application.ledger.books import FactKind, SharedFact, VendorBooksUnavailable
from domain.shared.money import Money

_PAGE = 200
_UNDONE = ("FAILED", "CANCELLED")


class AirwallexBooks:
    """Read page by page; for verification and demonstrations, not for every request."""

    def __init__(self, client: AirwallexClient) -> None:
        self._client = client

    def facts(self) -> Sequence[SharedFact]:
        """Every transfer that did not fail."""
        try:
            return list(self._transfers())
        except (AirwallexSilent, AirwallexBusy) as failure:
            raise VendorBooksUnavailable("The payout vendor does not answer just now.") from failure

    def _transfers(self) -> Iterator[SharedFact]:
        number, more = 0, True
        while more:
            page = self._client.get("/transfers", page_num=str(number), page_size=str(_PAGE))
            for transfer in page["items"]:
                if transfer["status"] not in _UNDONE:
                    yield SharedFact(
                        kind=FactKind.TRANSFER,
                        reference=str(transfer["id"]),
                        amount=Money.from_major(
                            Decimal(transfer["transfer_amount"]),
                            str(transfer["transfer_currency"]),
                        ),
                    )
            number, more = number + 1, bool(page.get("has_more"))
