"""
The bank that keeps our operating account: what arrives and leaves, and a statement for each day.
"""

from collections.abc import Iterable
from datetime import date
from xml.sax.saxutils import escape

from attrs import define, field, frozen

from domain.shared.money import Currency, Money

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_ACCOUNT = "062000-12344321"


@frozen(kw_only=True)
class BankLine:
    """One booked line; money that left is negative."""

    number: int
    on: date
    amount: Money
    text: str

    @property
    def reference(self) -> str:
        """The bank's own."""
        return f"BNK{self.number:08}"


@define(eq=False)
class OperatingAccount:
    """
    Holds the lines that were booked and tells them day by day, as ISO 20022 camt.053.
    """

    currency: Currency
    lines: list[BankLine] = field(factory=list, init=False)

    def book(self, on: date, amount: Money, text: str) -> BankLine:
        """Money arrives, or leaves."""
        line = BankLine(number=len(self.lines) + 1, on=on, amount=amount, text=text)
        self.lines.append(line)
        return line

    def numbers_in(self, references: Iterable[str]) -> list[int]:
        """The lines that are named by the bank's own references."""
        given = {reference.casefold() for reference in references}
        return [line.number for line in self.lines if line.reference.casefold() in given]

    def balance(self, *, before: date) -> Money:
        """What is there when a day begins."""
        booked = [line.amount for line in self.lines if line.on < before]
        return sum(booked, start=Money.zero(self.currency))

    def statement(self, on: date) -> bytes:
        """The statement of one day."""
        opening = self.balance(before=on)
        today = [line for line in self.lines if line.on == on]
        closing = sum((line.amount for line in today), start=opening)
        entries = "".join(_entry(line) for line in today)
        return (
            f'<Document xmlns="{_NAMESPACE}"><BkToCstmrStmt><Stmt><Id>S-{on:%Y%m%d}</Id>'
            f"<FrToDt><FrDtTm>{on}T00:00:00</FrDtTm><ToDtTm>{on}T23:59:59</ToDtTm></FrToDt>"
            f"<Acct><Id><Othr><Id>{_ACCOUNT}</Id></Othr></Id><Ccy>{self.currency}</Ccy></Acct>"
            f"{_balance('OPBD', opening, on)}{_balance('CLBD', closing, on)}{entries}"
            "</Stmt></BkToCstmrStmt></Document>"
        ).encode()


def _entry(line: BankLine) -> str:
    return (
        f"<Ntry>{_amount(line.amount)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{line.on}</Dt></BookgDt><AcctSvcrRef>{line.reference}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><RmtInf><Ustrd>{escape(line.text)}</Ustrd></RmtInf></TxDtls>"
        "</NtryDtls></Ntry>"
    )


def _balance(kind: str, money: Money, on: date) -> str:
    tells = f"<Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_amount(money)}"
    return f"<Bal>{tells}<Dt><Dt>{on}</Dt></Dt></Bal>"


def _amount(money: Money) -> str:
    way = "CRDT" if money.minor >= 0 else "DBIT"
    written = (money if money.minor >= 0 else -money).major
    return f'<Amt Ccy="{money.currency}">{written}</Amt><CdtDbtInd>{way}</CdtDbtInd>'
