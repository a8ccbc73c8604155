import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.patients.consent import Consent, ConsentKind
from domain.patients.erasure import RecordErased
from domain.patients.events import HealthProfileUpdated, PatientErased, PatientRegistered
from domain.patients.health_profile import (
    HealthEntry,
    HealthFacts,
    HealthProfile,
    UnfitHealthEntry,
)
from domain.patients.patient import (
    ImpossibleBirthDate,
    MalformedAddress,
    MalformedName,
    Patient,
    PersonName,
    PostalAddress,
    Sex,
)
from domain.shared.contact import PhoneNumber
from domain.shared.ids import ConsentId, PatientId, UserId
from domain.shared.jurisdiction import Jurisdiction

NOW = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
PATIENT = PatientId(uuid.UUID(int=2))


def a_patient(**changes: Any) -> Patient:
    fields: dict[str, Any] = {
        "id": PATIENT,
        "user_id": UserId(uuid.UUID(int=1)),
        "name": PersonName(given="Amelia ", family=" Moreau"),
        "date_of_birth": date(1990, 3, 5),
        "sex": Sex.FEMALE,
        "place": Jurisdiction("AU"),
        "phone": PhoneNumber("+61412345678"),
        "time_zone": "Australia/Sydney",
        "locale": "en-AU",
        "now": NOW,
    }
    return Patient.register(**(fields | changes))


class TestPatient:
    def test_registers_with_a_fact_that_tells_nothing(self) -> None:
        assert a_patient().pull_events() == (
            PatientRegistered(patient_id=PATIENT, occurred_at=NOW),
        )

    def test_has_a_birthday_by_the_clock_of_home(self) -> None:
        # In Sydney it is the 5th already.
        assert a_patient().age(NOW) == 36
        assert a_patient(time_zone="America/New_York").age(NOW) == 35

    @pytest.mark.parametrize("born", [date(2026, 3, 6), date(1890, 1, 1)])
    def test_refuses_an_impossible_birth_date(self, born: date) -> None:
        with pytest.raises(ImpossibleBirthDate):
            a_patient(date_of_birth=born)

    def test_may_be_born_today(self) -> None:
        assert a_patient(date_of_birth=date(2026, 3, 5)).age(NOW) == 0

    @pytest.mark.parametrize(("given", "family"), [("", "Moreau"), ("Amelia", "  ")])
    def test_needs_both_parts_of_a_name(self, given: str, family: str) -> None:
        with pytest.raises(MalformedName):
            PersonName(given=given, family=family)

    def test_needs_a_complete_address(self) -> None:
        with pytest.raises(MalformedAddress) as refused:
            PostalAddress(line="1 High St", city=" ", postal_code="2000", place=Jurisdiction("AU"))
        assert refused.value.field == "address.city"

    def test_shows_nothing_of_the_person_when_printed(self) -> None:
        patient = a_patient()
        for secret in ("Amelia", "Moreau", "1990", "female", "+61"):
            assert secret not in repr(patient)

    def test_is_erased_once_and_for_all(self) -> None:
        patient = a_patient()
        patient.erase(now=NOW)

        assert patient.pull_events()[-1] == PatientErased(patient_id=PATIENT, occurred_at=NOW)
        with pytest.raises(RecordErased):
            patient.erase(now=NOW)
        with pytest.raises(RecordErased):
            patient.change_details(
                name=patient.name,
                sex=patient.sex,
                phone=None,
                address=None,
                place=patient.place,
                time_zone="UTC",
                locale="en",
            )


class TestHealthProfile:
    def test_knows_nothing_from_nothing_said(self) -> None:
        assert HealthFacts().allergies is None
        assert HealthFacts(allergies=()).allergies == ()

    def test_tells_whether_something_has_no_code(self) -> None:
        coded = HealthEntry(name="Penicillin", code="penicillins")
        assert not HealthFacts(allergies=(coded,)).has_uncoded
        assert HealthFacts(allergies=(coded, HealthEntry(name="Cat hair"))).has_uncoded

    def test_update_replaces_everything(self) -> None:
        profile = HealthProfile(patient_id=PATIENT)
        facts = HealthFacts(conditions=(HealthEntry(name="Asthma", code="asthma"),))

        profile.update(facts, now=NOW)

        assert (profile.facts, profile.updated_at) == (facts, NOW)
        assert profile.pull_events() == (HealthProfileUpdated(patient_id=PATIENT, occurred_at=NOW),)

    def test_refuses_entries_that_say_nothing_or_too_much(self) -> None:
        with pytest.raises(UnfitHealthEntry):
            HealthEntry(name="  ")
        with pytest.raises(UnfitHealthEntry):
            HealthEntry(name="x" * 201)
        with pytest.raises(UnfitHealthEntry):
            HealthFacts(allergies=(HealthEntry(name="x"),) * 101)


class TestConsent:
    def test_ends_once(self) -> None:
        consent = Consent(
            id=ConsentId(uuid.UUID(int=3)),
            patient_id=PATIENT,
            kind=ConsentKind.PRIVACY,
            text_version=1,
            given_at=NOW,
        )
        consent.end(now=NOW)
        consent.end(now=NOW + timedelta(days=1))

        assert consent.withdrawn_at == NOW
        assert not consent.is_in_force
