"""
Orders: what a pharmacy is asked to dispense.

    ROUTING ──> PENDING ──> PLACED ──────────────────────────> COMPLETED
       └───────────┴───────────┴──> CANCELED | ERROR
                               SENT > RECEIVED > READY > PICKED_UP       collected
                               SENT > FILLING > SHIPPED > DELIVERED      by mail
"""

from __future__ import annotations

from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.photon.events import Events
from entrypoints.sandbox.photon.pharmacies import MAIL_ORDER, PICK_UP, Pharmacy, pharmacy
from entrypoints.sandbox.photon.records import VENDOR_NAME, Records, Refused, moment, new_id

STEPS = {
    PICK_UP: ("SENT", "RECEIVED", "READY", "PICKED_UP"),
    MAIL_ORDER: ("SENT", "FILLING", "SHIPPED", "DELIVERED"),
}
STEP_SECONDS = 1.5
_LAST = frozenset({"COMPLETED", "CANCELED"})
_HANDED_OVER = frozenset({"PICKED_UP", "SHIPPED", "DELIVERED"})
_BEING_PREPARED = frozenset({"FILLING", "READY"})


class Orders:
    def __init__(self, ctx: Sandbox, records: Records, events: Events) -> None:
        self._ctx = ctx
        self._records = records
        self._events = events

    def create(self, given: Document) -> Document:
        """
        Ask for fills. The network does not notice an ``externalId`` that it has seen before.
        """
        self._records.need("patient", given["patientId"])
        if not given["fills"]:
            raise Refused("BAD_USER_INPUT", "An order needs at least one fill.")
        to = _known_pharmacy(given["pharmacyId"]) if given.get("pharmacyId") else None
        now = moment(self._ctx.clock.now())
        order: Document = {
            "id": new_id("ord"),
            "externalId": given.get("externalId"),
            "patientId": given["patientId"],
            "pharmacyId": to.id if to else None,
            "address": given["address"],
            "state": "PENDING" if to else "ROUTING",
            "fills": [self._fill(fill, given["patientId"], now) for fill in given["fills"]],
            "fulfillment": None,
            "createdAt": now,
        }
        with self._ctx.store.transaction():
            self._save(order)
            self._events.order(
                "created",
                order,
                pharmacyId=order["pharmacyId"],
                fills=self._events.fills(order),
                createdAt=now,
            )
            self._continue_later(order)
        return order

    def get(self, id: str) -> Document:
        return self._records.need("order", id)

    def cancel(self, id: str, reason: str | None) -> Document:
        """
        Take an order back, if no pharmacy is preparing it yet.

        Raises:
            Refused: `ORDER_ALREADY_DISPENSED`, `ORDER_IN_PREPARATION`, `FORBIDDEN`, `NOT_FOUND`.
        """
        if self._ctx.faults.take(VENDOR_NAME, "cancel_not_permitted", order_id=id):
            raise Refused("FORBIDDEN", "Not authorized to cancel this order.")
        with self._ctx.store.transaction():
            order = self.get(id)
            if order["state"] == "CANCELED":
                return order
            step = _step(order)
            if order["state"] == "COMPLETED" or step in _HANDED_OVER:
                raise Refused("ORDER_ALREADY_DISPENSED", "The order has already been dispensed.")
            if step in _BEING_PREPARED:
                raise Refused("ORDER_IN_PREPARATION", "The pharmacy is preparing the order.")
            with_dispenser = order["state"] == "PLACED"
            self.force_cancel(
                order, "CANCELED_WITH_DISPENSER" if with_dispenser else "CANCELED", reason
            )
        return order

    def force_cancel(self, order: Document, outcome: str, reason: str | None) -> None:
        """
        Mark as cancelled, whatever it was; a pharmacy can do that even after it dispensed.
        """
        order["state"] = "CANCELED"
        order["cancellation"] = {
            "outcome": outcome,
            "reason": reason,
            "canceledAt": moment(self._ctx.clock.now()),
        }
        for fill in order["fills"]:
            fill["state"] = "CANCELED"
        self._save(order)
        self._events.order("canceled", order, reason=reason, outcome=outcome)

    def reroute(self, id: str, pharmacy_id: str) -> Document:
        """
        Send an order to another pharmacy, which starts anew.

        Raises:
            Refused: `ORDER_NOT_REROUTABLE` once a pharmacy prepares it, or it has ended.
        """
        with self._ctx.store.transaction():
            order = self.get(id)
            to = _known_pharmacy(pharmacy_id)
            step = _step(order)
            if order["state"] in _LAST or step in _HANDED_OVER | _BEING_PREPARED:
                raise Refused("ORDER_NOT_REROUTABLE", "The order can no longer change pharmacy.")
            before = order["pharmacyId"]
            order.update(pharmacyId=to.id, state="PENDING", fulfillment=None, error=None)
            self._save(order)
            self._events.order("rerouted", order, pharmacyId=to.id, previousPharmacyId=before)
            self._continue_later(order)
        return order

    def advance(self, id: str, *, going_on: bool = True) -> Document:
        """
        One step on the way to the patient, within the caller's transaction.

        Args:
            going_on: Whether the autopilot takes the step after this one.
        """
        order = self.get(id)
        if order["state"] == "PENDING":
            self._place(order)
        elif order["state"] == "PLACED":
            self._fulfil_further(order)
        if going_on:
            self._continue_later(order)
        return order

    def fail(self, id: str, reason: str) -> Document:
        with self._ctx.store.transaction():
            order = self.get(id)
            order.update(state="ERROR", error=reason)
            self._save(order)
            self._events.order("error", order, reason=reason)
        return order

    def dispense_again(self, id: str) -> Document:
        """
        The pharmacy's mistake of filling a completed order a second time.
        """
        with self._ctx.store.transaction():
            order = self.get(id)
            now = moment(self._ctx.clock.now())
            again = [
                {**fill, "id": new_id("fil"), "state": "SENT", "filledAt": now}
                for fill in order["fills"]
            ]
            order["fills"] += again
            self._save(order)
            self._report_fulfilment(order)
            self._events.order("completed", order, fills=self._events.fills(order))
        return order

    def _place(self, order: Document) -> None:
        to = _known_pharmacy(order["pharmacyId"])
        refused = self._ctx.faults.take(
            VENDOR_NAME, "pharmacy_rejects", external_id=order["externalId"], pharmacy_id=to.id
        )
        if refused:
            self.fail(
                order["id"], str(refused.params.get("reason", "The pharmacy cannot fill it."))
            )
            order["state"] = "ERROR"
            return
        order["state"] = "PLACED"
        order["fulfillment"] = {"type": to.fulfilment[0], "state": "SENT"}
        for fill in order["fills"]:
            fill["state"] = "SENT"
        self._save(order)
        self._events.order("placed", order, pharmacyId=to.id)
        self._report_fulfilment(order)

    def _fulfil_further(self, order: Document) -> None:
        fulfilment = order["fulfillment"]
        steps = STEPS[fulfilment["type"]]
        here = steps.index(fulfilment["state"])
        if here + 1 == len(steps):
            return
        fulfilment["state"] = steps[here + 1]
        if fulfilment["state"] == "SHIPPED":
            fulfilment |= {"carrier": "UPS", "trackingNumber": f"1Z{order['id'][-12:]}"}
        if here + 2 == len(steps):
            self._complete(order)
        else:
            self._save(order)
            self._report_fulfilment(order)

    def _complete(self, order: Document) -> None:
        order["state"] = "COMPLETED"
        now = moment(self._ctx.clock.now())
        for fill in order["fills"]:
            fill["filledAt"] = now
        self._save(order)
        self._report_fulfilment(order)
        self._events.order("completed", order, fills=self._events.fills(order))
        for fill in order["fills"]:
            if fill["prescriptionId"]:
                self._records.use_fill(fill["prescriptionId"])

    def _report_fulfilment(self, order: Document) -> None:
        self._events.order(
            "fulfillment",
            order,
            pharmacyId=order["pharmacyId"],
            fulfillment={"carrier": None, "trackingNumber": None, **order["fulfillment"]},
        )

    def _fill(self, given: Document, patient_id: str, now: str) -> Document:
        prescription_id = given.get("prescriptionId")
        treatment_id = given.get("treatmentId")
        if prescription_id:
            prescription = self._records.need("prescription", prescription_id)
            if prescription["patientId"] != patient_id:
                raise Refused("BAD_USER_INPUT", "The prescription is another patient's.")
            if prescription["state"] != "ACTIVE":
                raise Refused(
                    "PRESCRIPTION_NOT_ACTIVE", f"The prescription is {prescription['state']}."
                )
            treatment_id = prescription["treatmentId"]
        elif not treatment_id:
            raise Refused("BAD_USER_INPUT", "A fill needs a prescriptionId or a treatmentId.")
        self._records.medicine(str(treatment_id))
        return {
            "id": new_id("fil"),
            "state": "NEW",
            "prescriptionId": prescription_id,
            "treatmentId": treatment_id,
            "requestedAt": now,
            "filledAt": None,
        }

    def _continue_later(self, order: Document) -> None:
        if self._ctx.settings.autopilot and order["state"] in {"PENDING", "PLACED"}:
            payload: dict[str, Any] = {"order_id": order["id"], "seen": _progress(order)}
            self._ctx.scheduler.by_itself(STEP_SECONDS, VENDOR_NAME, "advance_order", payload)

    def go_on(self, id: str, seen: list[Any]) -> None:
        """
        The autopilot's turn; it keeps out when somebody else moved the order meanwhile.
        """
        if _progress(self.get(id)) == seen:
            self.advance(id)

    def _save(self, order: Document) -> None:
        self._ctx.store.put(VENDOR_NAME, "order", order["id"], order)


def _progress(order: Document) -> list[Any]:
    return [order["state"], _step(order), order["pharmacyId"]]


def _step(order: Document) -> str | None:
    return order["fulfillment"]["state"] if order["fulfillment"] else None


def _known_pharmacy(id: str) -> Pharmacy:
    found = pharmacy(id)
    if found is None:
        raise Refused("NOT_FOUND", f"No pharmacy has the id {id}.")
    return found
