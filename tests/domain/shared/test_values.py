from datetime import UTC, datetime, timedelta

import pytest

from domain.shared.contact import EmailAddress, MalformedContact, PhoneNumber
from domain.shared.jurisdiction import Jurisdiction, MalformedJurisdiction
from domain.shared.period import MalformedPeriod, Period

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class TestPeriod:
    def test_ends_before_its_end(self) -> None:
        hour = Period(NOON, NOON + timedelta(hours=1))

        assert NOON in hour
        assert NOON + timedelta(hours=1) not in hour

    def test_neighbours_do_not_overlap(self) -> None:
        first = Period(NOON, NOON + timedelta(hours=1))
        second = Period(NOON + timedelta(hours=1), NOON + timedelta(hours=2))

        assert not first.overlaps(second)
        assert first.overlaps(Period(NOON + timedelta(minutes=59), NOON + timedelta(hours=3)))

    def test_needs_an_order_and_a_zone(self) -> None:
        with pytest.raises(MalformedPeriod):
            Period(NOON, NOON)
        with pytest.raises(MalformedPeriod):
            Period(NOON.replace(tzinfo=None), NOON)


class TestContact:
    @pytest.mark.parametrize("text", ["", "a", "a@b", "a b@c.de", "a@b.c", "x" * 250 + "@b.de"])
    def test_refuses_what_mail_cannot_reach(self, text: str) -> None:
        with pytest.raises(MalformedContact):
            EmailAddress(text)

    def test_compares_addresses_in_lower_case(self) -> None:
        assert EmailAddress("Ada@Example.org").canonical == "ada@example.org"

    def test_reads_numbers_as_people_type_them(self) -> None:
        assert PhoneNumber.parse("+61 (412) 345-678").value == "+61412345678"

    @pytest.mark.parametrize("text", ["0412345678", "+0412345678", "+61", "+6141234567890123"])
    def test_refuses_numbers_without_a_country(self, text: str) -> None:
        with pytest.raises(MalformedContact):
            PhoneNumber.parse(text)

    def test_does_not_show_itself_in_a_log(self) -> None:
        assert "ada" not in repr(EmailAddress("ada@example.org"))
        assert "412" not in repr(PhoneNumber("+61412345678"))


class TestJurisdiction:
    def test_a_country_covers_its_parts(self) -> None:
        assert Jurisdiction("AU").covers(Jurisdiction("AU-NSW"))
        assert Jurisdiction("US-CA").covers(Jurisdiction("US-CA"))
        assert not Jurisdiction("US-CA").covers(Jurisdiction("US"))
        assert not Jurisdiction("US-CA").covers(Jurisdiction("US-NY"))

    @pytest.mark.parametrize("code", ["", "au", "AUS", "US-", "US-CALI"])
    def test_is_iso_3166(self, code: str) -> None:
        with pytest.raises(MalformedJurisdiction):
            Jurisdiction(code)
