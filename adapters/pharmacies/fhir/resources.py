"""
The FHIR R4 resources that a pharmacy is sent, checked before they leave.

`fhir.resources` checks structure and types but lets any text pass as a code: the required
bindings of R4 are held here.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from fhir.resources.R4B import get_fhir_model_class

from application.orders.ports import PharmacyOrder, Recipient
from domain.prescriptions.dosage import Dosage
from domain.prescriptions.prescription import PrescriptionItem
from domain.shared.errors import InvariantError

SYSTEM = "https://scripted.example/fhir"
ORDER_SYSTEM = f"{SYSTEM}/order"
ITEM_SYSTEM = f"{SYSTEM}/order-item"
PATIENT_SYSTEM = f"{SYSTEM}/patient"
LICENCE_SYSTEM = f"{SYSTEM}/licence"
MEDICATION_SYSTEM = f"{SYSTEM}/medication"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"

TASK_STATUSES = frozenset(
    {
        "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled",
        "in-progress", "on-hold", "failed", "completed", "entered-in-error",
    }
)  # fmt: skip
REQUEST_STATUSES = frozenset(
    {
        "active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft",
        "unknown",
    }
)  # fmt: skip
_GENDERS = frozenset({"male", "female", "other", "unknown"})
_INTENTS = frozenset({"order"})
_BOUND: Mapping[tuple[str, str], frozenset[str]] = {
    ("Task", "status"): TASK_STATUSES,
    ("Task", "intent"): _INTENTS,
    ("MedicationRequest", "status"): REQUEST_STATUSES,
    ("MedicationRequest", "intent"): _INTENTS,
    ("Patient", "gender"): _GENDERS,
}


class UnfitResource(InvariantError):
    """We made a resource that is not valid FHIR."""


def checked(resource: dict[str, Any]) -> dict[str, Any]:
    """
    Let a resource pass that is valid in structure and in its required codes.

    Raises:
        UnfitResource: It is not; the message names the element, never its value.
    """
    kind = resource["resourceType"]
    try:
        get_fhir_model_class(kind).model_validate(resource)
    except ValueError as error:
        raise UnfitResource(f"a {kind} of ours is not valid in structure") from error
    for (bound_kind, element), codes in _BOUND.items():
        if bound_kind == kind and resource.get(element) not in codes:
            raise UnfitResource(f"{kind}.{element} is not in its value set")
    return resource


def order_bundle(order: PharmacyOrder) -> dict[str, Any]:
    """
    A transaction that creates patient, prescriber, prescriptions and tasks, each at most once.
    """
    entries = [
        _entry(order.order_id, "patient", _patient(order.recipient), PATIENT_SYSTEM),
        _entry(order.order_id, "prescriber", _practitioner(order), LICENCE_SYSTEM),
    ]
    for number, item in enumerate(order.items, start=1):
        entries.append(
            _entry(order.order_id, f"request-{number}", _request(order, number, item), ITEM_SYSTEM)
        )
        entries.append(_entry(order.order_id, f"task-{number}", _task(order, number), ITEM_SYSTEM))
    return checked({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def update_bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """A transaction that puts new versions of resources, if nobody changed them meanwhile."""
    return checked(
        {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "resource": checked(one),
                    "request": {
                        "method": "PUT",
                        "url": f"{one['resourceType']}/{one['id']}",
                        "ifMatch": f'W/"{one["meta"]["versionId"]}"',
                    },
                }
                for one in resources
            ],
        }
    )


def _entry(order_id: UUID, name: str, resource: dict[str, Any], system: str) -> dict[str, Any]:
    identifier = resource["identifier"][0]["value"]
    return {
        "fullUrl": _urn(order_id, name),
        "resource": checked(resource),
        "request": {
            "method": "POST",
            "url": resource["resourceType"],
            "ifNoneExist": f"identifier={system}|{identifier}",
        },
    }


def _urn(order_id: UUID, name: str) -> str:
    return f"urn:uuid:{uuid5(order_id, name)}"


def _patient(recipient: Recipient) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "identifier": [{"system": PATIENT_SYSTEM, "value": str(recipient.patient_id)}],
        "name": [{"family": recipient.family_name, "given": [recipient.given_name]}],
        "gender": recipient.sex,
        "birthDate": recipient.date_of_birth.isoformat(),
    }
    if recipient.phone:
        resource["telecom"] = [{"system": "phone", "value": recipient.phone}]
    if recipient.address_lines:
        country, _, state = recipient.place.partition("-")
        address = {
            "line": list(recipient.address_lines),
            "city": recipient.city,
            "postalCode": recipient.postal_code,
            "country": country,
        }
        resource["address"] = [address | ({"state": state} if state else {})]
    return resource


def _practitioner(order: PharmacyOrder) -> dict[str, Any]:
    prescriber = order.prescriber
    return {
        "resourceType": "Practitioner",
        "identifier": [{"system": LICENCE_SYSTEM, "value": prescriber.licence_number}],
        "name": [{"family": prescriber.family_name, "given": [prescriber.given_name]}],
    }


def _request(order: PharmacyOrder, number: int, item: PrescriptionItem) -> dict[str, Any]:
    medication = item.medication
    codings = [
        {"system": MEDICATION_SYSTEM, "code": medication.code, "display": medication.title},
        *(
            {"system": RXNORM, "code": ingredient.rxcui, "display": ingredient.name}
            for ingredient in medication.ingredients
            if ingredient.rxcui
        ),
    ]
    dispense: dict[str, Any] = {
        "numberOfRepeatsAllowed": item.repeats,
        "quantity": {"value": item.quantity, "unit": medication.dose_unit},
        "performer": {"reference": f"Organization/{order.network_reference}"},
    }
    if item.dosage.days is not None:
        dispense["expectedSupplyDuration"] = {
            "value": item.dosage.days, "unit": "days", "system": UCUM, "code": "d"
        }  # fmt: skip
    return {
        "resourceType": "MedicationRequest",
        "identifier": [{"system": ITEM_SYSTEM, "value": f"{order.order_id}.{number}"}],
        "groupIdentifier": _group(order),
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"coding": codings, "text": medication.title},
        "subject": {"reference": _urn(order.order_id, "patient")},
        "requester": {"reference": _urn(order.order_id, "prescriber")},
        "authoredOn": order.signed_at.isoformat(),
        "dosageInstruction": [_dosage(item.dosage, item.instructions, medication.dose_unit)],
        "dispenseRequest": dispense,
        "substitution": {"allowedBoolean": item.substitution_allowed},
    }


def _dosage(dosage: Dosage, instructions: str, unit: str) -> dict[str, Any]:
    repeat: dict[str, Any] = {"frequency": dosage.times_per_day, "period": 1, "periodUnit": "d"}
    if dosage.days is not None:
        repeat["boundsDuration"] = {
            "value": dosage.days, "unit": "days", "system": UCUM, "code": "d"
        }  # fmt: skip
    return {
        "text": instructions,
        "timing": {"repeat": repeat},
        "asNeededBoolean": dosage.as_needed,
        "doseAndRate": [{"doseQuantity": {"value": float(dosage.dose), "unit": unit}}],
    }


def _task(order: PharmacyOrder, number: int) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "identifier": [{"system": ITEM_SYSTEM, "value": f"{order.order_id}.{number}"}],
        "groupIdentifier": _group(order),
        "status": "requested",
        "intent": "order",
        "focus": {"reference": _urn(order.order_id, f"request-{number}")},
        "for": {"reference": _urn(order.order_id, "patient")},
        "requester": {"reference": _urn(order.order_id, "prescriber")},
        "owner": {"reference": f"Organization/{order.network_reference}"},
        "authoredOn": order.signed_at.isoformat(),
    }


def _group(order: PharmacyOrder) -> dict[str, str]:
    return {"system": ORDER_SYSTEM, "value": str(order.order_id)}
