"""
The month's money added up from both sides: as others tell it, and as our books do.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from application.wallets.statements import MonthlyStatement
from domain.shared.money import Currency, Money, total
from domain.wallets.statement import MovementKind

Part = tuple[str, Money]

_GAINED = ("revenue:commission", "revenue:platform_fee")
_SPENT = (
    "expense:processing",
    "expense:payout_fees",
    "expense:disputes",
    "expense:goodwill",
)


@frozen(kw_only=True)
class Sum:
    """
    Amounts that have to come to another one, which was told by somebody else.

    Args:
        parts: Each with its name.
        result: What the parts have to come to.
    """

    title: str
    parts: tuple[Part, ...]
    result: Part

    @property
    def holds(self) -> bool:
        """Whether they do."""
        _, amount = self.result
        return total([part for _, part in self.parts], amount.currency) == amount

    def lines(self) -> list[str]:
        """For a person to add up."""
        name, amount = self.result
        verdict = "" if self.holds else "  WRONG"
        return [
            self.title,
            *(f"  {part:<56} {money.major:>14,}" for part, money in self.parts),
            f"  = {name:<54} {amount.major:>14,}{verdict}",
        ]


@frozen(kw_only=True)
class Told:
    """
    What everybody says of the month.

    Args:
        processor: The card processor's movements: what each was, its amount and its fee.
        float_entries: The payout vendor's movements of our balance, by what they were.
        bank: Our bank's lines by what they were.
        books: The trial balance: balances by account, on the side on which they grow.
        statements: Of every physician.
    """

    currency: Currency
    processor: Sequence[tuple[str, Money, Money]]
    float_entries: Sequence[Part]
    bank: Sequence[Part]
    books: Mapping[str, Money]
    statements: Sequence[MonthlyStatement]

    def sums(self) -> tuple[Sum, ...]:
        """All of them."""
        return (
            self._at_the_processor(),
            self._at_the_bank(),
            self._at_the_payout_vendor(),
            self._of_the_physicians(),
            self._of_the_patients(),
            self._result(),
        )

    def _at_the_processor(self) -> Sum:
        fees = [("fees", -fee) for _, _, fee in self.processor]
        return Sum(
            title="the card processor's movements",
            parts=_grouped([*((kind, amount) for kind, amount, _ in self.processor), *fees]),
            result=("processor_clearing:stripe in our books", self._book("processor_clearing")),
        )

    def _at_the_bank(self) -> Sum:
        return Sum(
            title="our bank's lines",
            parts=_grouped(self.bank),
            result=("bank:operating in our books", self._book("bank:")),
        )

    def _at_the_payout_vendor(self) -> Sum:
        return Sum(
            title="the payout vendor's movements",
            parts=_grouped(self.float_entries),
            result=("payout_float:airwallex in our books", self._book("payout_float")),
        )

    def _of_the_physicians(self) -> Sum:
        moved = [
            (kind.value, each.statement.net_of(kind))
            for each in self.statements
            for kind in MovementKind
        ]
        owed = self._book("wallet_") + self._book("payouts_in_transit")
        return Sum(
            title=f"the lines of {len(self.statements)} physicians' statements",
            parts=_grouped(moved),
            result=("wallets less debts in our books", owed - self._book("physician_debt")),
        )

    def _of_the_patients(self) -> Sum:
        """What patients paid and did not get back is earned by somebody, or theirs still."""
        earned = total(
            [
                each.statement.net_of(kind)
                for each in self.statements
                for kind in (MovementKind.CONSULTATION, MovementKind.REFUND, MovementKind.DISPUTE)
            ],
            self.currency,
        )
        taken = [amount for kind, amount, _ in self.processor if kind != "payout"]
        return Sum(
            title="what became of what patients paid and did not get back",
            parts=(
                ("earned by physicians", earned),
                *((name, self._book(name)) for name in _GAINED),
                ("tax", self._book("tax_payable")),
                ("borne by us out of goodwill", -self._book("expense:goodwill")),
                ("not earned yet", self._book("patient_funds")),
                ("taken by disputes that are not decided", -self._book("disputed_funds")),
            ),
            result=("taken by the card processor, before its fees", total(taken, self.currency)),
        )

    def _result(self) -> Sum:
        """Profit and loss, against what there is now and was not before."""
        owned = ("processor_clearing", "bank:", "payout_float", "physician_debt", "disputed_funds")
        owes = ("wallet_", "payouts_in_transit", "patient_funds", "tax_payable", "suspense")
        left = total([self._book(name) for name in owned], self.currency) - total(
            [self._book(name) for name in (*owes, "equity:capital")], self.currency
        )
        return Sum(
            title="profit and loss",
            parts=(
                *((name, self._book(name)) for name in _GAINED),
                *((name, -self._book(name)) for name in _SPENT),
            ),
            result=("what we own, less what we owe and were given", left),
        )

    def _book(self, prefix: str) -> Money:
        found = [amount for name, amount in self.books.items() if name.startswith(prefix)]
        return total(found, self.currency)


def _grouped(parts: Iterable[Part]) -> tuple[Part, ...]:
    sums: dict[str, list[Money]] = defaultdict(list)
    for name, amount in parts:
        sums[name.replace("_", " ")].append(amount)
    added = [(name, total(amounts, amounts[0].currency)) for name, amounts in sorted(sums.items())]
    return tuple((name, amount) for name, amount in added if amount)
