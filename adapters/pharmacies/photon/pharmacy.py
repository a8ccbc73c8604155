"""
Orders through Photon: a patient, a prescription for each medicine, an order for all of them.

Photon does not notice an `externalId` that it has seen before: everything that bears one is
looked up before it is created.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from adapters.pharmacies.photon.client import PhotonClient, PhotonRefused
from adapters.pharmacies.photon.questions import (
    CANCEL_ORDER,
    CANCEL_PRESCRIPTION,
    CREATE_ORDER,
    CREATE_PATIENT,
    CREATE_PRESCRIPTION,
    FIND_MEDICATIONS,
    FIND_ORDERS,
    FIND_PATIENTS,
    FIND_PRESCRIPTIONS,
    GET_ORDER,
)
from application.orders.ports import (
    PharmacyOrder,
    PharmacyRefused,
    PharmacyUnreachable,
    PrescriberMustSign,
    Recipient,
    RemoteOrder,
)
from domain.orders.fulfilment import CancelOutcome, OrderFailure, OrderStatus
from domain.prescriptions.events import PrescriptionCancelReason
from domain.prescriptions.medication import Medication
from domain.prescriptions.prescription import PrescriptionItem
from domain.shared.ids import OrderId

_STATES = {
    "ROUTING": OrderStatus.SENT,
    "PENDING": OrderStatus.SENT,
    "CANCELED": OrderStatus.CANCELLED,
    "ERROR": OrderStatus.FAILED,
}
_STEPS = {
    "SENT": OrderStatus.SENT,
    "RECEIVED": OrderStatus.RECEIVED,
    "FILLING": OrderStatus.PREPARING,
    "READY": OrderStatus.READY,
    "PICKED_UP": OrderStatus.COLLECTED,
    "SHIPPED": OrderStatus.SHIPPED,
    "DELIVERED": OrderStatus.DELIVERED,
}
_REFUSED_CANCELS = {
    "ORDER_ALREADY_DISPENSED": CancelOutcome.ALREADY_DISPENSED,
    "ORDER_IN_PREPARATION": CancelOutcome.BEING_PREPARED,
    "NOT_FOUND": CancelOutcome.NOT_FOUND,
    "FORBIDDEN": CancelOutcome.NOT_PERMITTED,
}
_UNITS = {
    "tablet": "Tablet",
    "capsule": "Capsule",
    "mL": "Milliliter",
    "g": "Gram",
}
_SEXES = {"female": "FEMALE", "male": "MALE"}


class PhotonPharmacies:
    """The gateway to Photon's network."""

    def __init__(self, client: PhotonClient) -> None:
        self._client = client

    def send(self, order: PharmacyOrder) -> RemoteOrder:
        present = self.find(order.order_id)
        if present is not None:
            return present
        try:
            patient_id = self._patient(order.recipient)
            fills = [
                {"prescriptionId": self._prescription(order, number, item, patient_id)}
                for number, item in enumerate(order.items, start=1)
            ]
            answer = self._client.ask(
                CREATE_ORDER,
                {
                    "externalId": str(order.order_id),
                    "patientId": patient_id,
                    "pharmacyId": order.network_reference,
                    "address": _address(order.recipient),
                    "fills": fills,
                },
                changes=True,
            )
        except PhotonRefused as refusal:
            raise PharmacyRefused("The pharmacy network does not take this order.") from refusal
        return _remote(answer["createOrder"])

    def find(self, order_id: OrderId) -> RemoteOrder | None:
        found = self._look_up(FIND_ORDERS, {"externalId": str(order_id)})["orders"]
        if not found:
            return None
        # Should there be several, the one that can still be dispensed is the one to know of.
        return _remote(min(found, key=lambda one: one["state"] in {"CANCELED", "ERROR"}))

    def status(self, reference: str) -> RemoteOrder | None:
        found = self._look_up(GET_ORDER, {"id": reference})["order"]
        return None if found is None else _remote(found)

    def resolve(self, subject: str) -> str | None:
        return subject

    def cancel(self, reference: str, *, reason: PrescriptionCancelReason) -> CancelOutcome:
        try:
            answer = self._client.ask(CANCEL_ORDER, {"id": reference, "reason": reason.value})
        except PhotonRefused as refusal:
            if refusal.code not in _REFUSED_CANCELS:
                raise PharmacyUnreachable(
                    "The pharmacy network gave no proper answer."
                ) from refusal
            return _REFUSED_CANCELS[refusal.code]
        order = answer["cancelOrder"]
        self._withdraw_prescriptions(order)
        outcome = (order.get("cancellation") or {}).get("outcome")
        if outcome == "CANCELED_WITH_DISPENSER":
            return CancelOutcome.MARKED_WITH_DISPENSER
        return CancelOutcome.CANCELLED

    def _withdraw_prescriptions(self, order: Mapping[str, Any]) -> None:
        # Without this another order could be placed on them, outside of our sight.
        for fill in order["fills"]:
            prescription = fill.get("prescription")
            if prescription is None:
                continue
            try:
                self._client.ask(CANCEL_PRESCRIPTION, {"id": prescription["id"]})
            except PhotonRefused as refusal:
                if refusal.code != "PRESCRIPTION_NOT_CANCELABLE":
                    raise PharmacyUnreachable(
                        "The pharmacy network did not withdraw the prescription."
                    ) from refusal

    def _patient(self, recipient: Recipient) -> str:
        external_id = str(recipient.patient_id)
        found = self._look_up(FIND_PATIENTS, {"externalId": external_id})["patients"]
        if found:
            return str(found[0]["id"])
        if recipient.phone is None:
            raise PharmacyRefused(
                "This pharmacy needs a telephone number.", reason=OrderFailure.NOT_ROUTABLE
            )
        created = self._client.ask(
            CREATE_PATIENT,
            {
                "externalId": external_id,
                "name": {"first": recipient.given_name, "last": recipient.family_name},
                "dateOfBirth": recipient.date_of_birth.isoformat(),
                "sex": _SEXES.get(recipient.sex, "UNKNOWN"),
                "phone": recipient.phone,
                "address": _address(recipient),
            },
        )
        return str(created["createPatient"]["id"])

    def _prescription(
        self, order: PharmacyOrder, number: int, item: PrescriptionItem, patient_id: str
    ) -> str:
        external_id = f"{order.order_id}.{number}"
        found = self._look_up(FIND_PRESCRIPTIONS, {"externalId": external_id})["prescriptions"]
        prescription = found[0] if found else self._prescribe(external_id, item, patient_id)
        if prescription["state"] == "DRAFT":
            raise PrescriberMustSign("The prescriber has to sign in the pharmacy network first.")
        return str(prescription["id"])

    def _prescribe(
        self, external_id: str, item: PrescriptionItem, patient_id: str
    ) -> Mapping[str, Any]:
        created = self._client.ask(
            CREATE_PRESCRIPTION,
            {
                "externalId": external_id,
                "patientId": patient_id,
                "treatmentId": self._treatment(item.medication),
                "dispenseQuantity": float(item.quantity),
                "dispenseUnit": _UNITS.get(item.medication.dose_unit, "Each"),
                "dispenseAsWritten": not item.substitution_allowed,
                "fillsAllowed": item.repeats + 1,
                "daysSupply": item.dosage.days,
                "instructions": item.instructions,
            },
        )
        prescription: Mapping[str, Any] = created["createPrescription"]
        return prescription

    def _treatment(self, medication: Medication) -> str:
        found = self._look_up(FIND_MEDICATIONS, {"name": medication.title})["medications"]
        exact = [one for one in found if one["name"].casefold() == medication.title.casefold()]
        if not exact:
            # Something similar is not what was signed.
            raise PharmacyRefused(
                "This pharmacy network does not list the medicine.",
                reason=OrderFailure.NOT_ROUTABLE,
            )
        return str(exact[0]["id"])

    def _look_up(self, question: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._client.ask(question, variables)
        except PhotonRefused as refusal:
            raise PharmacyUnreachable("The pharmacy network refused a look-up.") from refusal


def _remote(order: Mapping[str, Any]) -> RemoteOrder:
    fulfilment = order.get("fulfillment") or {}
    state, step = order["state"], fulfilment.get("state")
    status = _STATES.get(state)
    if state in {"PLACED", "COMPLETED"}:
        status = _STEPS.get(step) if step else (OrderStatus.SENT if state == "PLACED" else None)
    filled = Counter(
        (fill.get("prescription") or {}).get("id") for fill in order["fills"] if fill["filledAt"]
    )
    return RemoteOrder(
        reference=order["id"],
        status=status,
        vendor_status=f"{state}/{step}" if step else str(state),
        fills=max(filled.values(), default=0),
        pharmacy=(order.get("pharmacy") or {}).get("id"),
    )


def _address(recipient: Recipient) -> dict[str, str]:
    if not recipient.address_lines:
        raise PharmacyRefused(
            "This pharmacy needs the patient's address.", reason=OrderFailure.NOT_ROUTABLE
        )
    country, _, state = recipient.place.partition("-")
    return {
        "street1": recipient.address_lines[0],
        "city": recipient.city,
        "state": state or country,
        "postalCode": recipient.postal_code,
        "country": country,
    }
