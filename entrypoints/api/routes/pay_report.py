"""
Pay beside prescribing, for medical governance and finance. No patient is in it.
"""

from datetime import date
from typing import Annotated, Any

from flask import Response
from pydantic import Field

from application.commission.report import (
    PayReport,
    PayReportSide,
    PeriodUnfit,
    ReportPayAndPrescribing,
    report_csv,
)
from application.shared.csv_lines import MEDIA_TYPE
from entrypoints.api.files import attachment
from entrypoints.api.operations import Call, Resource, operation
from entrypoints.api.wire import AmountOut, ToWire

_PERIOD = {
    "since": "The first day, in UTC; 90 days before the last, if not given.",
    "until": "The last day, in UTC; today, if not given.",
}


class PlanInUseResource(Resource):
    code: str
    version: int
    terms: list[str]


class PayReportLineResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    name: str
    finished: int = Field(description="Consultations that were completed.")
    shared: int = Field(description="Those whose payment was shared; pay is counted over these.")
    pay: AmountOut
    pay_each: AmountOut | None
    prescriptions: int
    prescribing: int = Field(description="Prescriptions in 100 finished consultations.")
    plans: list[PlanInUseResource]


class CorrelationResource(Resource):
    n: int = Field(description="Physicians over whom it was worked out.")
    coefficient: float | None = Field(description="Pearson's r; null where it is not defined.")
    words: str


class PayReportSideResource(Resource):
    currency: str
    correlation: CorrelationResource
    lines: list[PayReportLineResource]


class PayReportResource(Resource):
    since: date
    until: date
    sides: list[PayReportSideResource]


@operation(
    "GET",
    "/reports/pay-and-prescribing",
    tag="Commission",
    returns=PayReportResource,
    query=_PERIOD,
)
def report_pay_and_prescribing(call: Call[None]) -> PayReportResource:
    """Set physicians' pay per consultation beside their prescribing rate, and correlate them."""
    report = _report(call)
    return PayReportResource(
        since=report.since, until=report.until, sides=[_side(one) for one in report.sides]
    )


@operation(
    "GET",
    "/reports/pay-and-prescribing.csv",
    tag="Commission",
    produces="text/csv",
    query=_PERIOD,
)
def export_pay_and_prescribing(call: Call[None]) -> Response:
    """Take the report along as CSV, amounts in major units."""
    report = _report(call)
    return attachment(
        report_csv(report).encode(),
        media_type=MEDIA_TYPE,
        filename=f"pay-and-prescribing-{report.since}-{report.until}.csv",
    )


def _report(call: Call[Any]) -> PayReport:
    return call.use(ReportPayAndPrescribing)(
        actor=call.actor, since=_day(call, "since"), until=_day(call, "until")
    )


def _day(call: Call[Any], name: str) -> date | None:
    text = call.query.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PeriodUnfit("Write the day such as 2026-03-01.", field=name) from error


def _side(side: PayReportSide) -> PayReportSideResource:
    return PayReportSideResource(
        currency=side.currency.code,
        correlation=CorrelationResource.model_validate(side.correlation),
        lines=[
            PayReportLineResource.model_validate(
                {
                    "physician_id": line.facts.physician_id,
                    "name": line.facts.name,
                    "finished": line.facts.finished,
                    "shared": line.facts.shared,
                    "pay": line.facts.pay,
                    "pay_each": line.pay_each,
                    "prescriptions": line.facts.prescriptions,
                    "prescribing": line.prescribing,
                    "plans": line.facts.plans,
                }
            )
            for line in side.lines
        ],
    )
