"""
What kind of difference is left when everything that belongs together was matched.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import frozen

from domain.reconciliation.components import components
from domain.reconciliation.findings import BreakKind, Finding
from domain.reconciliation.items import Item, ItemKind, Source, gaps, place_of
from domain.reconciliation.matching import MatchingPolicy
from domain.reconciliation.transfers import Transfer
from domain.shared.money import Money

_K = BreakKind


@frozen(kw_only=True)
class Case:
    """
    Items that are left and belong together, and those matched before that belong to them.
    """

    left: tuple[Item, ...]
    related: tuple[Item, ...]

    @property
    def ours(self) -> tuple[Item, ...]:
        return tuple(item for item in self.left if item.is_ours)

    @property
    def theirs(self) -> tuple[Item, ...]:
        return tuple(item for item in self.left if not item.is_ours)


def classify(
    left: Iterable[Item],
    *,
    related: Sequence[Item],
    policy: MatchingPolicy,
    now: datetime,
) -> tuple[Finding, ...]:
    """
    Say of every item that is left what is wrong with it; each is in at most one finding.

    Fees that wait for the settlement they will be booked with are in none.
    """
    findings = []
    for group in _groups(left):
        known_as = frozenset[str]().union(*(item.known_as for item in group))
        case = Case(left=group, related=tuple(item for item in related if item.known_as & known_as))
        told = _tell(case, policy, now)
        if told is not None:
            findings.append(Finding(kind=told[0], reason=told[1], items=group))
    return tuple(sorted(findings, key=lambda finding: finding.subject))


def _groups(left: Iterable[Item]) -> list[tuple[Item, ...]]:
    # What only one side tells may be one fact with two ends. Where both tell it, each source
    # has a difference of its own.
    groups = []
    for group in components(left, within=lambda _: None):
        if len({item.whose for item in group}) == 1:
            groups.append(group)
        else:
            groups += components(group, within=lambda item: item.source)
    return groups


def check_settlements(transfers: Iterable[Transfer]) -> tuple[Finding, ...]:
    """A settlement that is not the sum of what it is said to be made of."""
    return tuple(
        Finding(
            kind=_K.AMOUNT_DIFFERS,
            items=(),
            subject=f"settlement:{transfer.end.key}",
            differences={place_of(transfer.end): transfer.missing},
            reason=f"the {len(transfer.members)} movements of {transfer.name} do not add up to it",
        )
        for transfer in transfers
        if transfer.missing
    )


def _tell(case: Case, policy: MatchingPolicy, now: datetime) -> tuple[BreakKind, str] | None:
    if case.ours and case.theirs:
        return _both_tell(case, policy, now)
    if _all_fees(case.left) and not case.ours and _waits_for_settlement(case, policy, now):
        return None
    if case.theirs:
        return _only_theirs(case, policy, now)
    return _only_ours(case, policy, now)


def _both_tell(case: Case, policy: MatchingPolicy, now: datetime) -> tuple[BreakKind, str]:
    converted = any(item.converted_from is not None for item in case.theirs)
    if not {place_of(item) for item in case.ours} & {place_of(item) for item in case.theirs}:
        if _converted_from_ours(case):
            return _K.FX_DIFFERS, "theirs was exchanged into another currency"
        return _K.CURRENCY_DIFFERS, "theirs is in another currency"
    if converted:
        return _K.FX_DIFFERS, "theirs was exchanged at another rate"
    if any(item.kind.is_undone for item in case.theirs) != any(
        item.kind.is_undone for item in case.ours
    ):
        return _K.STATUS_DIFFERS, "one side took it back, the other did not"
    if _more_than_instructed(case):
        if not any(item.kind is ItemKind.FEE for item in case.ours) and _waits(case, policy, now):
            return _K.TIMING, "a payout's fee is booked when it is paid"
        return _K.FEE_DIFFERS, "theirs is more than the payout, by another fee than ours"
    if _only_the_fee_differs(case):
        return _K.FEE_DIFFERS, "the difference is the fee"
    return _K.AMOUNT_DIFFERS, "the same reference, another amount"


def _only_theirs(case: Case, policy: MatchingPolicy, now: datetime) -> tuple[BreakKind, str]:
    told_before = [item for item in case.related if not item.is_ours]
    if any(_tells_the_same(item, other) for item in case.theirs for other in told_before):
        return _K.DUPLICATE_THERE, "they tell what was matched before once more"
    if _all_fees(case.theirs):
        return _fees_only(case, _K.MISSING_HERE)
    if all(_is_unnamed(item) for item in case.theirs):
        return _K.UNKNOWN_REFERENCE, "nothing that we know of has this reference or amount"
    arrived = len({item.source for item in case.theirs}) > 1
    if not arrived and _waits(case, policy, now):
        return _K.TIMING, "our books can still follow"
    if _is_undoing(case, case.theirs):
        return _K.STATUS_DIFFERS, "they took back what our books still hold for done"
    return _K.MISSING_HERE, "it left there and arrived" if arrived else "our books do not tell it"


def _only_ours(case: Case, policy: MatchingPolicy, now: datetime) -> tuple[BreakKind, str]:
    booked_before = [item for item in case.related if item.is_ours]
    if any(_tells_the_same(item, other) for item in case.ours for other in booked_before):
        return _K.DUPLICATE_HERE, "our books tell what was matched before once more"
    if _waits(case, policy, now):
        return _K.TIMING, "theirs can still come"
    if _all_fees(case.ours):
        return _fees_only(case, _K.MISSING_THERE)
    if _is_undoing(case, case.ours):
        return _K.STATUS_DIFFERS, "our books took back what they still hold for done"
    return _K.MISSING_THERE, "they do not tell it"


def _fees_only(case: Case, otherwise: BreakKind) -> tuple[BreakKind, str]:
    if case.related:
        return _K.FEE_DIFFERS, "the rest is matched, the fee is not"
    return otherwise, "a fee that only one side tells"


def _waits(case: Case, policy: MatchingPolicy, now: datetime) -> bool:
    return any(now - item.at <= policy.patience_with(item) for item in case.left)


def _waits_for_settlement(case: Case, policy: MatchingPolicy, now: datetime) -> bool:
    return not any(item.known_as for item in case.left) and _waits(case, policy, now)


def _all_fees(items: Iterable[Item]) -> bool:
    return all(item.kind is ItemKind.FEE for item in items)


def _is_unnamed(item: Item) -> bool:
    return item.source is Source.BANK and item.kind is ItemKind.OTHER


def _is_undoing(case: Case, items: Iterable[Item]) -> bool:
    return bool(case.related) and all(item.kind.is_undone for item in items)


def _tells_the_same(one: Item, other: Item) -> bool:
    return (
        one.source is other.source
        and one.kind is other.kind
        and one.amount == other.amount
        and bool(one.known_as & other.known_as)
    )


def _converted_from_ours(case: Case) -> bool:
    before = [item.converted_from for item in case.theirs if item.converted_from is not None]
    return any(item.amount in before for item in case.ours)


def _more_than_instructed(case: Case) -> bool:
    # A payout is instructed by the amount that arrives: what is taken beyond it is a fee.
    kinds = {item.kind for item in case.left} - {ItemKind.FEE}
    if kinds != {ItemKind.PAYOUT} or len({item.amount.currency for item in case.left}) > 1:
        return False
    paid = [item.amount for item in case.ours if item.kind is ItemKind.PAYOUT]
    taken = [item.amount for item in case.theirs]
    return bool(paid) and _sum(taken) < _sum(paid)


def _only_the_fee_differs(case: Case) -> bool:
    fees = [item for item in case.left if item.kind is ItemKind.FEE]
    return bool(fees) and gaps(case.left) == gaps(fees)


def _sum(amounts: Sequence[Money]) -> Money:
    return sum(amounts[1:], start=amounts[0])
