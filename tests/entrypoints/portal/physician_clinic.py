"""
Let a clinic answer all that the pages of physicians ask.
"""

from typing import Any

from application.consultations.assignment import ClaimConsultation, ReturnConsultation
from application.consultations.cancellation import CancelConsultation
from application.consultations.care import (
    CompleteConsultation,
    OpenConsultation,
    SignNote,
    WriteNote,
)
from application.consultations.conversation import ReadMessages, SendMessage
from application.consultations.queries import ListMyConsultations, ViewQueue
from application.consultations.viewing import ViewWorkspace
from application.documents.queries import DocumentContent, DownloadDocument, ListDocuments
from application.payouts.accounts import OpenPayoutAccount
from application.payouts.bank_accounts import LinkBankAccount
from application.payouts.initiation import CancelPayout, RequestPayout
from application.payouts.queries import (
    ListPayouts,
    ViewPayoutAccount,
)
from application.physicians.application import SignContract
from application.physicians.identification import StartIdentityCheck
from application.physicians.licensing import AddLicence
from application.physicians.queries import (
    ViewOnboarding,
)
from application.prescriptions.drafting import (
    DiscardDraft,
    DraftPrescription,
    ScreenPrescription,
    SearchMedications,
)
from application.prescriptions.queries import ListPrescriptionsOfConsultation
from application.prescriptions.signing import SignPrescription
from application.scheduling.hours import SetAvailability, TakeLeave
from application.scheduling.queries import (
    ListAppointments,
    ViewAvailability,
)
from application.shared.pages import Page
from application.wallets.queries import (
    ViewStatement,
    ViewWallet,
    WhereIsMyMoney,
)
from tests.entrypoints.portal.document_answers import document_views
from tests.entrypoints.portal.patient_answers import (
    appointment_view,
    consultation_summary,
    prescriptions_of,
)
from tests.entrypoints.portal.payout_answers import prepare_schedules
from tests.entrypoints.portal.physician_answers import (
    DRAFTED,
    PAYOUT,
    account_view,
    availability_view,
    medication,
    money_map,
    onboarding_view,
    payouts,
    queue_item,
    screened,
    statement,
    wallet_view,
    workspace_of,
)
from tests.entrypoints.portal.tabs import Clinic


def prepare_for_physician(clinic: Clinic) -> None:
    """Let the clinic answer all that a physician's pages ask."""
    clinic.answer(
        ViewQueue,
        Page((queue_item(), queue_item(place="AU-VIC", at_risk=True, has_red_flags=False))),
    )
    clinic.answer(ClaimConsultation, None)
    for_patient = clinic.answers.get(ListMyConsultations)

    def mine(*, as_physician: bool = False, **arguments: Any) -> Any:
        if as_physician or for_patient is None:
            return Page((consultation_summary(patient_name="Ada Moreau"),))
        return for_patient(**arguments)

    clinic.answer(ListMyConsultations, mine)
    clinic.answer(ListDocuments, document_views())
    clinic.answer(
        DownloadDocument,
        DocumentContent(filename="forearm.jpg", media_type="image/jpeg", content=b"a picture"),
    )
    clinic.answer(ViewWorkspace, workspace_of)
    for use_case in (
        OpenConsultation,
        ReturnConsultation,
        WriteNote,
        SignNote,
        SendMessage,
        CompleteConsultation,
        CancelConsultation,
        DiscardDraft,
        SignPrescription,
        CancelPayout,
        SignContract,
        AddLicence,
        OpenPayoutAccount,
        LinkBankAccount,
    ):
        clinic.answer(use_case, None)
    clinic.answers.setdefault(ReadMessages, lambda **_: ())
    clinic.answers.setdefault(ListPrescriptionsOfConsultation, prescriptions_of)
    clinic.answer(
        SearchMedications,
        (medication(), medication("sumatriptan-100", "Sumatriptan 100 mg tablet")),
    )
    clinic.answer(DraftPrescription, DRAFTED)
    clinic.answer(ScreenPrescription, screened())
    clinic.answer(ViewWallet, (wallet_view(),))
    clinic.answer(WhereIsMyMoney, (money_map(),))
    clinic.answer(ViewStatement, statement())
    clinic.answer(ListPayouts, payouts())
    clinic.answer(ViewPayoutAccount, account_view())
    clinic.answer(RequestPayout, PAYOUT)
    prepare_schedules(clinic)
    clinic.answer(ViewOnboarding, onboarding_view())
    clinic.answer(StartIdentityCheck, None)
    clinic.answer(ViewAvailability, availability_view())
    clinic.answer(ListAppointments, (appointment_view(),))
    clinic.answer(SetAvailability, ())
    clinic.answer(TakeLeave, ())
