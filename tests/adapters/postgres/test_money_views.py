"""
What people are shown of payments, payouts and accounts.
"""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.payments import PostgresPaymentQueries
from adapters.postgres.queries.payouts import PostgresPayoutQueries
from application.payments.queries import ListPayments, ViewPayment
from application.payments.refunds import RefundQuoteView
from application.payouts.queries import ListPayouts, ViewPayout, ViewPayoutAccount
from application.shared.access import SYSTEM
from domain.payments.payment import PaymentNotFound, PaymentStatus
from domain.payouts.payout import PayoutNotFound, PayoutStatus
from domain.payouts.payout_account import PayoutAccountStatus
from domain.shared.ids import ConsultationId, PayoutId
from domain.wallets.wallet import WalletPolicy
from tests.adapters.postgres.money_desk import open_desk
from tests.adapters.postgres.transactions import CIPHER
from tests.fakes.money import (
    A_PATIENT,
    A_PHYSICIAN,
    CONSULTATION,
    FINANCE,
    PATIENT,
    PHYSICIAN,
    SECOND_FINANCE,
    MoneyDesk,
    dollars,
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=25)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine) -> MoneyDesk:
    return open_desk(engine)


def send(desk: MoneyDesk, whole: int) -> PayoutId:
    payout_id = desk.request(dollars(whole))
    desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    return payout_id


def quoted(desk: MoneyDesk, number: int) -> RefundQuoteView:
    return desk.quote_refund(actor=FINANCE, consultation_id=consultation(number))


def refund(desk: MoneyDesk, number: int) -> str:
    quote = quoted(desk, number)
    refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="complaint")
    desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
    return f"re_{refund_id.hex}"


def payout_row(engine: Engine) -> tuple[str, int]:
    """The status of the one payout, and how many signed it."""
    query = "select status, (select count(*) from payout_signature) from payout"
    with engine.connect() as connection:
        status, signatures = connection.execute(text(query)).one()
    return str(status), int(signatures)


def consultation(number: int) -> ConsultationId:
    return ConsultationId(UUID(int=number))


class TestViews:
    def test_a_payment_with_its_refunds(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.earn(3)
        refund(desk, 3)
        view = ViewPayment(PostgresPaymentQueries(engine))

        seen = view(actor=A_PATIENT, consultation_id=CONSULTATION)

        assert seen.status is PaymentStatus.REFUNDED
        assert [each.amount for each in seen.refunds] == [dollars(100)]
        with pytest.raises(PaymentNotFound):
            view(actor=A_PHYSICIAN, consultation_id=CONSULTATION)

    def test_payments_in_pages(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.earn(3)
        desk.earn(4)
        listed = ListPayments(PostgresPaymentQueries(engine))

        first = listed(actor=A_PATIENT, patient_id=PATIENT, limit=1)
        second = listed(actor=FINANCE, limit=1, cursor=first.next_cursor)

        seen = [page.items[0].consultation_id for page in (first, second)]
        assert seen == [consultation(4), consultation(3)]
        assert listed(actor=FINANCE, needs_review=True).items == ()

    def test_a_payout_and_what_it_was_earned_in(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.earn(3)
        desk.earn(4)
        desk.be_payable()
        payout_id = send(desk, 100)
        queries = PostgresPayoutQueries(engine, CIPHER)

        seen = ViewPayout(queries)(actor=A_PHYSICIAN, payout_id=payout_id)

        assert seen.status is PayoutStatus.SUBMITTED
        assert [(each.consultation_id, each.amount) for each in seen.sources] == [
            (consultation(3), dollars(76)),
            (consultation(4), dollars(24)),
        ]
        with pytest.raises(PayoutNotFound):
            ViewPayout(queries)(actor=A_PATIENT, payout_id=payout_id)
        listed = ListPayouts(queries)(actor=A_PHYSICIAN, physician_id=PHYSICIAN).items
        assert [each.payout_id for each in listed] == [payout_id]

    def test_a_payout_account_shows_four_digits(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.be_payable()

        seen = ViewPayoutAccount(PostgresPayoutQueries(engine, CIPHER))(
            actor=A_PHYSICIAN, physician_id=PHYSICIAN
        )

        assert seen.status is PayoutAccountStatus.ACTIVE
        assert seen.bank_last_four == "5678"

    def test_a_large_payout_shows_who_agreed_and_to_finance_alone(self, engine: Engine) -> None:
        desk = open_desk(engine, policy=WalletPolicy(approval_above=40))
        desk.earn()
        desk.be_payable()
        payout_id = desk.request(dollars(50))
        views = ListPayouts(PostgresPayoutQueries(engine, CIPHER))
        assert desk.approve_payout(actor=FINANCE, payout_id=payout_id, note="seen") == 1

        (waiting,) = views(actor=FINANCE, needs_approval=True).items
        (own,) = views(actor=A_PHYSICIAN, physician_id=PHYSICIAN).items
        desk.approve_payout(actor=SECOND_FINANCE, payout_id=payout_id)

        assert [(each.user_id, each.note) for each in waiting.signatures] == [
            (FINANCE.user_id, "seen")
        ]
        assert (waiting.signatures_missing, waiting.status) == (1, PayoutStatus.AWAITING_APPROVAL)
        assert (own.signatures, own.signatures_missing) == ((), 1)
        assert views(actor=FINANCE, needs_approval=True).items == ()
        assert payout_row(engine) == ("requested", 2)
