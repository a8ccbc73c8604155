"""
What the command line shows of the books.
"""

from rich.console import Console

from application.ledger.books import TrialBalanceLine, TrialBalanceView
from domain.ledger.chart import AccountType
from entrypoints.cli.inspection import trial_balance_table
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import dollars


def test_the_trial_balance_says_whose_an_account_is() -> None:
    view = TrialBalanceView(
        currency="AUD",
        as_of=MONDAY_NOON,
        lines=(
            TrialBalanceLine(account="bank:operating", type=AccountType.ASSET, balance=dollars(60)),
            TrialBalanceLine(
                account="wallet_available:1",
                type=AccountType.LIABILITY,
                balance=dollars(60),
                owner_name="Dr Ada [Moreau]",
            ),
        ),
        debits=dollars(60),
        credits=dollars(60),
    )
    console = Console(width=120)

    with console.capture() as shown:
        console.print(trial_balance_table(view))

    bank, wallet = (line for line in shown.get().splitlines() if ":" in line and "60" in line)
    assert "Dr Ada [Moreau]" in wallet
    assert bank.index("60") < wallet.index("60")
