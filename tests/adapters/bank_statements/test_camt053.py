from datetime import UTC, date, datetime

import pytest

from adapters.bank_statements.reader import BankStatementReader
from domain.reconciliation.items import Item, ItemKind, Source
from domain.reconciliation.statements import BankStatement, UnreadableStatement
from domain.shared.money import Money
from tests.builders.reconciliation import aud

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001"


def entry(
    amount: str = "96.80",
    *,
    way: str = "CRDT",
    reference: str | None = "BANK-1",
    status: str = "<Sts>BOOK</Sts>",
    day: str = "2026-03-02",
    more: str = "",
    currency: str = "AUD",
) -> str:
    named = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    return f"""
        <Ntry>
            <Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{status}
            <BookgDt><Dt>{day}</Dt></BookgDt>{named}{more}
        </Ntry>"""


def balance(kind: str, amount: str, way: str = "CRDT", day: str = "2026-03-02") -> str:
    return f"""
        <Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>
            <Amt Ccy="AUD">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"""


def file(*entries: str, version: str = "02", more: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
        <Document xmlns="{NAMESPACE}.{version}"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr>
        <Stmt><Id>2026-041</Id><CreDtTm>2026-03-03T01:00:00</CreDtTm>
        <Acct><Id><IBAN>GB33 BUKB 2020 1555 5555 55</IBAN></Id></Acct>
        {more}{"".join(entries)}
        </Stmt></BkToCstmrStmt></Document>""".encode()


def details(inner: str) -> str:
    return f"<NtryDtls><TxDtls>{inner}</TxDtls></NtryDtls>"


def read(content: bytes) -> BankStatement:
    (only,) = BankStatementReader().read(content, layout=None)
    return only


def read_one(content: bytes) -> Item:
    (only,) = read(content).entries
    return only


class TestStatement:
    def test_says_what_the_account_held_and_moved(self) -> None:
        found = read(
            file(
                entry("96.80"),
                entry("10.00", way="DBIT", reference="BANK-2"),
                more=balance("OPBD", "100.00") + balance("CLBD", "186.80"),
            )
        )

        assert (found.id, found.account, found.currency.code) == ("2026-041", "…5555", "AUD")
        assert (found.opening, found.closing) == (aud(10000), aud(18680))
        assert [each.amount.minor for each in found.entries] == [9680, -1000]
        assert found.gap == aud(0)
        assert (found.starts_on, found.ends_on) == (date(2026, 3, 2), date(2026, 3, 2))

    def test_an_overdrawn_balance_is_negative(self) -> None:
        found = read(
            file(entry("5.00"), more=balance("PRCD", "9.00", "DBIT") + balance("CLBD", "5", "DBIT"))
        )

        assert (found.opening, found.closing, found.gap) == (aud(-900), aud(-500), aud(-100))

    def test_says_which_days_it_covers(self) -> None:
        days = "<FrToDt><FrDtTm>2026-02-27T00:00:00</FrDtTm><ToDtTm>2026-03-01T23:59:59</ToDtTm></FrToDt>"

        found = read(file(more=days + balance("CLBD", "1.00")))

        assert (found.starts_on, found.ends_on) == (date(2026, 2, 27), date(2026, 3, 1))

    def test_a_file_can_hold_several(self) -> None:
        content = file(entry()).decode()
        stmt = content[content.index("<Stmt>") : content.index("</Stmt>") + len("</Stmt>")]
        two = content.replace(stmt, stmt + stmt.replace("2026-041", "2026-042"))

        found = BankStatementReader().read(two.encode(), layout=None)

        assert [each.id for each in found] == ["2026-041", "2026-042"]

    @pytest.mark.parametrize("version", ["02", "04", "08", "13"])
    def test_is_read_in_every_version(self, version: str) -> None:
        status = "<Sts><Cd>BOOK</Cd></Sts>" if version > "07" else "<Sts>BOOK</Sts>"

        assert read_one(file(entry(status=status), version=version)).amount == aud(9680)


class TestEntry:
    def test_is_an_item_at_the_bank_on_its_day(self) -> None:
        found = read_one(file(entry()))

        assert (found.source, found.kind) == (Source.BANK, ItemKind.OTHER)
        assert found.external_id == "…5555:BANK-1"
        assert found.at == datetime(2026, 3, 2, tzinfo=UTC)

    @pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR"])
    def test_that_is_not_booked_is_left_out(self, status: str) -> None:
        assert read(file(entry(status=f"<Sts>{status}</Sts>"), entry())).entries == (
            read_one(file(entry())),
        )

    def test_keeps_references_and_no_names(self) -> None:
        more = details(
            "<Refs><EndToEndId>po_1AbcDEF</EndToEndId><TxId>NOTPROVIDED</TxId></Refs>"
            "<RltdPties><Dbtr><Nm>Amelia Moreau</Nm></Dbtr></RltdPties>"
            "<RmtInf><Ustrd>Amelia Moreau 02/03/2026 STRIPE ACME-77X 1234</Ustrd></RmtInf>"
        )

        found = read_one(file(entry(more=more)))

        assert found.references == {"bank-1", "po_1abcdef", "acme-77x"}

    def test_of_many_transfers_keeps_every_reference(self) -> None:
        parts = "".join(
            f"<TxDtls><Refs><EndToEndId>E2E-{n}</EndToEndId></Refs></TxDtls>" for n in (1, 2)
        )

        found = read_one(file(entry(more=f"<NtryDtls>{parts}</NtryDtls>")))

        assert {"e2e-1", "e2e-2"} <= found.references

    def test_of_the_banks_own_fee_is_a_fee(self) -> None:
        code = "<BkTxCd><Domn><Fmly><SubFmlyCd>CHRG</SubFmlyCd></Fmly></Domn></BkTxCd>"

        assert read_one(file(entry(way="DBIT", more=code))).kind is ItemKind.FEE

    def test_that_was_exchanged_says_from_what(self) -> None:
        more = details('<AmtDtls><InstdAmt><Amt Ccy="EUR">60.00</Amt></InstdAmt></AmtDtls>')

        assert read_one(file(entry(way="DBIT", more=more))).converted_from == Money.of(-6000, "EUR")

    def test_listed_twice_is_one(self) -> None:
        assert len(read(file(entry(), entry())).entries) == 1

    def test_with_the_same_name_and_another_amount_is_another(self) -> None:
        found = read(file(entry(), entry("1.00")))

        assert len({each.external_id for each in found.entries}) == 2

    def test_without_a_name_counts_every_time_and_is_known_again(self) -> None:
        nameless = entry(reference=None)
        first = read(file(nameless, nameless))
        second = read(file(nameless, nameless, entry()))

        assert len(first.entries) == 2
        assert {each.key for each in first.entries} < {each.key for each in second.entries}

    def test_of_nothing_is_left_out(self) -> None:
        assert read(file(entry("0.00"))).entries == ()


BOMB = """<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Document>&b;</Document>"""
THIEF = """<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Document>&x;</Document>"""


@pytest.mark.parametrize(
    "content",
    [
        b"<",
        b"<Document/>",
        BOMB.encode(),
        THIEF.encode(),
        b'<!DOCTYPE Document SYSTEM "http://127.0.0.1/evil.dtd"><Document/>',
        f'<Document xmlns="{NAMESPACE}.02"></Document>'.encode(),
        file(entry("ten")),
        file(entry("1.005")),
        file(entry("NaN")),
        file(entry(way="BOTH")),
        file(entry(day="yesterday")),
        file(entry(currency="aud")),
        file(entry(), entry("1", reference="x", currency="USD")),
        file(entry(), more="<Acct><Ccy>EUR</Ccy></Acct>").replace(b"<Id>2026-041</Id>", b""),
        file(),
    ],
)
def test_what_is_no_statement_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableStatement):
        BankStatementReader().read(content, layout=None)


def test_a_refusal_repeats_nothing_of_the_file() -> None:
    with pytest.raises(UnreadableStatement) as refusal:
        read(file(entry("Amelia")))

    assert "Amelia" not in str(refusal.value)
