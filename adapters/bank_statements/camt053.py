"""
Bank statements as ISO 20022 camt.053 (https://www.iso20022.org), versions 2 to 13.

The file comes from outside: document types and entities are refused before anything is read.
Names, addresses and account numbers of the other side are never read.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError

from attrs import frozen
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from adapters.bank_statements.lines import Line, items_of, shown_account
from adapters.bank_statements.references import whole, within
from domain.reconciliation.statements import BankStatement, UnreadableStatement
from domain.shared.errors import InvalidInput
from domain.shared.money import Currency, Money

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053."
_FEES = frozenset({"CHRG", "FEES", "COMM", "MNFE"})
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_REFERENCES = (
    "AcctSvcrRef",
    "EndToEndId",
    "TxId",
    "InstrId",
    "PmtInfId",
    "MsgId",
    "ClrSysRef",
    "UETR",
)


def read_camt053(content: bytes) -> tuple[BankStatement, ...]:
    """
    The statements in a file.

    Raises:
        UnreadableStatement: It is not camt.053, or not complete, or not safe to read.
    """
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise UnreadableStatement("This is not XML that can be read.", field="content") from error
    space = root.tag.removeprefix("{").partition("}")[0]
    if not space.startswith(_NAMESPACE):
        raise UnreadableStatement("This is not a camt.053 statement.", field="content")
    try:
        statements = [_statement(_Node(node, space)) for node in root.iter(f"{{{space}}}Stmt")]
    except UnreadableStatement:
        raise
    except (InvalidInput, InvalidOperation, ValueError) as error:
        raise UnreadableStatement("An amount or a date cannot be read.", field="content") from error
    if not statements:
        raise UnreadableStatement("There is no statement in the file.", field="content")
    return tuple(statements)


@frozen
class _Node:
    """An element of the file, whatever version it is written in."""

    element: Element
    space: str

    def all(self, path: str) -> Iterator["_Node"]:
        steps = "/".join(f"{{{self.space}}}{step}" for step in path.split("/"))
        return (_Node(found, self.space) for found in self.element.findall(steps))

    def first(self, *paths: str) -> "_Node | None":
        return next((found for path in paths for found in self.all(path)), None)

    def text(self, *paths: str) -> str | None:
        found = self.first(*paths)
        return None if found is None else (found.element.text or "").strip() or None

    def need(self, *paths: str) -> str:
        found = self.text(*paths)
        if found is None:
            raise UnreadableStatement(f"{paths[0]} is missing.", field="content")
        return found

    def texts(self, path: str) -> list[str | None]:
        return [found.element.text for found in self.all(path)]


def _statement(node: _Node) -> BankStatement:
    account = node.need("Acct/Id/IBAN", "Acct/Id/Othr/Id")
    lines = [_line(entry) for entry in node.all("Ntry") if _is_booked(entry)]
    opening = _balance(node, _OPENING)
    closing = _balance(node, _CLOSING)
    days = [line.booked_on for line in lines]
    days += [day for day, _ in (opening, closing) if day is not None]
    starts_on = _day(node.text("FrToDt/FrDtTm")) or min(days, default=None)
    ends_on = _day(node.text("FrToDt/ToDtTm")) or max(days, default=None)
    if starts_on is None or ends_on is None:
        raise UnreadableStatement("The statement does not say of which days.", field="content")
    return BankStatement(
        id=node.need("Id"),
        account=shown_account(account),
        currency=_currency(node, lines, opening[1] or closing[1]),
        starts_on=starts_on,
        ends_on=ends_on,
        opening=opening[1],
        closing=closing[1],
        entries=items_of(lines, account=account),
    )


def _currency(node: _Node, lines: list[Line], balance: Money | None) -> Currency:
    declared = node.text("Acct/Ccy")
    if declared is not None:
        return Currency(declared)
    if balance is not None:
        return balance.currency
    if lines:
        return lines[0].amount.currency
    raise UnreadableStatement("The account's currency is missing.", field="content")


def _is_booked(entry: _Node) -> bool:
    return entry.need("Sts/Cd", "Sts") == "BOOK"


def _line(entry: _Node) -> Line:
    amount = _signed(entry)
    booked_on = _day(entry.text("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"))
    if booked_on is None:
        raise UnreadableStatement("An entry has no date.", field="content")
    details = list(entry.all("NtryDtls/TxDtls"))
    named = whole(
        [
            entry.text("NtryRef"),
            entry.text("AcctSvcrRef"),
            *(
                text
                for each in details
                for name in _REFERENCES
                for text in each.texts(f"Refs/{name}")
            ),
            *(text for each in details for text in each.texts("RmtInf/Strd/CdtrRefInf/Ref")),
        ]
    )
    told = within(
        [
            entry.text("AddtlNtryInf"),
            *(text for each in details for text in each.texts("RmtInf/Ustrd")),
            *(text for each in details for text in each.texts("AddtlTxInf")),
        ]
    )
    return Line(
        identifier=entry.text("AcctSvcrRef"),
        booked_on=booked_on,
        amount=amount,
        references=named | told,
        is_fee=entry.text("BkTxCd/Domn/Fmly/SubFmlyCd") in _FEES,
        converted_from=_before_exchange(entry, amount),
    )


def _signed(node: _Node) -> Money:
    amount = node.first("Amt")
    if amount is None:
        raise UnreadableStatement("An amount is missing.", field="content")
    money = _money(amount)
    match node.need("CdtDbtInd"):
        case "CRDT":
            return money
        case "DBIT":
            return -money
    raise UnreadableStatement("An entry is neither credit nor debit.", field="content")


def _money(amount: _Node) -> Money:
    return Money.from_major(
        Decimal((amount.element.text or "").strip()), amount.element.get("Ccy", "")
    )


def _before_exchange(entry: _Node, amount: Money) -> Money | None:
    instructed = entry.first("NtryDtls/TxDtls/AmtDtls/InstdAmt/Amt", "AmtDtls/InstdAmt/Amt")
    if instructed is None or instructed.element.get("Ccy") == amount.currency.code:
        return None
    before = _money(instructed)
    return before if amount.minor > 0 else -before


def _balance(node: _Node, kinds: tuple[str, ...]) -> tuple[date | None, Money | None]:
    for balance in node.all("Bal"):
        if balance.text("Tp/CdOrPrtry/Cd") in kinds:
            return _day(balance.text("Dt/Dt", "Dt/DtTm")), _signed(balance)
    return None, None


def _day(text: str | None) -> date | None:
    return None if text is None else datetime.fromisoformat(text).date()
