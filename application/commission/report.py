"""
Pay beside prescribing, for those who govern medicine and money.

Plans cannot ask about prescriptions. Whether pay goes with prescribing all the same, such as
because some services are paid better and prescribe more, is looked at here.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from attrs import frozen

from application.commission.ports import PayAndPrescribing, PayReports
from application.shared.access import Actor, Role, require_role
from application.shared.csv_lines import Cell, csv_lines
from application.shared.ports import Clock, UnitOfWork
from domain.commission.independence import Correlation, correlation
from domain.shared.errors import InvalidInput
from domain.shared.ids import to_wire
from domain.shared.money import Currency, Money

READERS = (Role.FINANCE, Role.ADMINISTRATOR)
_LONGEST = timedelta(days=731)


class PeriodUnfit(InvalidInput):
    """Not a period that can be reported on."""


@frozen(kw_only=True)
class PayReportLine:
    """
    A physician in one currency.

    Args:
        pay_each: Pay per consultation that was shared, to the nearest minor unit; None if none.
        prescribing: Prescriptions in a hundred finished consultations.
    """

    facts: PayAndPrescribing
    pay_each: Money | None
    prescribing: int


@frozen(kw_only=True)
class PayReportSide:
    """All physicians in one currency, and whether pay goes with prescribing over them."""

    currency: Currency
    lines: tuple[PayReportLine, ...]
    correlation: Correlation


@frozen(kw_only=True)
class PayReport:
    """The report over a period of days, first and last included, in UTC."""

    since: date
    until: date
    sides: tuple[PayReportSide, ...]


@frozen
class ReportPayAndPrescribing:
    """
    Set physicians' pay per consultation beside their prescribing rate.
    """

    _uow: UnitOfWork
    _reports: PayReports
    _clock: Clock

    def __call__(
        self, *, actor: Actor, since: date | None = None, until: date | None = None
    ) -> PayReport:
        """
        Report, and note in the audit trail who read it. There is no patient in it.

        Args:
            since: The first day; 90 days before the last, if not given.
            until: The last day; today, if not given.

        Raises:
            AccessDenied: Neither finance nor an administrator.
            PeriodUnfit: It ends before it begins, or is longer than two years.
        """
        require_role(actor, *READERS)
        last = until or self._clock.now().date()
        first = since or last - timedelta(days=90)
        if not timedelta(0) <= last - first <= _LONGEST:
            raise PeriodUnfit("Choose a period of at most two years.", field="until")
        found = self._reports.pay_and_prescribing(since=first, until=last + timedelta(days=1))
        with self._uow as uow:
            uow.audit.record(
                actor=actor,
                action="pay_report.read",
                subject="pay_and_prescribing",
                details={"since": first.isoformat(), "until": last.isoformat()},
            )
            uow.commit()
        currencies = sorted({one.pay.currency for one in found}, key=lambda each: each.code)
        return PayReport(
            since=first,
            until=last,
            sides=tuple(
                _side(currency, [one for one in found if one.pay.currency == currency])
                for currency in currencies
            ),
        )


def _side(currency: Currency, found: list[PayAndPrescribing]) -> PayReportSide:
    return PayReportSide(
        currency=currency,
        lines=tuple(_line(one) for one in found),
        correlation=correlation(
            [
                (Fraction(one.prescriptions, one.finished), Fraction(one.pay.minor, one.shared))
                for one in found
                if one.shared
            ]
        ),
    )


def _line(one: PayAndPrescribing) -> PayReportLine:
    return PayReportLine(
        facts=one,
        pay_each=Money(_nearest(one.pay.minor, one.shared), one.pay.currency)
        if one.shared
        else None,
        prescribing=_nearest(one.prescriptions * 100, one.finished),
    )


def _nearest(amount: int, parts: int) -> int:
    return (2 * amount + parts) // (2 * parts)


_HEADING = (
    "physician",
    "name",
    "currency",
    "finished consultations",
    "consultations shared",
    "pay",
    "pay per consultation",
    "prescriptions",
    "prescriptions per 100 finished consultations",
    "plans",
    "terms",
)


def report_csv(report: PayReport) -> str:
    """The lines of a report, and below each currency its correlation in words."""
    return "".join(csv_lines(_HEADING, _rows(report)))


def _rows(report: PayReport) -> Iterator[tuple[Cell, ...]]:
    for side in report.sides:
        for line in side.lines:
            facts = line.facts
            yield (
                to_wire("physician", facts.physician_id),
                facts.name,
                side.currency.code,
                facts.finished,
                facts.shared,
                facts.pay,
                line.pay_each,
                facts.prescriptions,
                line.prescribing,
                "; ".join(f"{plan.code} version {plan.version}" for plan in facts.plans),
                " ".join(sentence for plan in facts.plans for sentence in plan.terms),
            )
        yield ("correlation", side.correlation.words, side.currency.code)
