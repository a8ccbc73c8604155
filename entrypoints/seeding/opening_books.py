"""
The house opens with its own money: in the bank, and with the payout vendor.

What the vendor holds for us is what the books say, so that reconciliation finds both alike.
"""

from urllib.parse import urlsplit

import httpx

from application.shared.access import Actor
from application.treasury.bookings import RecordCapital
from application.treasury.funding import RecordFloatFunding
from application.treasury.ports import PayoutFloat
from domain.shared.money import Money
from entrypoints.config import Settings
from entrypoints.seeding.clinic import Clinic

FLOAT = Money.of(5_000_000, "AUD")
"""What is sent to a payout vendor that holds nothing for us yet."""

_IN_THE_BANK = 3
"""The owners put in so many times what goes to the payout vendor; the rest stays in the bank."""


def open_the_books(clinic: Clinic, operator: Actor) -> None:
    """Book the owners' money, and what of it is with the payout vendor."""
    vendor = clinic.use(PayoutFloat)
    if not any(balance.available for balance in vendor.balances().values()):
        _send(clinic.use(Settings), FLOAT)
    for balance in vendor.balances().values():
        sent = balance.available
        if not sent:
            continue
        code = sent.currency.code.lower()
        clinic.use(RecordCapital)(
            actor=operator,
            amount=Money(sent.minor * _IN_THE_BANK, sent.currency),
            reference=f"capital-{code}",
            occurred_at=clinic.now(),
        )
        clinic.use(RecordFloatFunding)(
            actor=operator,
            amount=sent,
            reference=f"opening-{code}",
            occurred_at=clinic.now(),
        )


def _send(settings: Settings, amount: Money) -> None:
    """Let the transfer from our bank arrive at the played vendor."""
    address = urlsplit(settings.airwallex_url)
    with httpx.Client(trust_env=False) as bank:
        bank.post(
            f"{address.scheme}://{address.netloc}/_sandbox/airwallex/deposit",
            json={
                "amount": str(amount.major),
                "currency": amount.currency.code,
                "reference": f"opening-{amount.currency.code.lower()}",
            },
        ).raise_for_status()
