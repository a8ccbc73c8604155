from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.reconciliation.items import Item, ItemKind, Source, Whose, gaps, sums
from domain.reconciliation.matching import (
    DoesNotAddUp,
    Match,
    Matching,
    MatchingPolicy,
    NothingToMatch,
    Rule,
    match,
)
from domain.shared.money import Money
from tests.builders.reconciliation import aud, item, ours, theirs
from tests.fakes.clock import MONDAY_NOON

POLICY = MatchingPolicy()
DAY = timedelta(days=1)
BANK = {"source": Source.BANK, "kind": ItemKind.SETTLEMENT}
LINE = {"source": Source.BANK, "kind": ItemKind.OTHER}


def run(*items: Item) -> Matching:
    return match(items, policy=POLICY)


def keys(found: Match) -> set[str]:
    return {each.external_id for each in found.items}


class TestByReference:
    def test_pairs_what_is_known_by_the_same_name(self) -> None:
        found = run(
            ours("e1", aud(100), "pa_1", "pi_1"),
            ours("e2", aud(100), "pa_2", "pi_2"),
            theirs("txn_2", aud(100), "ch_2", "pi_2"),
            theirs("txn_1", aud(100), "ch_1", "pi_1"),
        )

        assert [keys(each) for each in found.matches] == [{"e1", "txn_1"}, {"e2", "txn_2"}]
        assert found.matches[0].explanation == "matched by reference pi_1"
        assert found.left == ()

    def test_reads_references_as_banks_write_them(self) -> None:
        found = run(ours("e1", aud(100), "po_1Abc"), theirs("b1", aud(100), "PO_1 ABC"))

        assert found.matches[0].rule is Rule.REFERENCE

    def test_never_pairs_another_amount_currency_or_source(self) -> None:
        found = run(
            ours("e1", aud(100), "r"),
            theirs("t1", aud(101), "r"),
            theirs("t2", Money.of(100, "USD"), "r"),
            theirs("t3", aud(100), "r", source=Source.BANK),
        )

        assert found.matches == ()

    def test_takes_the_nearest_in_time_of_several(self) -> None:
        found = run(
            ours("e1", aud(100), "r"),
            theirs("late", aud(100), "r", at=MONDAY_NOON + 3 * DAY),
            theirs("near", aud(100), "r", at=MONDAY_NOON + DAY),
        )

        assert keys(found.matches[0]) == {"e1", "near"}
        assert [each.external_id for each in found.left] == ["late"]


class TestBySum:
    def test_many_fees_make_up_the_fee_of_a_settlement(self) -> None:
        fee = {"kind": ItemKind.FEE}
        found = run(
            ours("e1", aud(-64), "po_1", **fee),
            theirs("txn_1:fee", aud(-32), batch="po_1", **fee),
            theirs("txn_2:fee", aud(-32), batch="po_1", **fee),
            theirs("txn_3:fee", aud(-32), batch="po_2", **fee),
        )

        (only,) = found.matches
        assert only.rule is Rule.SUM
        assert keys(only) == {"e1", "txn_1:fee", "txn_2:fee"}
        assert only.explanation == "matched by sum: 2 of theirs make up 1 of ours as po_1"

    def test_a_payments_settlement_does_not_name_it(self) -> None:
        found = run(
            ours("e1", aud(-100), "po_1", kind=ItemKind.SETTLEMENT),
            theirs("txn_1", aud(-100), "ch_1", batch="po_1", kind=ItemKind.REFUND),
        )

        assert found.matches == ()

    def test_a_transfer_with_its_fee_is_one_of_theirs_and_two_of_ours(self) -> None:
        sent = {"source": Source.PAYOUT_VENDOR, "kind": ItemKind.PAYOUT}
        found = run(
            ours("e1", aud(-25000), "po_1", "tr_1", **sent),
            ours("e2", aud(-250), "po_1", "tr_1", **sent | {"kind": ItemKind.FEE}),
            theirs("f1", aud(-25250), "tr_1", **sent),
        )

        assert len(found.matches) == 1
        assert found.left == ()

    def test_what_was_undone_before_they_saw_it_offsets_itself(self) -> None:
        sent = {"source": Source.PAYOUT_VENDOR}
        found = run(
            ours("e1", aud(-100), "po_1", kind=ItemKind.PAYOUT, **sent),
            ours("e2", aud(100), "po_1", kind=ItemKind.PAYOUT_UNDONE, **sent),
        )

        assert found.matches[0].rule is Rule.OFFSET


class TestByAmount:
    def test_pairs_the_only_ones_of_that_amount_within_days(self) -> None:
        found = run(
            ours("e1", aud(5000), "our-name", **BANK),
            theirs("b1", aud(5000), "their-name", at=MONDAY_NOON + 2 * DAY, **LINE),
        )

        (only,) = found.matches
        assert only.rule is Rule.AMOUNT_AND_DATE
        assert "2 days apart" in only.explanation

    def test_not_when_too_far_apart(self) -> None:
        found = run(
            ours("e1", aud(5000), **BANK),
            theirs("b1", aud(5000), at=MONDAY_NOON + 6 * DAY, **LINE),
        )

        assert found.matches == ()

    def test_not_when_two_could_be_meant(self) -> None:
        found = run(
            ours("e1", aud(5000), **BANK),
            theirs("b1", aud(5000), **LINE),
            theirs("b2", aud(5000), **LINE),
        )

        assert found.matches == ()

    def test_never_for_a_patients_payment(self) -> None:
        found = run(ours("e1", aud(100), "pi_1"), theirs("txn_1", aud(100), "pi_2"))

        assert found.matches == ()


class TestMatch:
    def test_by_hand_has_to_add_up(self) -> None:
        with pytest.raises(DoesNotAddUp, match=r"AUD 0\.01"):
            Match(rule=Rule.HAND, items=(ours("e", aud(1)), theirs("t", aud(2))), explanation="x")

    def test_has_two_items_at_least(self) -> None:
        with pytest.raises(NothingToMatch):
            Match(rule=Rule.HAND, items=(ours("e", aud(1)),), explanation="x")

    def test_has_an_item_once(self) -> None:
        one = ours("e", aud(1))

        with pytest.raises(NothingToMatch):
            Match(rule=Rule.HAND, items=(one, one), explanation="x")


@st.composite
def worlds(draw: st.DrawFn) -> list[Item]:
    """
    Few amounts, references and days, so that everything collides.
    """
    count = draw(st.integers(0, 14))
    return [
        item(
            draw(st.sampled_from(Whose)),
            f"i{number}",
            Money.of(
                draw(st.sampled_from([-200, -100, 100, 200])), draw(st.sampled_from(["AUD", "USD"]))
            ),
            *draw(st.sets(st.sampled_from(["r1", "r2", "r3", "r4"]), max_size=2)),
            source=draw(st.sampled_from(Source)),
            kind=draw(
                st.sampled_from(
                    [ItemKind.PAYMENT, ItemKind.SETTLEMENT, ItemKind.FEE, ItemKind.OTHER]
                )
            ),
            at=MONDAY_NOON + draw(st.integers(0, 8)) * DAY,
            batch=draw(st.sampled_from([None, "r1", "r2"])),
        )
        for number in range(count)
    ]


def outcome(found: Matching) -> set[tuple[str, frozenset[str]]]:
    return {(each.rule, frozenset(i.key for i in each.items)) for each in found.matches}


@settings(deadline=None)
@given(worlds())
def test_every_item_is_in_one_match_or_left(world: list[Item]) -> None:
    found = match(world, policy=POLICY)

    placed = [each.key for one in found.matches for each in one.items]
    placed += [each.key for each in found.left]
    assert sorted(placed) == sorted(each.key for each in world)


@settings(deadline=None)
@given(worlds())
def test_matching_keeps_every_sum_and_every_difference(world: list[Item]) -> None:
    found = match(world, policy=POLICY)

    assert all(gaps(one.items) == {} for one in found.matches)
    assert gaps(found.left) == gaps(world)
    matched = [each for one in found.matches for each in one.items]
    assert sums([*matched, *found.left]) == sums(world)


@settings(deadline=None)
@given(worlds().flatmap(lambda world: st.tuples(st.just(world), st.permutations(world))))
def test_the_order_of_import_changes_nothing(worlds: tuple[list[Item], list[Item]]) -> None:
    first, second = (match(world, policy=POLICY) for world in worlds)

    assert outcome(first) == outcome(second)
    assert first.left == second.left


@settings(deadline=None)
@given(worlds())
def test_running_again_finds_nothing_more(world: list[Item]) -> None:
    left = match(world, policy=POLICY).left

    assert match(left, policy=POLICY).matches == ()


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=20),
    st.integers(0, 20),
)
def test_named_items_are_matched_alike_however_they_come_in(names: list[int], cut: int) -> None:
    world = [
        made
        for number, name in enumerate(names)
        for made in (
            ours(f"e{number}", aud(100 + name), f"pi_{number}"),
            theirs(f"t{number}", aud(100 + name), f"pi_{number}"),
        )
    ]
    first = match(world[:cut], policy=POLICY)
    later = match([*first.left, *world[cut:]], policy=POLICY)

    assert outcome(first) | outcome(later) == outcome(match(world, policy=POLICY))
