"""
What the use cases answer about an account in these tests.
"""

from datetime import timedelta
from uuid import UUID

from application.identity.queries import ListSessions, SessionView
from application.identity.second_factors import Enrolment, EnrolSecondFactor
from application.identity.sign_in import SignOutElsewhere
from domain.shared.ids import SessionId
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.tabs import Clinic


def prepare_account(clinic: Clinic) -> None:
    """Let the clinic answer all that the account page asks."""
    clinic.answer(
        ListSessions,
        (
            _session(7, "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36", here=True),
            _session(8, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1", here=False),
        ),
    )
    clinic.answer(
        EnrolSecondFactor,
        Enrolment(
            secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            uri="otpauth://totp/Scripted:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        ),
    )
    clinic.answer(SignOutElsewhere, 1)


def _session(number: int, device: str, *, here: bool) -> SessionView:
    return SessionView(
        id=SessionId(UUID(int=number)),
        device=device,
        started_at=NOON - timedelta(days=3),
        last_seen_at=NOON,
        expires_at=NOON + timedelta(days=4),
        is_current=here,
    )
