"""
Who treats whom, by the consultations that they share.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, and_, exists, or_, select

from adapters.postgres.tables.consultations import consultation
from application.patients.access import AFTERCARE
from domain.consultations.consultation import ConsultationStatus
from domain.shared.ids import PatientId, PhysicianId

_ONGOING = (ConsultationStatus.CLAIMED.value, ConsultationStatus.IN_PROGRESS.value)
_UNDER_WAY = (
    ConsultationStatus.AWAITING_PAYMENT.value,
    ConsultationStatus.WAITING.value,
    *_ONGOING,
)


class PostgresRelationships:
    """Asked before a record is opened."""

    def __init__(self, engine: Engine) -> None:
        # Each method reads with one statement: a transaction around it would only cost time.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    def is_treating(
        self, *, physician_id: PhysicianId, patient_id: PatientId, now: datetime
    ) -> bool:
        statement = select(
            exists().where(consultation.c.patient_id == patient_id, _treats(physician_id, now))
        )
        with self._engine.connect() as connection:
            return bool(connection.scalar(statement))

    def is_in_care(self, patient_id: PatientId) -> bool:
        statement = select(
            exists().where(
                consultation.c.patient_id == patient_id, consultation.c.status.in_(_UNDER_WAY)
            )
        )
        with self._engine.connect() as connection:
            return bool(connection.scalar(statement))

    def treated_by(self, *, physician_id: PhysicianId, now: datetime) -> Sequence[PatientId]:
        statement = select(consultation.c.patient_id).where(_treats(physician_id, now)).distinct()
        with self._engine.connect() as connection:
            return [PatientId(each) for each in connection.scalars(statement)]


def _treats(physician_id: PhysicianId, now: datetime) -> ColumnElement[bool]:
    return and_(
        consultation.c.physician_id == physician_id,
        or_(
            consultation.c.status.in_(_ONGOING),
            and_(
                consultation.c.status == ConsultationStatus.COMPLETED.value,
                consultation.c.ended_at > now - AFTERCARE,
            ),
        ),
    )
