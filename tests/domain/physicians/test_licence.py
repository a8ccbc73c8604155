"""
Licences, their numbers and how they come to be believed.
"""

from datetime import date

import pytest

from domain.physicians.licence import (
    LicenceKind,
    LicenceRefusal,
    LicenceSettled,
    LicenceStatus,
    MalformedLicence,
    RegistryRecord,
    SecondOperatorNeeded,
)
from domain.physicians.name import MalformedName, PhysicianName
from domain.physicians.npi import is_npi
from tests.builders.physicians import (
    FIRST_OPERATOR,
    NPI,
    SECOND_OPERATOR,
    a_licence,
    a_record,
)
from tests.fakes.clock import MONDAY_NOON as NOW

NAME = PhysicianName(given="Amelia", family="Moreau")


class TestNpi:
    # 1234567893 is the example of the CMS document on the check digit.
    @pytest.mark.parametrize("number", ["1234567893", "1003004169", "1053005173"])
    def test_knows_a_right_check_digit(self, number: str) -> None:
        assert is_npi(number)

    @pytest.mark.parametrize(
        "number",
        [
            "1234567890",
            "3234567893",
            "123456789",
            "12345678931",
            "123456789x",
            "",
            "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff13",
        ],
    )
    def test_refuses_anything_else(self, number: str) -> None:
        assert not is_npi(number)

    def test_notices_every_single_wrong_digit(self) -> None:
        for place in range(1, 10):
            for digit in set("0123456789") - {NPI[place]}:
                assert not is_npi(NPI[:place] + digit + NPI[place + 1 :])


class TestPhysicianName:
    @pytest.mark.parametrize(
        ("given", "family"),
        [
            ("AMELIA", "MOREAU"),
            ("Amelia Jane", "Moreau"),
            (" amelia ", "moreau"),
            ("Amélia", "Moréau"),
        ],
    )
    def test_is_the_same_person_however_it_is_spelt(self, given: str, family: str) -> None:
        assert NAME.is_of_same_person(given=given, family=family)

    @pytest.mark.parametrize(
        ("given", "family"),
        [
            ("Amelie", "Moreau"),
            ("Amelia", "Moreaux"),
            ("A", "Moreau"),
            ("", ""),
            ("Moreau", "Amelia"),
        ],
    )
    def test_is_not_anybody_else(self, given: str, family: str) -> None:
        assert not NAME.is_of_same_person(given=given, family=family)

    def test_looks_past_apostrophes_and_hyphens(self) -> None:
        name = PhysicianName(given="Mary-Anne", family="O'Brien")

        assert name.is_of_same_person(given="MARY ANNE", family="OBRIEN")

    @pytest.mark.parametrize(
        ("given", "family"), [("", "Moreau"), ("Amelia", "  "), ("x" * 101, "y")]
    )
    def test_needs_both_parts(self, given: str, family: str) -> None:
        with pytest.raises(MalformedName):
            PhysicianName(given=given, family=family)


class TestLicence:
    @pytest.mark.parametrize(
        ("kind", "place", "number"),
        [
            (LicenceKind.NPI, "US-CA", "1003004168"),
            (LicenceKind.NPI, "AU", NPI),
            (LicenceKind.AHPRA, "AU", "MED123"),
            (LicenceKind.AHPRA, "NZ", "MED0001234567"),
            (LicenceKind.REGISTRATION, "FR", "?"),
        ],
    )
    def test_refuses_a_number_of_another_kind(
        self, kind: LicenceKind, place: str, number: str
    ) -> None:
        with pytest.raises(MalformedLicence):
            a_licence(kind=kind, place=place, number=number)

    def test_takes_the_numbers_of_ahpra(self) -> None:
        licence = a_licence(kind=LicenceKind.AHPRA, place="AU", number="MED0001234567")

        assert not licence.kind.has_registry

    def test_is_verified_by_a_record_of_the_same_person(self) -> None:
        licence = a_licence().checked(a_record(), name=NAME, now=NOW)

        assert licence.status is LicenceStatus.VERIFIED
        assert licence.registry_reference == "A123456"
        assert licence.checked_at == NOW

    @pytest.mark.parametrize(
        ("record", "refusal"),
        [
            (None, LicenceRefusal.NOT_FOUND),
            (a_record(active=False), LicenceRefusal.DEACTIVATED),
            (a_record(family="SOMEBODYELSE"), LicenceRefusal.NAME_DIFFERS),
            (
                RegistryRecord(given="Amelia", family="Moreau", active=True, licences={}),
                LicenceRefusal.NOT_LICENSED_THERE,
            ),
        ],
    )
    def test_is_refused_for_a_reason(
        self, record: RegistryRecord | None, refusal: LicenceRefusal
    ) -> None:
        licence = a_licence().checked(record, name=NAME, now=NOW)

        assert licence.status is LicenceStatus.REFUSED
        assert licence.refusal is refusal

    def test_needs_two_operators_where_no_registry_can_be_asked(self) -> None:
        once = a_licence().attested(by=FIRST_OPERATOR, evidence="page 1", now=NOW)

        assert once.status is LicenceStatus.CLAIMED
        with pytest.raises(SecondOperatorNeeded):
            once.attested(by=FIRST_OPERATOR, evidence="page 1", now=NOW)
        twice = once.attested(by=SECOND_OPERATOR, evidence="page 2", now=NOW)
        assert twice.status is LicenceStatus.VERIFIED
        with pytest.raises(LicenceSettled):
            twice.attested(by=SECOND_OPERATOR, evidence="page 2", now=NOW)

    @pytest.mark.parametrize("evidence", ["", "  ", "x" * 201])
    def test_needs_evidence_that_can_be_found_again(self, evidence: str) -> None:
        with pytest.raises(MalformedLicence):
            a_licence().attested(by=FIRST_OPERATOR, evidence=evidence, now=NOW)

    def test_holds_to_the_end_of_its_last_day(self) -> None:
        licence = a_licence(expires_on=date(2026, 6, 30)).checked(a_record(), name=NAME, now=NOW)

        assert licence.holds_on(date(2026, 6, 30))
        assert not licence.holds_on(date(2026, 7, 1))
        still = licence.looked_at(today=date(2026, 6, 30), now=NOW)
        assert still.status is LicenceStatus.VERIFIED
        over = licence.looked_at(today=date(2026, 7, 1), now=NOW)
        assert over.status is LicenceStatus.EXPIRED

    def test_does_not_hold_while_it_is_only_claimed(self) -> None:
        assert not a_licence().holds_on(date(2026, 3, 2))
