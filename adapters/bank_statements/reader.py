"""
Bank statements, told apart by their first character.
"""

from adapters.bank_statements.camt053 import read_camt053
from adapters.bank_statements.csv_export import read_csv
from application.reconciliation.ports import CsvLayout, LayoutMissing
from domain.reconciliation.statements import BankStatement, UnreadableStatement

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class BankStatementReader:
    """Reads camt.053, and CSV with a declared layout."""

    def read(self, content: bytes, *, layout: CsvLayout | None) -> tuple[BankStatement, ...]:
        start = content.removeprefix(_BYTE_ORDER_MARK).lstrip()
        if not start:
            raise UnreadableStatement("The file is empty.", field="content")
        if start.startswith(b"<"):
            return read_camt053(content)
        if layout is None:
            raise LayoutMissing("Declare which column says what.", field="layout")
        return read_csv(content, layout)
