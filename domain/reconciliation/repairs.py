"""
The entries that close a difference. All of them, on one page.

A repair never touches a wallet or a patient's money: those follow from payments, refunds and
payouts, which are put right where they are kept. It moves what others hold for us against an
expense, an exchange difference, or the suspense account, and always by exactly the difference.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from domain.ledger import posting_rules
from domain.ledger.chart import (
    FX_DIFFERENCE,
    PAYOUT_FEES,
    PROCESSING,
    SUSPENSE,
    LedgerAccount,
)
from domain.ledger.journal import Posting, Postings
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.items import ACCOUNTS, Place, Source
from domain.shared.errors import Conflict
from domain.shared.money import Money

Differences = Mapping[Place, Money]


class RuleDoesNotFit(Conflict):
    """This posting rule cannot close this difference."""


class RepairRule(StrEnum):
    """Against what a difference is booked."""

    SETTLEMENT = "settlement"  # what the processor paid out, as it arrived, and its fees
    FUNDING = "funding"  # what our bank sent to the payout vendor
    FEE = "fee"
    EXCHANGE = "exchange"
    SUSPENSE = "suspense"  # found, and not explained yet


def postings_of(rule: RepairRule, differences: Differences) -> Postings:
    """
    The entry that makes our books say what theirs says.

    Raises:
        RuleDoesNotFit: The rule books something else than this difference.
    """
    if not differences:
        raise RuleDoesNotFit("There is no difference that an entry could close.")
    return _RULES[rule](differences)


def suggest(kind: BreakKind, differences: Differences) -> RepairRule | None:
    """What usually closes such a break; None where an entry is the wrong answer."""
    if not differences or kind in _NO_ENTRY:
        return None
    if kind is BreakKind.FEE_DIFFERS:
        return RepairRule.FEE
    if kind in (BreakKind.FX_DIFFERS, BreakKind.CURRENCY_DIFFERS):
        return RepairRule.EXCHANGE
    for rule in (RepairRule.SETTLEMENT, RepairRule.FUNDING):
        if _fits(rule, differences):
            return rule
    return RepairRule.SUSPENSE


# Time heals the first; the second means that something was never imported.
_NO_ENTRY = frozenset({BreakKind.TIMING, BreakKind.BALANCE_DIFFERS})


def _fits(rule: RepairRule, differences: Differences) -> bool:
    try:
        postings_of(rule, differences)
    except RuleDoesNotFit:
        return False
    return True


def _settlement(differences: Differences) -> Postings:
    left, arrived = _two_ends(differences, Source.PROCESSOR)
    fee = -left - arrived
    undoes = arrived.minor < 0
    if fee.minor * (-1 if undoes else 1) < 0:
        raise RuleDoesNotFit("More arrived than the processor sent.")
    if undoes:
        return posting_rules.reversal(posting_rules.processor_settled(-arrived, -fee))
    return posting_rules.processor_settled(arrived, fee)


def _funding(differences: Differences) -> Postings:
    arrived, left = _two_ends(differences, Source.PAYOUT_VENDOR)
    if arrived != -left:
        raise RuleDoesNotFit("The payout vendor received another amount than our bank sent.")
    rule = posting_rules.float_funded(Money(abs(arrived.minor), arrived.currency))
    return rule if arrived.minor > 0 else posting_rules.reversal(rule)


def _two_ends(differences: Differences, other: Source) -> tuple[Money, Money]:
    """The difference at the other end, and at our bank."""
    currencies = {currency for _, currency in differences}
    ends = {source: amount for (source, _), amount in differences.items()}
    if len(currencies) != 1 or ends.keys() != {other, Source.BANK}:
        raise RuleDoesNotFit("Both ends of the transfer have to be known, in one currency.")
    return ends[other], ends[Source.BANK]


def _against(counter: Callable[[Source], LedgerAccount]) -> Callable[[Differences], Postings]:
    def compose(differences: Differences) -> Postings:
        return tuple(
            _posting(ACCOUNTS[source], counter(source), amount)
            for (source, _), amount in differences.items()
        )

    return compose


def _posting(held: LedgerAccount, counter: LedgerAccount, difference: Money) -> Posting:
    if difference.minor > 0:
        return Posting(debit=held, credit=counter, amount=difference)
    return Posting(debit=counter, credit=held, amount=-difference)


def _fee_account(source: Source) -> LedgerAccount:
    return PAYOUT_FEES if source is Source.PAYOUT_VENDOR else PROCESSING


_RULES: dict[RepairRule, Callable[[Differences], Postings]] = {
    RepairRule.SETTLEMENT: _settlement,
    RepairRule.FUNDING: _funding,
    RepairRule.FEE: _against(_fee_account),
    RepairRule.EXCHANGE: _against(lambda _: FX_DIFFERENCE),
    RepairRule.SUSPENSE: _against(lambda _: SUSPENSE),
}
