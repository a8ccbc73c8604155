"""
What becomes of visits when their physician may not see patients any more.
"""

from datetime import timedelta

import pytest

from application.scheduling.booking import HoldSlot
from application.scheduling.standing import FreeAppointmentsOf
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.physicians.events import SuspensionReason
from domain.scheduling.appointment import AppointmentStatus
from domain.scheduling.availability import SlotNotOffered
from domain.scheduling.events import AppointmentLost
from tests.builders.physicians import PHYSICIAN
from tests.builders.scheduling import (
    TUESDAY_NINE,
    Clinic,
    as_patient,
    confirm,
    consultation_id,
    hold,
)


def suspend(clinic: Clinic) -> None:
    with clinic.uow as uow:
        physician = uow.physicians.get(PHYSICIAN)
        physician.suspend(reason=SuspensionReason.UNDER_REVIEW, now=clinic.clock.now())
        uow.physicians.save(physician)
        uow.commit()


def free(clinic: Clinic, actor: Actor = SYSTEM) -> int:
    return FreeAppointmentsOf(clinic.uow, clinic.clock)(actor=actor, physician_id=PHYSICIAN)


def test_coming_visits_are_freed_once_and_their_patients_hear_of_it(clinic: Clinic) -> None:
    clinic.draft()
    appointment_id = hold(clinic)
    confirm(clinic)
    suspend(clinic)

    freed = [free(clinic), free(clinic)]

    assert freed == [1, 0]
    with clinic.uow as uow:
        visit = uow.appointments.latest_of(consultation_id())
    assert visit is not None
    assert (visit.id, visit.status, visit.lost) == (
        appointment_id,
        AppointmentStatus.CANCELLED,
        True,
    )
    (lost,) = clinic.uow.events_of(AppointmentLost)
    assert lost.consultation_id == consultation_id()
    assert [one.action for one in clinic.uow.audit.records][-1] == "appointment.lost"


def test_the_patient_chooses_another_physician(clinic: Clinic) -> None:
    other = clinic.add_physician(7)
    clinic.open(other.id)
    clinic.draft()
    hold(clinic)
    suspend(clinic)
    free(clinic)

    with pytest.raises(SlotNotOffered):
        hold(clinic)
    HoldSlot(clinic.uow, clinic.clock, clinic.ids)(
        actor=as_patient(),
        consultation_id=consultation_id(),
        physician_id=other.id,
        start_at=TUESDAY_NINE,
    )

    assert confirm(clinic) is not None


def test_a_visit_that_has_begun_stays(clinic: Clinic) -> None:
    clinic.draft()
    hold(clinic)
    confirm(clinic)
    clinic.clock.pass_by(TUESDAY_NINE - clinic.clock.now() + timedelta(minutes=1))
    suspend(clinic)

    assert free(clinic) == 0


def test_who_was_reinstated_meanwhile_keeps_them(clinic: Clinic) -> None:
    clinic.draft()
    hold(clinic)
    confirm(clinic)

    assert free(clinic) == 0


def test_is_the_platforms_alone(clinic: Clinic) -> None:
    with pytest.raises(AccessDenied):
        free(clinic, as_patient())
