"""
Which test shows that a vendor's fault does no harm, as the tests themselves say.

A test names the faults it plays: `@pytest.mark.fault(4)`. The table in docs/vendor-faults.md
is written from these marks: `python -m tests.architecture.faults`.
"""

import ast
from collections.abc import Iterator, Sequence

from attrs import frozen

from tests.architecture.sources import PROJECT, Source, sources

FAULTS = {
    1: "A webhook before our commit, or before the API response returns",
    2: "The same event again; a new event id for the same fact",
    3: "Several partial refunds; late redelivery of the first",
    4: "A refund made in the vendor's dashboard; a refund failing after success",
    5: "Late failure after success; PAID, FAILED, CANCELLED; PAID delayed until after FAILED",
    6: "A stale account event that would revoke readiness",
    7: "A timeout after the vendor created the object; resend beyond the idempotency window",
    8: "The same key with a different body; the same key concurrently",
    9: "Two payouts racing for one balance",
    10: "A payout batch dying midway; a failed payout sent twice",
    11: "A rollback of ours, but the webhook still comes",
    12: "A webhook carrying a stale status",
    13: "A settlement applied before its event is stored",
    14: "A transfer pending or suspended with funds debited; funding reversed; overdue",
    15: "A token that expires; 429; 5xx after the deed; a truncated body; a very slow response",
    16: "A bad or rotated signature, an old timestamp, a body written anew, camelCase, a missing"
    " amount, the wrong account or environment, an unknown event",
    17: "An account suspended between request and payout; identity checks that bounce",
    18: "A fee or rate other than quoted; a dispute withdrawn, then reinstated after payout",
    19: "A prescription re-routed, cancelled after fill, dispensed twice",
    20: "An SMS undelivered after sent; an e-mail bounced; the malware scanner down",
}
REAL = ("tests/journeys/", "tests/adapters/", "tests/contracts/")
"""Where tests talk to the vendors over HTTP and to a real database."""
TABLE = PROJECT / "docs/vendor-faults.md"
HEADING = """# Vendors' faults, and the tests that play them

The sandbox produces each of these by name. The tests below run them against the real adapters,
over HTTP, with PostgreSQL; most against the whole platform in processes of its own. A test says
which faults it plays (`@pytest.mark.fault(4)`); this page is written from those marks by
`.venv/bin/python -m tests.architecture.faults`, and a test compares the two.

| # | fault | played by |
|---|---|---|
"""


@frozen(order=True)
class Played:
    """One test, and one fault that it plays."""

    fault: int
    path: str
    test: str


def played_in(modules: Sequence[Source]) -> Iterator[Played]:
    """What the marks say. A mark stands on the function, on one of its parameters, on its module."""
    for module in modules:
        if "mark.fault(" not in module.text or "/test_" not in module.path:
            continue
        tree = module.tree
        everywhere = {
            number
            for node in tree.body
            if isinstance(node, ast.Assign)
            for number in _numbers(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                own = {number for mark in node.decorator_list for number in _numbers(mark)}
                for number in own | everywhere:
                    yield Played(number, module.path, node.name)


def as_markdown(played: Sequence[Played]) -> str:
    """The page of the documents."""
    rows = []
    for number, what in FAULTS.items():
        tests = [each for each in sorted(set(played)) if each.fault == number]
        links = "<br>".join(f"[{_sentence(each.test)}](../{each.path})" for each in tests)
        rows.append(f"| {number} | {what} | {links} |\n")
    return HEADING + "".join(rows)


def _sentence(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _numbers(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
            yield from (int(ast.literal_eval(argument)) for argument in node.args)


if __name__ == "__main__":
    TABLE.write_text(as_markdown(list(played_in(sources()))))
