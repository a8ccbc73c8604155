"""
Which fact moves money from where to where. All of it, on one page.

A debit raises what we own or spend and lowers what we owe; a credit does the opposite.
"""

from collections.abc import Iterable

from domain.ledger.chart import (
    BANK,
    CAPITAL,
    COMMISSION,
    DISPUTE_FEES,
    DISPUTED_FUNDS,
    EXCHANGE_FEES,
    FX_DIFFERENCE,
    FX_POSITION,
    GOODWILL,
    PATIENT_FUNDS,
    PAYOUT_FEES,
    PAYOUT_FLOAT,
    PAYOUTS_IN_TRANSIT,
    PLATFORM_FEE,
    PROCESSING,
    PROCESSOR_CLEARING,
    LedgerAccount,
    physician_debt,
    tax_payable,
    wallet_available,
    wallet_held,
    wallet_pending,
)
from domain.ledger.journal import Posting, Postings
from domain.payments.commission import Split
from domain.payments.refund import Shares
from domain.shared.ids import PhysicianId
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money
from domain.treasury.conversion import Conversion


def payment_captured(amount: Money) -> Postings:
    return _entry((PROCESSOR_CLEARING, PATIENT_FUNDS, amount))


def service_delivered(physician_id: PhysicianId, place: Jurisdiction, delivered: Split) -> Postings:
    return _entry(
        (PATIENT_FUNDS, wallet_pending(physician_id), delivered.earning),
        (PATIENT_FUNDS, COMMISSION, delivered.commission),
        (PATIENT_FUNDS, PLATFORM_FEE, delivered.platform_fee),
        (PATIENT_FUNDS, tax_payable(place), delivered.tax),
    )


def earning_matured(physician_id: PhysicianId, amount: Money) -> Postings:
    return _entry((wallet_pending(physician_id), wallet_available(physician_id), amount))


def hold_placed(physician_id: PhysicianId, amount: Money) -> Postings:
    return _entry((wallet_available(physician_id), wallet_held(physician_id), amount))


def hold_released(physician_id: PhysicianId, amount: Money) -> Postings:
    return _entry((wallet_held(physician_id), wallet_available(physician_id), amount))


def payout_requested(physician_id: PhysicianId, amount: Money) -> Postings:
    return hold_placed(physician_id, amount)


def payout_submitted(physician_id: PhysicianId, amount: Money) -> Postings:
    return _entry((wallet_held(physician_id), PAYOUTS_IN_TRANSIT, amount))


def payout_paid(amount: Money, fee: Money) -> Postings:
    return _entry(
        (PAYOUTS_IN_TRANSIT, PAYOUT_FLOAT, amount),
        (PAYOUT_FEES, PAYOUT_FLOAT, fee),
    )


def payout_failed(physician_id: PhysicianId, amount: Money) -> Postings:
    return _entry((PAYOUTS_IN_TRANSIT, wallet_available(physician_id), amount))


def payout_cancelled(physician_id: PhysicianId, amount: Money) -> Postings:
    return hold_released(physician_id, amount)


def payout_returned(physician_id: PhysicianId, amount: Money) -> Postings:
    return _entry((PAYOUT_FLOAT, wallet_available(physician_id), amount))


def refund_before_delivery(amount: Money) -> Postings:
    return _entry((PATIENT_FUNDS, PROCESSOR_CLEARING, amount))


def refund_after_delivery(
    physician_id: PhysicianId, place: Jurisdiction, shares: Shares
) -> Postings:
    return _given_back(physician_id, place, shares, to=PROCESSOR_CLEARING)


def reversal(postings: Postings) -> Postings:
    """Undo an entry, leg by leg."""
    return tuple(Posting(debit=p.credit, credit=p.debit, amount=p.amount) for p in postings)


def debt_recovered(physician_id: PhysicianId, amount: Money) -> Postings:
    return _entry((wallet_available(physician_id), physician_debt(physician_id), amount))


def recovery_returned(physician_id: PhysicianId, amount: Money) -> Postings:
    return reversal(debt_recovered(physician_id, amount))


def dispute_opened(amount: Money, fee: Money) -> Postings:
    return _entry(
        (DISPUTED_FUNDS, PROCESSOR_CLEARING, amount),
        (DISPUTE_FEES, PROCESSOR_CLEARING, fee),
    )


def dispute_won(amount: Money) -> Postings:
    return _entry((PROCESSOR_CLEARING, DISPUTED_FUNDS, amount))


def dispute_fee(fee: Money) -> Postings:
    return _entry((DISPUTE_FEES, PROCESSOR_CLEARING, fee))


def dispute_lost_before_delivery(amount: Money) -> Postings:
    return _entry((PATIENT_FUNDS, DISPUTED_FUNDS, amount))


def dispute_lost_after_delivery(
    physician_id: PhysicianId, place: Jurisdiction, shares: Shares
) -> Postings:
    return _given_back(physician_id, place, shares, to=DISPUTED_FUNDS)


def dispute_lost_beyond_payment(amount: Money) -> Postings:
    return _entry((GOODWILL, DISPUTED_FUNDS, amount))


def processor_settled(received: Money, fee: Money) -> Postings:
    return _entry(
        (BANK, PROCESSOR_CLEARING, received),
        (PROCESSING, PROCESSOR_CLEARING, fee),
    )


def float_funded(amount: Money) -> Postings:
    return _entry((PAYOUT_FLOAT, BANK, amount))


def float_funding_reversed(amount: Money) -> Postings:
    return reversal(float_funded(amount))


def capital_paid_in(amount: Money) -> Postings:
    return _entry((BANK, CAPITAL, amount))


def currency_converted(held: LedgerAccount, conversion: Conversion) -> Postings:
    """Balanced in each currency: the position takes what was quoted, the rest is a difference."""
    worse = conversion.difference
    return _entry(
        (FX_POSITION, held, conversion.sold),
        (held, FX_POSITION, conversion.bought),
        (FX_DIFFERENCE, FX_POSITION, worse)
        if worse.minor > 0
        else (FX_POSITION, FX_DIFFERENCE, -worse),
        (EXCHANGE_FEES, held, conversion.fee),
    )


def _given_back(
    physician_id: PhysicianId, place: Jurisdiction, shares: Shares, *, to: LedgerAccount
) -> Postings:
    return _entry(
        (COMMISSION, to, shares.commission),
        (PLATFORM_FEE, to, shares.platform_fee),
        (tax_payable(place), to, shares.tax),
        (wallet_pending(physician_id), to, shares.pending),
        (wallet_available(physician_id), to, shares.available),
        (physician_debt(physician_id), to, shares.debt),
        (GOODWILL, to, shares.goodwill),
    )


def _entry(*moves: tuple[LedgerAccount, LedgerAccount, Money]) -> Postings:
    return tuple(_moved(moves))


def _moved(moves: Iterable[tuple[LedgerAccount, LedgerAccount, Money]]) -> Iterable[Posting]:
    for debit, credit, amount in moves:
        if amount:
            yield Posting(debit=debit, credit=credit, amount=amount)
