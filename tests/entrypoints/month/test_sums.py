"""
Sums say whether they hold, and show what a person would add up.
"""

from domain.shared.money import Currency, Money
from entrypoints.month.sums import Sum, Told


def dollars(amount: int) -> Money:
    return Money.of(amount * 100, "AUD")


def told(**changed: object) -> Told:
    facts: dict[str, object] = {
        "currency": Currency("AUD"),
        "processor": [
            ("charge", dollars(100), dollars(3)),
            ("refund", dollars(-20), dollars(0)),
            ("payout", dollars(-77), dollars(0)),
        ],
        "float_entries": [],
        "bank": [("STRIPE", dollars(77))],
        "books": {
            "bank:operating": dollars(77),
            "revenue:commission": dollars(80),
            "expense:processing": dollars(3),
        },
        "statements": [],
    }
    return Told(**(facts | changed))  # type: ignore[arg-type]


def test_books_that_say_what_everybody_else_says_add_up() -> None:
    assert [each.title for each in told().sums() if not each.holds] == []


def test_a_cent_that_only_one_side_knows_of_is_wrong_where_it_is_missing() -> None:
    short = told(bank=[("STRIPE", dollars(77) - Money.of(1, "AUD"))])

    assert [each.title for each in short.sums() if not each.holds] == ["our bank's lines"]


def test_a_sum_shows_its_parts_and_says_when_it_is_wrong() -> None:
    right = Sum(
        title="money", parts=(("a", dollars(1)), ("b", dollars(2))), result=("c", dollars(3))
    )
    wrong = Sum(title="money", parts=(("a", dollars(1)),), result=("c", dollars(3)))

    assert [line.split() for line in right.lines()] == [
        ["money"],
        ["a", "1.00"],
        ["b", "2.00"],
        ["=", "c", "3.00"],
    ]
    assert wrong.lines()[-1].endswith("WRONG")
