"""
A physician's way from the application to the patients.
"""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from domain.physicians.contract import NothingToSign
from domain.physicians.events import (
    ContractSigned,
    IdentityCheckFailed,
    IdentityVerified,
    LicenceExpired,
    LicenceRefused,
    PayoutAccountLinked,
    PhysicianActivated,
    PhysicianApplied,
    PhysicianSuspended,
    SuspensionReason,
)
from domain.physicians.identity_check import (
    NAME_DIFFERS,
    IdentityAlreadyVerified,
    IdentityCheckStatus,
    IdentityCheckUnknown,
    IdentityFinding,
)
from domain.physicians.licence import LicenceNotFound, MalformedLicence
from domain.physicians.licensure import LicenceAlreadyAdded
from domain.physicians.onboarding import Party, PayoutAccountState, Step, StepName, StepState
from domain.physicians.physician import (
    MalformedApplication,
    Physician,
    PhysicianStatus,
    PhysicianStatusConflict,
)
from domain.shared.events import DomainEvent
from domain.shared.ids import ContractId, LicenceId
from domain.shared.jurisdiction import Jurisdiction
from tests.builders.physicians import (
    CONTRACT,
    LICENCE,
    PHYSICIAN_USER,
    a_contract,
    a_licence,
    a_record,
    an_active_physician,
    an_applicant,
    pass_identity,
)
from tests.fakes.clock import MONDAY_NOON as NOW

A_YEAR_AND_A_HALF_LATER = NOW + timedelta(days=550)


def step(physician: Physician, name: StepName) -> Step:
    return next(one for one in physician.checklist(now=NOW).steps if one.name is name)


def events_of(physician: Physician, kind: type[DomainEvent]) -> list[DomainEvent]:
    return [event for event in physician.pull_events() if isinstance(event, kind)]


def pass_licences(physician: Physician) -> None:
    physician.add_licence(a_licence(), now=NOW)
    physician.check_licence(LICENCE, a_record(), now=NOW)


def pass_contract(physician: Physician) -> None:
    physician.offer_contract(a_contract(), now=NOW)
    physician.sign_contract(CONTRACT, now=NOW)


def pass_payout_account(physician: Physician) -> None:
    physician.record_payout_account(PayoutAccountState.ACTIVE, now=NOW)


PASSES: tuple[Callable[[Physician], None], ...] = (
    pass_identity,
    pass_licences,
    pass_contract,
    pass_payout_account,
)


class TestApplying:
    def test_begins_with_everything_to_do(self) -> None:
        physician = an_applicant()

        assert physician.status is PhysicianStatus.APPLIED
        assert physician.pull_events() == (
            PhysicianApplied(physician_id=physician.id, user_id=PHYSICIAN_USER, occurred_at=NOW),
        )
        assert not any(one.is_done for one in physician.checklist(now=NOW).steps)

    def test_needs_a_specialty_a_language_and_a_real_zone(self) -> None:
        with pytest.raises(MalformedApplication):
            an_applicant(specialties=frozenset())
        with pytest.raises(MalformedApplication):
            an_applicant(languages=frozenset())
        with pytest.raises(MalformedApplication):
            an_applicant(time_zone="Sydney")

    def test_ends_when_it_is_turned_down(self) -> None:
        physician = an_applicant()

        physician.reject(now=NOW)
        physician.reject(now=NOW)

        assert physician.status is PhysicianStatus.REJECTED
        with pytest.raises(PhysicianStatusConflict):
            physician.offer_contract(a_contract(), now=NOW)
        with pytest.raises(PhysicianStatusConflict):
            physician.add_licence(a_licence(), now=NOW)


class TestChecklist:
    @pytest.mark.parametrize("order", list(permutations(range(4))))
    def test_activates_with_its_last_step_in_whatever_order(self, order: tuple[int, ...]) -> None:
        physician = an_applicant()

        for position, index in enumerate(order):
            PASSES[index](physician)
            physician.activate_when_ready(now=NOW)
            complete = position == 3
            assert (physician.status is PhysicianStatus.ACTIVE) is complete

        physician.activate_when_ready(now=NOW)
        assert len(events_of(physician, PhysicianActivated)) == 1

    def test_says_what_is_missing_and_who_must_act(self) -> None:
        physician = an_applicant()

        assert step(physician, StepName.IDENTITY).who_acts is Party.PHYSICIAN
        assert step(physician, StepName.LICENCES).who_acts is Party.PHYSICIAN
        assert step(physician, StepName.CONTRACT).who_acts is Party.PLATFORM
        assert step(physician, StepName.PAYOUT_ACCOUNT).who_acts is Party.PHYSICIAN

    def test_waits_for_the_vendor_while_a_document_is_checked(self) -> None:
        physician = an_applicant()
        physician.begin_identity_check(now=NOW)
        physician.identity_check_started(attempt=1, reference="vs_1", now=NOW)
        physician.record_identity(
            IdentityFinding(reference="vs_1", status=IdentityCheckStatus.PROCESSING), now=NOW
        )

        found = step(physician, StepName.IDENTITY)

        assert (found.state, found.who_acts) == (StepState.WAITING, Party.VENDOR)

    def test_names_the_refused_licence(self) -> None:
        physician = an_applicant()
        physician.add_licence(a_licence(), now=NOW)
        physician.check_licence(LICENCE, None, now=NOW)

        found = step(physician, StepName.LICENCES)

        assert found.state is StepState.ATTENTION
        assert found.missing == "US-CA was refused: not found. Add a valid licence."

    def test_is_content_with_one_good_licence_among_others(self) -> None:
        physician = an_applicant()
        pass_licences(physician)
        physician.add_licence(a_licence(licence_id=UUID(int=99), place="US-NY"), now=NOW)

        assert step(physician, StepName.LICENCES).is_done

    def test_asks_for_a_signature_once_a_contract_is_offered(self) -> None:
        physician = an_applicant()
        physician.offer_contract(a_contract(), now=NOW)

        assert physician.status is PhysicianStatus.IN_ONBOARDING
        assert step(physician, StepName.CONTRACT).who_acts is Party.PHYSICIAN

    @pytest.mark.parametrize(
        ("state", "who"),
        [
            (PayoutAccountState.OPENED, Party.VENDOR),
            (PayoutAccountState.RESTRICTED, Party.PHYSICIAN),
        ],
    )
    def test_follows_the_payout_account(self, state: PayoutAccountState, who: Party) -> None:
        physician = an_applicant()
        physician.record_payout_account(state, now=NOW)

        assert step(physician, StepName.PAYOUT_ACCOUNT).who_acts is who
        assert events_of(physician, PayoutAccountLinked) == []

    def test_does_not_fall_back_when_the_opening_is_told_late(self) -> None:
        physician = an_applicant()
        physician.record_payout_account(PayoutAccountState.ACTIVE, now=NOW)

        physician.record_payout_account(PayoutAccountState.OPENED, now=NOW)

        assert step(physician, StepName.PAYOUT_ACCOUNT).is_done


class TestIdentity:
    def test_goes_on_with_an_open_attempt_and_begins_another_after_a_failure(self) -> None:
        physician = an_applicant()

        assert physician.begin_identity_check(now=NOW).attempt == 1
        assert physician.begin_identity_check(now=NOW).attempt == 1
        physician.identity_check_started(attempt=1, reference="vs_1", now=NOW)
        physician.record_identity(
            IdentityFinding(
                reference="vs_1", status=IdentityCheckStatus.FAILED, failure="selfie_mismatch"
            ),
            now=NOW,
        )

        assert physician.begin_identity_check(now=NOW).attempt == 2

    def test_tells_each_outcome_once(self) -> None:
        physician = an_applicant()
        physician.begin_identity_check(now=NOW)
        physician.identity_check_started(attempt=1, reference="vs_1", now=NOW)
        failed = IdentityFinding(
            reference="vs_1", status=IdentityCheckStatus.FAILED, failure="document_expired"
        )
        verified = IdentityFinding(
            reference="vs_1",
            status=IdentityCheckStatus.VERIFIED,
            checked_fields=frozenset({"dob"}),
        )
        physician.pull_events()

        for finding in (failed, failed, verified, verified, failed):
            physician.record_identity(finding, now=NOW)

        assert physician.pull_events() == (
            IdentityCheckFailed(
                physician_id=physician.id, failure="document_expired", occurred_at=NOW
            ),
            IdentityVerified(physician_id=physician.id, occurred_at=NOW),
        )
        assert physician.identity is not None
        assert physician.identity.checked_fields == frozenset({"dob"})
        with pytest.raises(IdentityAlreadyVerified):
            physician.begin_identity_check(now=NOW)

    def test_fails_on_somebody_elses_document(self) -> None:
        physician = an_applicant()
        physician.begin_identity_check(now=NOW)
        physician.identity_check_started(attempt=1, reference="vs_1", now=NOW)

        physician.record_identity(
            IdentityFinding(
                reference="vs_1",
                status=IdentityCheckStatus.VERIFIED,
                given="Jenny",
                family="Rosen",
            ),
            now=NOW,
        )

        assert physician.identity is not None
        assert physician.identity.status is IdentityCheckStatus.FAILED
        assert physician.identity.failure == NAME_DIFFERS

    def test_knows_only_its_present_check(self) -> None:
        physician = an_applicant()
        physician.begin_identity_check(now=NOW)

        with pytest.raises(IdentityCheckUnknown):
            physician.record_identity(
                IdentityFinding(reference="vs_9", status=IdentityCheckStatus.VERIFIED), now=NOW
            )


class TestLicences:
    def test_are_one_for_each_place(self) -> None:
        physician = an_applicant()
        physician.add_licence(a_licence(), now=NOW)

        with pytest.raises(LicenceAlreadyAdded):
            physician.add_licence(a_licence(licence_id=UUID(int=99)), now=NOW)

    def test_may_be_claimed_anew_after_a_refusal(self) -> None:
        physician = an_applicant()
        physician.add_licence(a_licence(), now=NOW)
        physician.check_licence(LICENCE, None, now=NOW)

        physician.add_licence(a_licence(licence_id=UUID(int=99)), now=NOW)

        assert len(physician.licences) == 2

    def test_must_not_have_expired_already(self) -> None:
        with pytest.raises(MalformedLicence):
            an_applicant().add_licence(a_licence(expires_on=date(2026, 3, 1)), now=NOW)

    def test_cover_the_parts_of_a_country(self) -> None:
        physician = an_active_physician(place="AU")

        assert physician.is_licensed_for(Jurisdiction("AU-NSW"), on=date(2026, 3, 2))
        assert not physician.is_licensed_for(Jurisdiction("NZ"), on=date(2026, 3, 2))
        assert not physician.is_licensed_for(Jurisdiction("AU"), on=date(2027, 7, 1))

    def test_are_not_found_among_anothers(self) -> None:
        with pytest.raises(LicenceNotFound):
            an_applicant().licence(LicenceId(UUID(int=99)))

    def test_suspend_the_physician_when_the_last_one_expires(self) -> None:
        physician = an_active_physician()
        physician.pull_events()

        physician.look_at_licences(now=A_YEAR_AND_A_HALF_LATER)
        physician.look_at_licences(now=A_YEAR_AND_A_HALF_LATER)

        assert physician.status is PhysicianStatus.SUSPENDED
        expired, suspended = physician.pull_events()
        assert isinstance(expired, LicenceExpired)
        assert isinstance(suspended, PhysicianSuspended)
        assert suspended.reason is SuspensionReason.NO_LICENCE_IN_FORCE

    def test_bring_the_physician_back_when_a_new_one_is_verified(self) -> None:
        physician = an_active_physician()
        now = A_YEAR_AND_A_HALF_LATER
        physician.look_at_licences(now=now)
        physician.add_licence(a_licence(expires_on=date(2028, 1, 1)), now=now)
        physician.check_licence(LICENCE, a_record(), now=now)

        physician.activate_when_ready(now=now)

        assert physician.status is PhysicianStatus.ACTIVE
        assert physician.suspension is None

    def test_are_taken_back_when_the_registry_takes_them_back(self) -> None:
        physician = an_applicant()
        for passing in PASSES:
            passing(physician)
        physician.activate_when_ready(now=NOW)
        physician.pull_events()

        physician.check_licence(LICENCE, a_record(active=False), now=NOW)

        assert [type(event) for event in physician.pull_events()] == [
            LicenceRefused,
            PhysicianSuspended,
        ]


class TestContract:
    def test_is_signed_once(self) -> None:
        physician = an_applicant()
        physician.offer_contract(a_contract(), now=NOW)

        physician.sign_contract(CONTRACT, now=NOW)
        physician.sign_contract(CONTRACT, now=NOW)

        assert len(events_of(physician, ContractSigned)) == 1
        assert physician.contract is not None
        assert physician.contract.signed_at == NOW

    def test_cannot_be_signed_unless_it_is_on_offer(self) -> None:
        physician = an_applicant()
        with pytest.raises(NothingToSign):
            physician.sign_contract(CONTRACT, now=NOW)

        physician.offer_contract(a_contract(), now=NOW)
        newer = ContractId(UUID(int=77))
        physician.offer_contract(a_contract(contract_id=newer, version=2), now=NOW)

        with pytest.raises(NothingToSign):
            physician.sign_contract(CONTRACT, now=NOW)

    def test_stays_in_force_until_the_next_one_is_signed(self) -> None:
        physician = an_applicant()
        pass_contract(physician)
        newer = ContractId(UUID(int=77))

        physician.offer_contract(a_contract(contract_id=newer, version=2), now=NOW)

        assert physician.contract is not None
        assert physician.contract.id == CONTRACT
        assert step(physician, StepName.CONTRACT).is_done

    def test_is_not_offered_twice_on_the_same_terms(self) -> None:
        physician = an_applicant()
        physician.offer_contract(a_contract(), now=NOW)
        physician.offer_contract(a_contract(contract_id=UUID(int=77)), now=NOW)

        assert physician.offered_contract is not None
        assert physician.offered_contract.id == CONTRACT


class TestSuspension:
    def test_is_told_once_and_ends_by_a_person(self) -> None:
        physician = an_active_physician()
        physician.pull_events()

        physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=NOW)
        physician.suspend(reason=SuspensionReason.REGULATOR, now=NOW)
        physician.activate_when_ready(now=NOW)

        assert physician.suspension is SuspensionReason.REGULATOR
        assert len(events_of(physician, PhysicianSuspended)) == 1
        physician.reinstate(now=NOW)
        physician.reinstate(now=NOW)
        assert physician.status is PhysicianStatus.ACTIVE
        assert len(events_of(physician, PhysicianActivated)) == 1

    def test_does_not_end_while_something_is_missing(self) -> None:
        physician = an_active_physician()
        physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=NOW)
        physician.record_payout_account(PayoutAccountState.RESTRICTED, now=NOW)

        with pytest.raises(PhysicianStatusConflict):
            physician.reinstate(now=NOW)

    def test_is_only_for_the_active(self) -> None:
        with pytest.raises(PhysicianStatusConflict):
            an_applicant().suspend(reason=SuspensionReason.UNDER_REVIEW, now=NOW)
