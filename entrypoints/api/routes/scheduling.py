"""
Times for visits: holding, moving, and physicians' hours.
"""

from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from flask import Response
from pydantic import AwareDatetime, Field

from application.scheduling.booking import HoldSlot, ReleaseAppointment, RescheduleAppointment
from application.scheduling.hours import AffectedVisit, SetAvailability, TakeLeave
from application.scheduling.queries import (
    AvailabilityView,
    ListAppointments,
    ViewAppointment,
    ViewAvailability,
    ViewCalendarFeed,
)
from application.shared.ports import Clock
from domain.scheduling.availability import HORIZON, BookingLimits
from domain.scheduling.working_hours import DayHours, ScheduleException, WeeklyHours
from domain.shared.ids import ConsultationId, PatientId, PhysicianId
from domain.shared.period import Period
from entrypoints.api.operations import Body, Call, Resource, operation
from entrypoints.api.parameters import identifier, instant
from entrypoints.api.wire import Code, FromWire, ToWire


class HoldBody(Body):
    physician_id: Annotated[UUID, FromWire("physician")]
    start_at: AwareDatetime


class MoveBody(Body):
    start_at: AwareDatetime
    physician_id: Annotated[UUID, FromWire("physician")] | None = Field(
        default=None, description="Another physician; for operations only."
    )


class AppointmentMadeResource(Resource):
    appointment_id: Annotated[str, ToWire("appointment")]


class AppointmentResource(Resource):
    appointment_id: Annotated[str, ToWire("appointment")]
    consultation_id: Annotated[str, ToWire("consultation")]
    patient_id: Annotated[str, ToWire("patient")]
    physician_id: Annotated[str, ToWire("physician")]
    physician_name: str
    start_at: datetime
    end_at: datetime
    status: Code
    hold_expires_at: datetime | None
    time_zone: str = Field(description="The physician's.")
    version: int


class AppointmentListing(Resource):
    items: list[AppointmentResource]


class HoursModel(Resource):
    start: str = Field(description="On the wall clock, such as `09:00`.", max_length=5)
    end: str = Field(description="Such as `17:30`; `24:00` at the latest.", max_length=5)

    def read(self) -> DayHours:
        """Read it."""
        return DayHours.parse(self.start, self.end)


class WeekdayModel(Resource):
    weekday: int = Field(ge=0, le=6, description="0 is Monday.")
    hours: HoursModel


class ExceptionModel(Resource):
    first_on: date
    last_on: date
    hours: list[HoursModel] = Field(default_factory=list, description="None: leave.", max_length=20)


class AvailabilityBody(Body):
    time_zone: str = Field(max_length=64)
    weekly: list[WeekdayModel] = Field(max_length=100)
    exceptions: list[ExceptionModel] = Field(default_factory=list, max_length=400)
    buffer_minutes: int = Field(default=0, ge=0, le=120, description="Kept free around visits.")
    minimum_notice_minutes: int = Field(default=120, ge=0, le=43_200)
    daily_cap: int | None = Field(default=None, ge=1, le=200)


class AvailabilityResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    time_zone: str
    weekly: list[WeekdayModel]
    exceptions: list[ExceptionModel]
    buffer_minutes: int
    minimum_notice_minutes: int
    daily_cap: int | None


class LeaveBody(Body):
    first_on: date
    last_on: date


class AffectedVisitResource(Resource):
    appointment_id: Annotated[str, ToWire("appointment")]
    consultation_id: Annotated[str, ToWire("consultation")]
    start_at: datetime
    end_at: datetime


class AffectedListing(Resource):
    items: list[AffectedVisitResource] = Field(
        description="Booked visits that now lie outside the hours."
    )


@operation(
    "POST",
    "/consultations/{consultation_id}/appointment",
    tag="Scheduling",
    body=HoldBody,
    returns=AppointmentMadeResource,
    status=HTTPStatus.CREATED,
)
def hold_slot(call: Call[HoldBody], consultation_id: UUID) -> AppointmentMadeResource:
    """
    Hold a time until the payment is made.

    Another time that is held for the same consultation is given back.
    """
    appointment_id = call.use(HoldSlot)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        physician_id=PhysicianId(call.body.physician_id),
        start_at=call.body.start_at,
    )
    return AppointmentMadeResource.model_validate({"appointment_id": appointment_id})


@operation(
    "PUT",
    "/consultations/{consultation_id}/appointment",
    tag="Scheduling",
    body=MoveBody,
    returns=AppointmentMadeResource,
)
def reschedule_appointment(call: Call[MoveBody], consultation_id: UUID) -> AppointmentMadeResource:
    """Move a booked visit to another time."""
    physician_id = call.body.physician_id
    appointment_id = call.use(RescheduleAppointment)(
        actor=call.actor,
        consultation_id=ConsultationId(consultation_id),
        start_at=call.body.start_at,
        physician_id=PhysicianId(physician_id) if physician_id else None,
    )
    return AppointmentMadeResource.model_validate({"appointment_id": appointment_id})


@operation(
    "GET",
    "/consultations/{consultation_id}/appointment",
    tag="Scheduling",
    returns=AppointmentResource,
)
def view_appointment(call: Call[None], consultation_id: UUID) -> AppointmentResource:
    """Show the appointment of a consultation."""
    return AppointmentResource.model_validate(
        call.use(ViewAppointment)(actor=call.actor, consultation_id=ConsultationId(consultation_id))
    )


@operation("DELETE", "/consultations/{consultation_id}/appointment", tag="Scheduling")
def release_appointment(call: Call[None], consultation_id: UUID) -> None:
    """Give a held time back. A booked visit ends by cancelling the consultation."""
    call.use(ReleaseAppointment)(actor=call.actor, consultation_id=ConsultationId(consultation_id))


@operation(
    "GET",
    "/appointments",
    tag="Scheduling",
    returns=AppointmentListing,
    query={
        "physician_id": "Whose; one's own if neither is given.",
        "patient_id": "Whose; one's own if neither is given.",
        "from": "RFC 3339; now if not given.",
        "to": "RFC 3339; as far ahead as visits can be booked if not given.",
    },
)
def list_appointments(call: Call[None]) -> AppointmentListing:
    """List booked visits and running holds by start."""
    start_at = instant(call, "from") or call.use(Clock).now()
    end_at = instant(call, "to") or start_at + HORIZON
    physician_id, patient_id = identifier(call, "physician_id"), identifier(call, "patient_id")
    if physician_id is None and patient_id is None:
        physician_id, patient_id = call.actor.physician_id, call.actor.patient_id
    found = call.use(ListAppointments)(
        actor=call.actor,
        within=Period(start_at, end_at),
        physician_id=PhysicianId(physician_id) if physician_id else None,
        patient_id=PatientId(patient_id) if patient_id else None,
    )
    return AppointmentListing(items=[AppointmentResource.model_validate(one) for one in found])


@operation(
    "GET",
    "/physicians/{physician_id}/availability",
    tag="Scheduling",
    returns=AvailabilityResource,
)
def view_availability(call: Call[None], physician_id: UUID) -> AvailabilityResource:
    """Show when a physician works, in their own zone."""
    view = call.use(ViewAvailability)(actor=call.actor, physician_id=PhysicianId(physician_id))
    return _availability(view)


@operation(
    "PUT",
    "/physicians/{physician_id}/availability",
    tag="Scheduling",
    body=AvailabilityBody,
    returns=AffectedListing,
)
def set_availability(call: Call[AvailabilityBody], physician_id: UUID) -> AffectedListing:
    """Replace a physician's hours, and list the booked visits that lie outside of them."""
    sent = call.body
    affected = call.use(SetAvailability)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        time_zone=sent.time_zone,
        weekly=[WeeklyHours(day.weekday, day.hours.read()) for day in sent.weekly],
        exceptions=[
            ScheduleException(
                first_on=one.first_on,
                last_on=one.last_on,
                hours=tuple(hours.read() for hours in one.hours),
            )
            for one in sent.exceptions
        ],
        limits=BookingLimits(
            buffer=timedelta(minutes=sent.buffer_minutes),
            minimum_notice=timedelta(minutes=sent.minimum_notice_minutes),
            daily_cap=sent.daily_cap,
        ),
    )
    return _affected(affected)


@operation(
    "POST",
    "/physicians/{physician_id}/leave",
    tag="Scheduling",
    body=LeaveBody,
    returns=AffectedListing,
)
def take_leave(call: Call[LeaveBody], physician_id: UUID) -> AffectedListing:
    """Take days off, and list the booked visits that fall into them."""
    affected = call.use(TakeLeave)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        first_on=call.body.first_on,
        last_on=call.body.last_on,
    )
    return _affected(affected)


@operation(
    "GET",
    "/physicians/{physician_id}/calendar",
    tag="Scheduling",
    produces="text/calendar",
)
def view_calendar_feed(call: Call[None], physician_id: UUID) -> Response:
    """Show a physician's booked visits as iCalendar. It names no patient."""
    feed = call.use(ViewCalendarFeed)(actor=call.actor, physician_id=PhysicianId(physician_id))
    return Response(feed, content_type="text/calendar; charset=utf-8")


def _availability(view: AvailabilityView) -> AvailabilityResource:
    minute = timedelta(minutes=1)
    return AvailabilityResource.model_validate(
        {
            "physician_id": view.physician_id,
            "time_zone": view.time_zone,
            "weekly": view.weekly,
            "exceptions": view.exceptions,
            "buffer_minutes": view.buffer // minute,
            "minimum_notice_minutes": view.minimum_notice // minute,
            "daily_cap": view.daily_cap,
        }
    )


def _affected(visits: tuple[AffectedVisit, ...]) -> AffectedListing:
    return AffectedListing(
        items=[
            AffectedVisitResource.model_validate(
                {
                    "appointment_id": visit.appointment_id,
                    "consultation_id": visit.consultation_id,
                    "start_at": visit.during.start_at,
                    "end_at": visit.during.end_at,
                }
            )
            for visit in visits
        ]
    )
