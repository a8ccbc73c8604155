"""
The GraphQL API: one schema, and the functions that answer its fields.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from attrs import frozen
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    graphql_sync,
)

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.photon import pharmacies
from entrypoints.sandbox.photon.orders import Orders
from entrypoints.sandbox.photon.records import DISPENSE_UNITS, PRESCRIBER, Records, page

_DEFAULT_RADIUS_MILES = 25
Info = GraphQLResolveInfo[Any]


def _schema() -> GraphQLSchema:
    text = Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8")
    schema = build_schema(text)
    for name, parse in (("AWSDate", _date), ("AWSEmail", _email), ("AWSPhone", _phone)):
        scalar = schema.type_map[name]
        if isinstance(scalar, GraphQLScalarType):
            scalar.coerce_input_value = parse
    return schema


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise GraphQLError("Expected a date in the form YYYY-MM-DD.") from None


def _email(value: Any) -> str:
    if not isinstance(value, str) or value.count("@") != 1:
        raise GraphQLError("Expected an e-mail address.")
    return value


def _phone(value: Any) -> str:
    digits = [each for each in str(value) if each.isdigit()]
    if not isinstance(value, str) or not 10 <= len(digits) <= 15:
        raise GraphQLError("Expected a phone number.")
    return value


SCHEMA = _schema()


def answer(
    root: Root, query: str, variables: Document | None, operation: str | None
) -> ExecutionResult:
    return graphql_sync(SCHEMA, query, root, variable_values=variables, operation_name=operation)


@frozen
class Root:
    """
    Answers the fields of Query and Mutation; each method is called with the field's arguments.
    """

    records: Records
    orders_desk: Orders

    def organization(self, info: Info) -> Document:
        del info
        return {"id": "org_scripted0001", "name": "Scripted"}

    def patient(self, info: Info, id: str) -> Document | None:
        del info
        found = self.records.get("patient", id)
        return self.show_patient(found) if found else None

    def patients(
        self,
        info: Info,
        filter: Document | None = None,  # noqa: A002 - the schema's word
        after: str | None = None,
        first: int | None = None,
    ) -> list[Document]:
        del info
        wanted = filter or {}
        found = self.records.find("patient", externalId=wanted.get("externalId"))
        name = (wanted.get("name") or "").casefold()
        named = [each for each in found if name in _full(each["name"]).casefold()]
        return [self.show_patient(each) for each in page(named, after, first)]

    def prescription(self, info: Info, id: str) -> Document | None:
        del info
        found = self.records.get("prescription", id)
        return self.show_prescription(found) if found else None

    def prescriptions(
        self,
        info: Info,
        filter: Document | None = None,  # noqa: A002 - the schema's word
        after: str | None = None,
        first: int | None = None,
    ) -> list[Document]:
        del info
        wanted = filter or {}
        found = self.records.find(
            "prescription",
            externalId=wanted.get("externalId"),
            patientId=wanted.get("patientId"),
            state=wanted.get("state"),
        )
        found = self._of_patients_named(found, wanted.get("patientName"))
        return [self.show_prescription(each) for each in page(found, after, first)]

    def order(self, info: Info, id: str) -> Document | None:
        del info
        found = self.records.get("order", id)
        return self.show_order(found) if found else None

    def orders(
        self,
        info: Info,
        filter: Document | None = None,  # noqa: A002 - the schema's word
        after: str | None = None,
        first: int | None = None,
    ) -> list[Document]:
        del info
        wanted = filter or {}
        found = self.records.find(
            "order",
            externalId=wanted.get("externalId"),
            patientId=wanted.get("patientId"),
            state=wanted.get("state"),
        )
        found = self._of_patients_named(found, wanted.get("patientName"))
        return [self.show_order(each) for each in page(found, after, first)]

    def pharmacy(self, info: Info, id: str) -> Document | None:
        del info
        found = pharmacies.pharmacy(id)
        return found.document() if found else None

    def pharmacies(self, info: Info, **given: Any) -> list[Document]:
        del info
        near, location = None, given.get("location")
        if location and location.get("latitude") is not None:
            radius = location.get("radius") or _DEFAULT_RADIUS_MILES
            near = (location["latitude"], location.get("longitude") or 0.0, float(radius))
        found = pharmacies.search(name=given.get("name"), near=near, fulfilment=given.get("type"))
        start = given.get("after") or 0
        return [each.document() for each in found[start : start + (given.get("first") or 25)]]

    def medications(
        self,
        info: Info,
        filter: Document | None = None,  # noqa: A002 - the schema's word
        after: str | None = None,
        first: int | None = None,
    ) -> list[Document]:
        del info
        drug = (filter or {}).get("drug") or {}
        return page(self.records.medicines(drug.get("name"), drug.get("code")), after, first)

    def dispenseUnits(self, info: Info) -> list[Document]:  # noqa: N802
        del info
        return [{"name": name} for name in DISPENSE_UNITS]

    def createPatient(self, info: Info, **given: Any) -> Document:  # noqa: N802
        del info
        return self.show_patient(self.records.create_patient(given))

    def updatePatient(  # noqa: N802
        self, info: Info, id: str, **given: Any
    ) -> Document:
        del info
        return self.show_patient(self.records.update_patient(id, given))

    def createPrescription(self, info: Info, **given: Any) -> Document:  # noqa: N802
        del info
        return self.show_prescription(self.records.create_prescription(given))

    def cancelPrescription(self, info: Info, id: str) -> Document:  # noqa: N802
        del info
        return self.show_prescription(self.records.cancel_prescription(id))

    def createOrder(self, info: Info, **given: Any) -> Document:  # noqa: N802
        del info
        return self.show_order(self.orders_desk.create(given))

    def cancelOrder(  # noqa: N802
        self, info: Info, id: str, reason: str | None = None
    ) -> Document:
        del info
        return self.show_order(self.orders_desk.cancel(id, reason))

    def rerouteOrder(  # noqa: N802
        self,
        info: Info,
        id: str,
        pharmacyId: str,  # noqa: N803
    ) -> Document:
        del info
        return self.show_order(self.orders_desk.reroute(id, pharmacyId))

    routeOrder = rerouteOrder  # noqa: N815

    def show_patient(self, patient: Document) -> Document:
        return {
            **patient,
            "name": _named(patient["name"]),
            "prescriptions": lambda info, first=None: self.prescriptions(
                info, {"patientId": patient["id"]}, None, first
            ),
            "orders": lambda info, first=None: self.orders(
                info, {"patientId": patient["id"]}, None, first
            ),
        }

    def show_prescription(self, prescription: Document) -> Document:
        return {
            **prescription,
            "patient": lambda info: self.patient(info, prescription["patientId"]),
            "prescriber": {**PRESCRIBER, "name": _named(PRESCRIBER["name"])},
            "treatment": lambda _info: self.records.medicine(prescription["treatmentId"]),
            "fills": lambda _info: [
                self._show_fill(fill, order)
                for order in self.records.find("order", patientId=prescription["patientId"])
                for fill in order["fills"]
                if fill["prescriptionId"] == prescription["id"]
            ],
        }

    def show_order(self, order: Document) -> Document:
        return {
            **order,
            "patient": lambda info: self.patient(info, order["patientId"]),
            "pharmacy": lambda info: (
                self.pharmacy(info, order["pharmacyId"]) if order["pharmacyId"] else None
            ),
            "fills": [self._show_fill(fill, order) for fill in order["fills"]],
        }

    def _show_fill(self, fill: Document, order: Document) -> Document:
        return {
            **fill,
            "treatment": lambda _info: self.records.medicine(fill["treatmentId"]),
            "prescription": lambda info: (
                self.prescription(info, fill["prescriptionId"]) if fill["prescriptionId"] else None
            ),
            "order": lambda _info: self.show_order(order),
        }

    def _of_patients_named(self, found: list[Document], name: str | None) -> list[Document]:
        if not name:
            return found
        return [
            each
            for each in found
            if name.casefold()
            in _full(self.records.need("patient", each["patientId"])["name"]).casefold()
        ]


def _full(name: Document) -> str:
    parts = (name.get("title"), name["first"], name.get("middle"), name["last"])
    return " ".join(part for part in parts if part)


def _named(name: Document) -> Document:
    return {**name, "full": _full(name)}
