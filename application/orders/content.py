"""
What a pharmacy is told of an order: only what it needs to supply it.
"""

from datetime import datetime

from application.orders.ports import OrdersUnitOfWork, PharmacyOrder, Prescriber, Recipient
from domain.orders.order import Order
from domain.orders.pharmacy import Pharmacy
from domain.patients.patient import Patient
from domain.physicians.physician import Physician
from domain.prescriptions.prescription import NotSigned, Prescription
from domain.shared.jurisdiction import Jurisdiction


def pharmacy_order(
    uow: OrdersUnitOfWork,
    order: Order,
    prescription: Prescription,
    pharmacy: Pharmacy,
    now: datetime,
) -> PharmacyOrder:
    """Put it together from the records as they are now."""
    if prescription.signature is None:
        raise NotSigned("Only a signed prescription is sent.")
    patient = uow.patients.read(prescription.patient_id)
    physician = uow.physicians.read(prescription.prescriber_id)
    place = uow.consultations.read(prescription.consultation_id).place
    return PharmacyOrder(
        order_id=order.id,
        prescription_id=prescription.id,
        network_reference=pharmacy.network_reference,
        recipient=_recipient(patient, place),
        prescriber=_prescriber(physician, place, now),
        items=prescription.items,
        signed_at=prescription.signature.signed_at,
    )


def _recipient(patient: Patient, place: Jurisdiction) -> Recipient:
    address = patient.address
    return Recipient(
        patient_id=patient.id,
        given_name=patient.name.given,
        family_name=patient.name.family,
        date_of_birth=patient.date_of_birth,
        sex=patient.sex.value,
        phone=patient.phone.value if patient.phone else None,
        address_lines=(address.line,) if address else (),
        city=address.city if address else "",
        postal_code=address.postal_code if address else "",
        place=(address.place if address else place).code,
    )


def _prescriber(physician: Physician, place: Jurisdiction, now: datetime) -> Prescriber:
    today = physician.today(now)
    number = next(
        (
            licence.number
            for licence in physician.licences
            if licence.jurisdiction.covers(place) and licence.holds_on(today)
        ),
        "",
    )
    return Prescriber(
        given_name=physician.name.given,
        family_name=physician.name.family,
        licence_number=number,
    )
