"""
Serve the portal over the prepared clinic, for the tests that drive a browser.

    python -m tests.entrypoints.portal.serve_clinic
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from application.identity.registration import ChoosePassword
from application.identity.sign_in import IssuedSession, SignIn, SignOut
from application.shared.changes import Change, ChangeFeed
from domain.identity.lockout import WrongCredentials
from domain.shared.contact import EmailAddress
from domain.shared.ids import SessionId
from entrypoints.portal import serve, use_cases
from tests.entrypoints.portal.account_answers import prepare_account
from tests.entrypoints.portal.dispute_answers import prepare_for_disputes
from tests.entrypoints.portal.finance_answers import prepare_for_finance
from tests.entrypoints.portal.journal_answers import prepare_for_books
from tests.entrypoints.portal.patient_clinic import prepare_for_patient
from tests.entrypoints.portal.pay_answers import prepare_for_pay
from tests.entrypoints.portal.physician_clinic import prepare_for_physician
from tests.entrypoints.portal.staff_answers import prepare_for_staff
from tests.entrypoints.portal.tabs import Clinic
from tests.entrypoints.portal.treasury_answers import prepare_for_treasury

PASSWORD = "correct horse battery"
_KINDS = ("patient", "physician", "staff")


class QuietFeed:
    """A feed on which nothing ever happens."""

    async def changes(self) -> AsyncIterator[Change | None]:
        """Wait for ever."""
        import asyncio

        await asyncio.Event().wait()
        yield None


class Hospital(Clinic):
    """The clinic, which also has things to hand out that are no use cases."""

    def resolve(self, use_case: type[Any], /) -> Any:
        """Make the use case, or the port."""
        return QuietFeed() if use_case is ChangeFeed else super().resolve(use_case)


def issue(*, email: EmailAddress, password: str, **_: Any) -> IssuedSession:
    """Sign in `patient@…`, `physician@…` or `staff@…`."""
    kind = email.canonical.partition("@")[0]
    if password != PASSWORD or kind not in _KINDS:
        raise WrongCredentials("The e-mail address or password is wrong.")
    return IssuedSession(
        token=f"{kind}-token",
        session_id=SessionId(UUID(int=7)),
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


def prepared() -> Clinic:
    """A clinic that answers everything that the pages ask."""
    clinic = Hospital()
    clinic.answer(SignIn, issue)
    clinic.answer(SignOut, None)
    clinic.answer(ChoosePassword, None)
    prepare_account(clinic)
    prepare_for_patient(clinic)
    prepare_for_physician(clinic)
    prepare_for_staff(clinic)
    prepare_for_finance(clinic)
    prepare_for_treasury(clinic)
    prepare_for_disputes(clinic)
    prepare_for_books(clinic)
    prepare_for_pay(clinic)
    return clinic


if __name__ == "__main__":
    serve.prepare()
    use_cases.install(prepared())
    serve.run()
