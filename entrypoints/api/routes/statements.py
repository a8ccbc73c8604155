"""
Statements of a wallet, by month and by payout: to read, to print, and to calculate with.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Response
from pydantic import Field

from application.wallets.papers import (
    Paper,
    PaperForm,
    PrintMonthlyStatement,
    PrintPayoutStatement,
)
from application.wallets.statements import (
    ListStatements,
    MonthlyStatement,
    ViewMonthlyStatement,
    ViewPayoutStatement,
)
from domain.shared.ids import PayoutId, PhysicianId
from domain.shared.money import Currency, Money
from domain.wallets.month import Month
from domain.wallets.statement import Movement
from entrypoints.api.files import attachment
from entrypoints.api.operations import Call, Resource, operation
from entrypoints.api.parameters import required
from entrypoints.api.routes.wallets import BalancesResource
from entrypoints.api.wire import AmountOut, Code, ToWire

_CURRENCY = {"currency": "ISO 4217. Required."}
_CSV, _PDF = "text/csv", "application/pdf"


class StatementOfferResource(Resource):
    month: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}$")]
    currency: str
    is_complete: bool = Field(description="Whether the month is over where the physician lives.")


class StatementOfferListing(Resource):
    items: list[StatementOfferResource] = Field(description="The newest month first.")


class WithdrawalResource(Resource):
    payout_id: Annotated[str, ToWire("payout")]
    consultation_id: Annotated[str, ToWire("consultation")]
    amount: AmountOut
    returned_at: datetime | None = Field(
        description="When it was given back, because the payout came to nothing."
    )


class MonthLineResource(Resource):
    entry_id: Annotated[str, ToWire("journal_entry")]
    kind: Code
    reason: str
    cause: str
    consultation_id: Annotated[str, ToWire("consultation")] | None
    booked_at: datetime
    happened_at: datetime
    gross: AmountOut = Field(description="What the patient paid; negative where given back.")
    commission: AmountOut = Field(description="Negative where the platform kept it.")
    platform_fee: AmountOut
    tax: AmountOut
    borne_by_platform: AmountOut
    net: AmountOut = Field(description="By how much what we owe changed: the five together.")
    debt_change: AmountOut = Field(description="By how much the debt grew.")
    owed_after: AmountOut


class MonthlyStatementResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    physician_name: str
    month: str
    time_zone: str
    currency: str
    start_at: datetime
    end_at: datetime
    is_complete: bool
    made_at: datetime
    opening: BalancesResource
    lines: list[MonthLineResource] = Field(description="`net` adds up from opening to closing.")
    closing: BalancesResource
    withdrawals: list[WithdrawalResource] = Field(
        description="Which consultations each payout paid, and with which each was withdrawn."
    )


class PayoutPartResource(Resource):
    consultation_id: Annotated[str, ToWire("consultation")]
    delivered_at: datetime
    gross: AmountOut
    commission: AmountOut
    platform_fee: AmountOut
    tax: AmountOut
    earned: AmountOut
    amount: AmountOut = Field(description="What this payout took of it.")
    returned_at: datetime | None


class PayoutStatementResource(Resource):
    payout_id: Annotated[str, ToWire("payout")]
    physician_id: Annotated[str, ToWire("physician")]
    amount: AmountOut
    status: Code
    requested_at: datetime
    ended_at: datetime | None
    parts: list[PayoutPartResource] = Field(description="The amounts add up to the payout.")


@operation(
    "GET",
    "/physicians/{physician_id}/statements",
    tag="Wallets",
    returns=StatementOfferListing,
)
def list_statements(call: Call[None], physician_id: UUID) -> StatementOfferListing:
    """List the months that there are statements of."""
    offers = call.use(ListStatements)(actor=call.actor, physician_id=PhysicianId(physician_id))
    return StatementOfferListing(
        items=[
            StatementOfferResource(
                month=str(one.month), currency=one.currency.code, is_complete=one.is_complete
            )
            for one in offers
        ]
    )


@operation(
    "GET",
    "/physicians/{physician_id}/statements/{month}",
    tag="Wallets",
    returns=MonthlyStatementResource,
    query=_CURRENCY,
)
def view_monthly_statement(
    call: Call[None], physician_id: UUID, month: str
) -> MonthlyStatementResource:
    """
    State a month of a wallet, such as `2026-03`, from midnight to midnight where they live.

    Add `.pdf` or `.csv` to the address for a file.
    """
    view = call.use(ViewMonthlyStatement)
    return _month(view(actor=call.actor, **_of_month(call, physician_id, month)))


@operation(
    "GET",
    "/physicians/{physician_id}/statements/{month}.pdf",
    tag="Wallets",
    produces=_PDF,
    query=_CURRENCY,
)
def print_monthly_statement(call: Call[None], physician_id: UUID, month: str) -> Response:
    """Print the statement of a month."""
    return _saved(_month_paper(call, physician_id, month, PaperForm.PDF))


@operation(
    "GET",
    "/physicians/{physician_id}/statements/{month}.csv",
    tag="Wallets",
    produces=_CSV,
    query=_CURRENCY,
)
def export_monthly_statement(call: Call[None], physician_id: UUID, month: str) -> Response:
    """Take the lines of a month's statement along as CSV, amounts in major units."""
    return _saved(_month_paper(call, physician_id, month, PaperForm.CSV))


@operation("GET", "/payouts/{payout_id}/statement", tag="Payouts", returns=PayoutStatementResource)
def view_payout_statement(call: Call[None], payout_id: UUID) -> PayoutStatementResource:
    """
    State which consultations a payout paid, and how much of each.

    Add `.pdf` or `.csv` to the address for a file.
    """
    shown = call.use(ViewPayoutStatement)(actor=call.actor, payout_id=PayoutId(payout_id))
    return PayoutStatementResource.model_validate(shown.payout)


@operation("GET", "/payouts/{payout_id}/statement.pdf", tag="Payouts", produces=_PDF)
def print_payout_statement(call: Call[None], payout_id: UUID) -> Response:
    """Print the statement of a payout."""
    return _saved(_payout_paper(call, payout_id, PaperForm.PDF))


@operation("GET", "/payouts/{payout_id}/statement.csv", tag="Payouts", produces=_CSV)
def export_payout_statement(call: Call[None], payout_id: UUID) -> Response:
    """Take the consultations of a payout along as CSV, amounts in major units."""
    return _saved(_payout_paper(call, payout_id, PaperForm.CSV))


def _of_month(call: Call[None], physician_id: UUID, month: str) -> dict[str, Any]:
    currency = required(call, "currency", "Say in which currency.")
    return {
        "physician_id": PhysicianId(physician_id),
        "month": Month.parse(month),
        "currency": Currency(currency),
    }


def _month_paper(call: Call[None], physician_id: UUID, month: str, form: PaperForm) -> Paper:
    make = call.use(PrintMonthlyStatement)
    return make(actor=call.actor, form=form, **_of_month(call, physician_id, month))


def _payout_paper(call: Call[None], payout_id: UUID, form: PaperForm) -> Paper:
    make = call.use(PrintPayoutStatement)
    return make(actor=call.actor, payout_id=PayoutId(payout_id), form=form)


def _saved(paper: Paper) -> Response:
    return attachment(paper.content, media_type=paper.media_type, filename=paper.filename)


def _month(shown: MonthlyStatement) -> MonthlyStatementResource:
    statement = shown.statement
    return MonthlyStatementResource.model_validate(
        {
            "physician_id": shown.holder.physician_id,
            "physician_name": shown.holder.name,
            "month": str(shown.month),
            "time_zone": shown.holder.time_zone,
            "currency": statement.currency.code,
            "start_at": statement.period.start_at,
            "end_at": statement.period.end_at,
            "is_complete": shown.is_complete,
            "made_at": shown.made_at,
            "opening": statement.opening,
            "lines": [_line(movement, owed) for movement, owed in statement.lines],
            "closing": statement.closing,
            "withdrawals": shown.withdrawals,
        }
    )


def _line(movement: Movement, owed: Money) -> MonthLineResource:
    return MonthLineResource.model_validate(
        {
            "entry_id": movement.entry_id,
            "kind": movement.kind,
            "reason": movement.reason,
            "cause": movement.cause,
            "consultation_id": movement.consultation_id,
            "booked_at": movement.recorded_at,
            "happened_at": movement.occurred_at,
            "gross": movement.gross,
            "commission": movement.commission,
            "platform_fee": movement.platform_fee,
            "tax": movement.tax,
            "borne_by_platform": movement.borne,
            "net": movement.net,
            "debt_change": movement.change.debt,
            "owed_after": owed,
        }
    )
