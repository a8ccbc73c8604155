"""
Let a clinic answer all that the pages of patients ask.
"""

from uuid import UUID

from application.catalogue.queries import ListServices, ViewService
from application.consultations.cancellation import CancelConsultation
from application.consultations.conversation import ReadMessages, SendMessage
from application.consultations.intake import (
    IntakeProgress,
    SaveAnswers,
    StartConsultation,
    SubmitIntake,
)
from application.consultations.queries import ListMyConsultations
from application.consultations.viewing import ViewConsultation
from application.documents.queries import ListDocuments
from application.orders.creation import ChoosePharmacy
from application.orders.queries import (
    ListOrdersOfPrescription,
    ListPharmacies,
)
from application.orders.recall import RerouteOrder
from application.patients.consents import GiveConsent, WithdrawConsent
from application.patients.queries import (
    ViewAccessLog,
    ViewConsents,
    ViewPatient,
)
from application.patients.record import ChangePatientDetails, UpdateHealthProfile
from application.payments.cancellation_quote import CancellationQuote, QuoteCancellation
from application.payments.initiation import PaymentToMake, StartPayment
from application.payments.queries import ViewPayment
from application.payments.settlement import FollowUpPayment
from application.prescriptions.queries import ListPrescriptionsOfConsultation, ViewPrescription
from application.scheduling.booking import HoldSlot, RescheduleAppointment
from application.scheduling.queries import FindSlots, ViewAppointment
from application.shared.pages import Page
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.outcome import MessageSender
from domain.shared.ids import (
    AppointmentId,
    MessageId,
    PaymentId,
)
from domain.shared.money import Money
from tests.entrypoints.portal.document_answers import document_views
from tests.entrypoints.portal.patient_answers import (
    DRAFT,
    ORDER,
    access_log,
    appointment_view,
    consents,
    consultation_summary,
    consultation_view,
    draft_summary,
    free_slots,
    message,
    order_view,
    patient_view,
    payment_view,
    pharmacy,
    prescription_view,
    prescriptions_of,
    saved,
    service_summary,
    service_view,
    video_summary,
)
from tests.entrypoints.portal.tabs import Clinic


def prepare_for_patient(clinic: Clinic) -> None:
    """Let the clinic answer all that a patient's pages ask."""
    clinic.answer(ListServices, Page((service_summary(), video_summary())))
    clinic.answer(ViewService, service_view)
    clinic.answer(StartConsultation, DRAFT)
    clinic.answer(ListMyConsultations, Page((draft_summary(), consultation_summary())))
    clinic.answer(ViewConsultation, consultation_view)
    clinic.answer(SaveAnswers, saved)
    clinic.answer(
        SubmitIntake,
        IntakeProgress(consultation_id=DRAFT, status=ConsultationStatus.AWAITING_PAYMENT),
    )
    clinic.answer(
        StartPayment,
        PaymentToMake(
            payment_id=PaymentId(UUID(int=0xA1)),
            amount=Money.of(4900, "AUD"),
            redirect_url="",
            client_secret="",
        ),
    )
    clinic.answer(ViewPayment, payment_view())
    clinic.answer(FindSlots, free_slots())
    clinic.answer(HoldSlot, AppointmentId(UUID(int=0xB1)))
    clinic.answer(ViewAppointment, appointment_view)
    clinic.answer(FollowUpPayment, None)
    clinic.answer(RescheduleAppointment, AppointmentId(UUID(int=0xB1)))
    clinic.answer(ChangePatientDetails, None)
    clinic.answer(
        ReadMessages,
        (
            message(
                "It started this morning, and light makes it worse.", MessageSender.PATIENT, 20
            ),
            message(
                "Thank you, Ada. I am looking at your answers now.", MessageSender.PHYSICIAN, 12
            ),
        ),
    )
    clinic.answer(SendMessage, MessageId(UUID(int=0x99)))
    clinic.answer(CancelConsultation, None)
    clinic.answer(
        QuoteCancellation,
        CancellationQuote(
            paid=Money.of(4900, "AUD"), back=Money.of(2450, "AUD"), released=Money.of(0, "AUD")
        ),
    )
    clinic.answer(ListPrescriptionsOfConsultation, prescriptions_of)
    clinic.answer(ViewPrescription, prescription_view())
    clinic.answer(ListOrdersOfPrescription, (order_view(),))
    clinic.answer(
        ListPharmacies, (pharmacy(), pharmacy(2, "Central Station Pharmacy", delivers=False))
    )
    clinic.answer(RerouteOrder, ORDER)
    clinic.answer(ChoosePharmacy, None)
    clinic.answer(ListDocuments, document_views())
    clinic.answer(ViewPatient, patient_view())
    clinic.answer(ViewConsents, consents())
    clinic.answer(GiveConsent, None)
    clinic.answer(WithdrawConsent, None)
    clinic.answer(UpdateHealthProfile, None)
    clinic.answer(ViewAccessLog, access_log())
