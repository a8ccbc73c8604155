"""
Taking in what others tell, comparing, and closing periods.
"""

from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.reconciliation.comparison import Reconcile
from application.reconciliation.intake import ImportBankStatement, ImportProcessorTransactions
from application.reconciliation.periods import ClosePeriod, OpenPeriod
from application.reconciliation.ports import CsvLayout
from application.reconciliation.queries import ListPeriods
from domain.reconciliation.items import Source
from domain.shared.ids import AccountingPeriodId
from entrypoints.api.operations import Body, Call, Resource, operation
from entrypoints.api.wire import AmountOut, Code, ToWire

_TAG = "Reconciliation"


class ImportedResource(Resource):
    source: Code
    new: int
    known: int
    changed: int


class ImportListing(Resource):
    items: list[ImportedResource]


class ImportBody(Body):
    source: Source | None = Field(default=None, description="Only this one.")


class Delimiter(StrEnum):
    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"


class StatementBody(Body):
    """Of a CSV file, which column says what; camt.053 needs none of it."""

    account: str | None = Field(default=None, description="Ours; makes the file a CSV file.")
    currency: str = Field(default="AUD", pattern="^[A-Z]{3}$")
    booked_on: str = "Date"
    amount: str | None = Field(default=None, description="Signed; or name `credit` and `debit`.")
    credit: str | None = None
    debit: str | None = None
    identifier: str | None = None
    references: str = Field(default="", description="With commas between them.")
    balance: str | None = None
    date_format: str = "%Y-%m-%d"
    delimiter: Delimiter = Delimiter.COMMA
    decimal_point: str = Field(default=".", pattern="^[.,]$")
    newest_first: bool = False

    def layout(self) -> CsvLayout | None:
        """Read it."""
        if self.account is None:
            return None
        return CsvLayout(
            account=self.account,
            currency=self.currency,
            booked_on=self.booked_on,
            amount=self.amount,
            credit=self.credit,
            debit=self.debit,
            identifier=self.identifier,
            references=tuple(name.strip() for name in self.references.split(",") if name.strip()),
            balance=self.balance,
            date_format=self.date_format,
            delimiter=_DELIMITERS[self.delimiter],
            decimal_point=self.decimal_point,
            newest_first=self.newest_first,
        )


_DELIMITERS = {Delimiter.COMMA: ",", Delimiter.SEMICOLON: ";", Delimiter.TAB: "\t"}


class StatementResource(Resource):
    statement_id: str
    new: int
    known: int
    gap: AmountOut = Field(description="Closing balance less opening balance and entries.")
    known_file: bool


class StatementListing(Resource):
    items: list[StatementResource]


class ComparedResource(Resource):
    at: datetime
    booked: int
    matched: int
    left: int
    found: int
    healed: int
    standing: int


class PeriodBody(Body):
    starts_on: date
    ends_on: date


class PeriodOpenedResource(Resource):
    period_id: Annotated[str, ToWire("accounting_period")]


class PeriodResource(Resource):
    period_id: Annotated[str, ToWire("accounting_period")]
    starts_on: date
    ends_on: date
    status: Code
    closed_at: datetime | None
    closed_by: Annotated[str, ToWire("user")] | None
    barring: int = Field(description="Breaks that keep it from closing.")


class PeriodListing(Resource):
    items: list[PeriodResource]


@operation("POST", "/reconciliation/imports", tag=_TAG, body=ImportBody, returns=ImportListing)
def import_transactions(call: Call[ImportBody]) -> ImportListing:
    """Fetch what the vendors did with our money, now instead of tonight."""
    imported = call.use(ImportProcessorTransactions)(actor=call.actor, source=call.body.source)
    return ImportListing(items=[ImportedResource.model_validate(each) for each in imported])


@operation(
    "POST",
    "/reconciliation/statements",
    tag=_TAG,
    body=StatementBody,
    form=True,
    returns=StatementListing,
)
def import_bank_statement(call: Call[StatementBody]) -> StatementListing:
    """
    Take in a bank's file: camt.053, or CSV with a declared layout.

    The same file, or an entry that another file held, adds nothing.
    """
    imported = call.use(ImportBankStatement)(
        actor=call.actor, content=call.upload.content, layout=call.body.layout()
    )
    return StatementListing(items=[StatementResource.model_validate(each) for each in imported])


@operation("POST", "/reconciliation/runs", tag=_TAG, returns=ComparedResource)
def reconcile(call: Call[None]) -> ComparedResource:
    """Compare all sides, now instead of tonight."""
    return ComparedResource.model_validate(call.use(Reconcile)(actor=call.actor))


@operation("GET", "/reconciliation/periods", tag=_TAG, returns=PeriodListing)
def list_periods(call: Call[None]) -> PeriodListing:
    """List periods, the latest first."""
    periods = call.use(ListPeriods)(actor=call.actor)
    return PeriodListing(items=[PeriodResource.model_validate(each) for each in periods])


@operation(
    "POST",
    "/reconciliation/periods",
    tag=_TAG,
    body=PeriodBody,
    returns=PeriodOpenedResource,
    status=HTTPStatus.CREATED,
)
def open_period(call: Call[PeriodBody]) -> PeriodOpenedResource:
    """Begin a period; both days belong to it."""
    period_id = call.use(OpenPeriod)(
        actor=call.actor, starts_on=call.body.starts_on, ends_on=call.body.ends_on
    )
    return PeriodOpenedResource.model_validate({"period_id": period_id})


@operation("POST", "/reconciliation/periods/{accounting_period_id}/closing", tag=_TAG)
def close_period(call: Call[None], accounting_period_id: UUID) -> None:
    """Close a period whose every difference is explained. It does not change any more."""
    call.use(ClosePeriod)(actor=call.actor, period_id=AccountingPeriodId(accounting_period_id))
