from datetime import date, timedelta

import pytest
from attrs import evolve

from application.patients.access import PurposeRequired
from application.patients.consents import GiveConsent, WithdrawConsent
from application.patients.queries import (
    ListConsentTexts,
    ListMyPatients,
    ListPatients,
    SearchPatients,
    ViewAccessLog,
    ViewConsents,
    ViewPatient,
)
from application.patients.record import (
    CareUnderWay,
    ChangePatientDetails,
    ErasePatient,
    UpdateHealthProfile,
)
from application.patients.registration import OpenRecord
from application.shared.access import SYSTEM, AccessDenied, Actor, ActorKind, Role
from domain.identity.session import StepUpRequired
from domain.identity.user import EmailTaken, UserStatus
from domain.patients.consent import ConsentKind, ConsentNotGiven, ConsentTextOutdated
from domain.patients.erasure import RecordErased
from domain.patients.events import ConsentGiven, ConsentWithdrawn, PatientErased
from domain.patients.health_profile import HealthEntry, HealthFacts
from domain.patients.patient import (
    PatientNotFound,
    PatientStatus,
    PersonName,
    PostalAddress,
    Sex,
)
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.jurisdiction import Jurisdiction
from tests.application.patients.conftest import Clinic, own
from tests.fakes.patients import StatedAccessLog

REASON = "The patient called about a parcel"
ALLERGIC = HealthFacts(allergies=(HealthEntry(name="Penicillin", code="penicillins"),))


class TestRegisterPatient:
    def test_makes_an_account_and_a_record_of_one_person(self, clinic: Clinic) -> None:
        registered = clinic.register()

        user = clinic.uow.users.get(registered.user_id)
        patient = clinic.uow.patients.get(registered.patient_id)
        assert (user.patient_id, patient.user_id) == (patient.id, user.id)
        assert (user.roles, user.name) == (frozenset({Role.PATIENT}), "Amelia Moreau")

    def test_leaves_nothing_behind_when_the_address_is_taken(self, clinic: Clinic) -> None:
        clinic.register()

        with pytest.raises(EmailTaken):
            clinic.register()

        assert len(clinic.uow.patients.all()) == 1

    def test_a_physician_opens_a_record_once(self, clinic: Clinic) -> None:
        first = clinic.patient()
        open_record = OpenRecord(clinic.uow, clinic.clock, clinic.ids)

        again = open_record(
            actor=first,
            name=PersonName(given="Other", family="Name"),
            date_of_birth=date(1980, 1, 1),
            sex=Sex.MALE,
            place=Jurisdiction("AU"),
        )

        assert again == first.patient_id


class TestViewPatient:
    def view(self, clinic: Clinic) -> ViewPatient:
        return ViewPatient(clinic.queries, clinic.access, clinic.uow)

    def test_shows_patients_their_own_record(self, clinic: Clinic) -> None:
        actor = clinic.patient()

        view = self.view(clinic)(actor=actor, patient_id=own(actor))

        assert (view.name.full, view.email) == ("Amelia Moreau", "amelia@example.com")
        assert clinic.audited("patient.read") == [(actor.user_id, "self", "self")]

    def test_shows_it_to_the_treating_physician(self, clinic: Clinic) -> None:
        patient_id = clinic.register().patient_id
        physician = clinic.physician(treats=patient_id)

        self.view(clinic)(actor=physician, patient_id=patient_id)

        assert clinic.audited("patient.read") == [(physician.user_id, "treatment", "treatment")]

    @pytest.mark.parametrize("role", [Role.OPERATIONS, Role.ADMINISTRATOR])
    def test_shows_it_to_staff_for_a_reason_that_is_noted(self, clinic: Clinic, role: Role) -> None:
        patient_id = clinic.register().patient_id
        staff = clinic.staff(role)
        for missing in (None, "", "  x  "):
            with pytest.raises(PurposeRequired):
                self.view(clinic)(actor=staff, patient_id=patient_id, reason=missing)
        assert clinic.audited("patient.read") == []

        self.view(clinic)(actor=staff, patient_id=patient_id, reason=REASON)

        assert clinic.audited("patient.read") == [(staff.user_id, REASON, "operations")]

    def test_hides_it_from_everybody_else(self, clinic: Clinic) -> None:
        patient_id = clinic.register().patient_id
        others = [
            clinic.patient("other@example.com"),
            clinic.physician(),
            clinic.staff(Role.FINANCE),
            Actor(),
            Actor(kind=ActorKind.MACHINE),
        ]
        for actor in others:
            with pytest.raises(PatientNotFound):
                self.view(clinic)(actor=actor, patient_id=patient_id, reason=REASON)

        assert clinic.audited("patient.read") == []

    def test_a_relationship_to_one_patient_opens_no_other(self, clinic: Clinic) -> None:
        treated, other = clinic.register(), clinic.register("other@example.com")
        physician = clinic.physician(treats=treated.patient_id)

        with pytest.raises(PatientNotFound):
            self.view(clinic)(actor=physician, patient_id=other.patient_id)


class TestLists:
    def test_staff_find_by_address_or_number_for_a_reason(self, clinic: Clinic) -> None:
        patient_id = clinic.register().patient_id
        search = SearchPatients(clinic.queries, clinic.uow)

        by_email = search(
            actor=clinic.staff(), reason=REASON, email=EmailAddress("Amelia@example.com")
        )
        by_phone = search(actor=clinic.staff(), reason=REASON, phone=PhoneNumber("+61412345678"))

        assert [each.id for each in (*by_email, *by_phone)] == [patient_id] * 2
        assert len(clinic.audited("patient.listed")) == 2
        with pytest.raises(PurposeRequired):
            search(actor=clinic.staff(), reason="", email=EmailAddress("amelia@example.com"))
        with pytest.raises(AccessDenied):
            search(actor=clinic.physician(), reason=REASON)

    def test_browsing_is_noted_in_every_record_shown(self, clinic: Clinic) -> None:
        clinic.register()
        clinic.register("other@example.com")

        page = ListPatients(clinic.queries, clinic.uow)(actor=clinic.staff(), reason=REASON)

        assert len(page.items) == len(clinic.audited("patient.listed")) == 2
        with pytest.raises(AccessDenied):
            ListPatients(clinic.queries, clinic.uow)(
                actor=clinic.staff(Role.FINANCE), reason=REASON
            )

    def test_physicians_see_whom_they_treat(self, clinic: Clinic) -> None:
        treated = clinic.register().patient_id
        clinic.register("other@example.com")
        physician = clinic.physician(treats=treated)
        mine = ListMyPatients(clinic.queries, clinic.relationships, clinic.clock, clinic.uow)

        assert [each.id for each in mine(actor=physician)] == [treated]
        with pytest.raises(AccessDenied):
            mine(actor=clinic.staff())


class TestChanges:
    def test_details_are_changed_by_the_patient_only(self, clinic: Clinic) -> None:
        actor = clinic.patient()
        change = ChangePatientDetails(clinic.uow)
        new = {
            "name": PersonName(given="Amelia", family="Lind"),
            "sex": Sex.FEMALE,
            "phone": None,
            "address": PostalAddress(
                line="1 High St", city="Sydney", postal_code="2000", place=Jurisdiction("AU-NSW")
            ),
            "place": Jurisdiction("AU-NSW"),
            "time_zone": "Australia/Perth",
            "locale": "fr",
        }

        change(actor=actor, patient_id=own(actor), **new)  # type: ignore[arg-type]

        patient = clinic.uow.patients.get(own(actor))
        assert (patient.name.family, patient.place.code) == ("Lind", "AU-NSW")
        assert clinic.uow.users.get(patient.user_id).locale == "fr"
        for other in (clinic.physician(treats=patient.id), clinic.staff()):
            with pytest.raises(AccessDenied):
                change(actor=other, patient_id=patient.id, **new)  # type: ignore[arg-type]

    def test_health_is_written_by_patient_and_physician(self, clinic: Clinic) -> None:
        actor = clinic.patient()
        update = UpdateHealthProfile(clinic.uow, clinic.clock, clinic.access)

        update(actor=actor, patient_id=own(actor), facts=HealthFacts())
        update(actor=clinic.physician(treats=own(actor)), patient_id=own(actor), facts=ALLERGIC)

        assert clinic.uow.health_profiles.of(own(actor)).facts == ALLERGIC
        assert len(clinic.audited("patient.health_profile_updated")) == 2
        with pytest.raises(PurposeRequired):
            update(actor=clinic.staff(), patient_id=own(actor), facts=HealthFacts())
        with pytest.raises(PatientNotFound):
            update(actor=clinic.patient("b@example.com"), patient_id=own(actor), facts=ALLERGIC)


class TestConsents:
    def test_are_given_once_and_withdrawn_once(self, clinic: Clinic) -> None:
        actor = clinic.patient()
        give = GiveConsent(clinic.uow, clinic.clock, clinic.ids)
        withdraw = WithdrawConsent(clinic.uow, clinic.clock)

        for _ in range(2):
            give(actor=actor, patient_id=own(actor), kind=ConsentKind.PRIVACY, text_version=1)
        assert clinic.uow.consents.kinds_in_force(own(actor)) == {ConsentKind.PRIVACY}
        withdraw(actor=actor, patient_id=own(actor), kind=ConsentKind.PRIVACY)

        assert clinic.uow.consents.kinds_in_force(own(actor)) == frozenset()
        assert len(clinic.uow.events_of(ConsentGiven)) == 1
        assert len(clinic.uow.events_of(ConsentWithdrawn)) == 1
        with pytest.raises(ConsentNotGiven):
            withdraw(actor=actor, patient_id=own(actor), kind=ConsentKind.PRIVACY)

    def test_a_newer_text_takes_the_place_of_the_older(self, clinic: Clinic) -> None:
        actor = clinic.patient()
        give = GiveConsent(clinic.uow, clinic.clock, clinic.ids)
        give(actor=actor, patient_id=own(actor), kind=ConsentKind.TREATMENT, text_version=1)
        clinic.uow.consents.newest[ConsentKind.TREATMENT] = 2

        with pytest.raises(ConsentTextOutdated):
            give(actor=actor, patient_id=own(actor), kind=ConsentKind.TREATMENT, text_version=1)
        views = ViewConsents(clinic.queries, clinic.access, clinic.uow)(
            actor=actor, patient_id=own(actor)
        )
        assert not any(view.is_in_force for view in views)
        give(actor=actor, patient_id=own(actor), kind=ConsentKind.TREATMENT, text_version=2)

        assert sorted(c.is_in_force for c in clinic.uow.consents.all()) == [False, True]

    def test_are_nobody_elses_to_give(self, clinic: Clinic) -> None:
        patient_id = clinic.register().patient_id
        give = GiveConsent(clinic.uow, clinic.clock, clinic.ids)
        for actor in (clinic.physician(treats=patient_id), clinic.staff(), SYSTEM):
            with pytest.raises(AccessDenied):
                give(actor=actor, patient_id=patient_id, kind=ConsentKind.PRIVACY, text_version=1)

    def test_texts_are_for_everybody_to_read(self, clinic: Clinic) -> None:
        assert {text.kind for text in ListConsentTexts(clinic.queries)()} == set(ConsentKind)


class TestAccessLog:
    def test_is_shown_to_the_patient_without_a_trace(self, clinic: Clinic) -> None:
        actor = clinic.patient()
        view = ViewAccessLog(StatedAccessLog(), clinic.access, clinic.uow)

        view(actor=actor, patient_id=own(actor))
        assert clinic.audited("access_log.read") == []

        view(actor=clinic.staff(), patient_id=own(actor), reason=REASON)
        assert len(clinic.audited("access_log.read")) == 1
        with pytest.raises(PatientNotFound):
            view(actor=clinic.patient("b@example.com"), patient_id=own(actor))


class TestViewConsents:
    def test_the_look_of_others_is_noted_and_ones_own_is_not(self, clinic: Clinic) -> None:
        actor = clinic.patient()
        view = ViewConsents(clinic.queries, clinic.access, clinic.uow)

        view(actor=actor, patient_id=own(actor))
        view(actor=clinic.staff(), patient_id=own(actor), reason=REASON)

        assert clinic.audited("consents.read") == [(clinic.staff().user_id, REASON, "operations")]


class TestErasePatient:
    def test_destroys_the_record_and_closes_the_account(self, clinic: Clinic) -> None:
        actor = clinic.patient()
        erase = ErasePatient(clinic.uow, clinic.clock, clinic.relationships)

        for _ in range(2):
            erase(actor=actor, patient_id=own(actor), reason="I am moving away")

        with pytest.raises(RecordErased):
            clinic.uow.patients.get(own(actor))
        assert actor.user_id is not None
        user = clinic.uow.users.get(actor.user_id)
        assert (user.status, user.email.value.endswith("@erased.invalid")) == (
            UserStatus.ERASED,
            True,
        )
        assert len(clinic.uow.events_of(PatientErased)) == 1
        with pytest.raises(PatientNotFound):
            ViewPatient(clinic.queries, clinic.access, clinic.uow)(
                actor=actor, patient_id=own(actor)
            )

    def test_waits_until_care_has_ended(self, clinic: Clinic) -> None:
        """Nobody could treat, cancel or refund what nobody can read any more."""
        actor = clinic.patient()
        clinic.relationships.in_care.add(own(actor))
        erase = ErasePatient(clinic.uow, clinic.clock, clinic.relationships)

        with pytest.raises(CareUnderWay):
            erase(actor=actor, patient_id=own(actor), reason=REASON)

        assert clinic.uow.patients.get(own(actor)).status is PatientStatus.ACTIVE

    def test_who_has_a_second_factor_gives_it_again(self, clinic: Clinic) -> None:
        stale = evolve(clinic.patient(), stepped_up_at=clinic.clock.now() - timedelta(minutes=16))
        erase = ErasePatient(clinic.uow, clinic.clock, clinic.relationships)

        with pytest.raises(StepUpRequired):
            erase(actor=stale, patient_id=own(stale), reason=REASON)

    def test_is_for_the_patient_or_an_administrator_with_a_reason(self, clinic: Clinic) -> None:
        patient_id = clinic.register().patient_id
        erase = ErasePatient(clinic.uow, clinic.clock, clinic.relationships)
        for actor in (clinic.staff(), clinic.physician(treats=patient_id), SYSTEM):
            with pytest.raises(AccessDenied):
                erase(actor=actor, patient_id=patient_id, reason=REASON)
        administrator = clinic.staff(Role.ADMINISTRATOR)
        with pytest.raises(PurposeRequired):
            erase(actor=administrator, patient_id=patient_id, reason="")

        erase(actor=administrator, patient_id=patient_id, reason="Asked for in writing")

        assert [event.patient_id for event in clinic.uow.events_of(PatientErased)] == [patient_id]
