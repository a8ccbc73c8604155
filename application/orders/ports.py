"""
What the supply of medicines needs of the outside.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from attrs import field, frozen

from application.consultations.ports import ConsultationRepository
from application.patients.ports import PatientRepository
from application.physicians.ports import PhysicianRepository
from application.prescriptions.ports import PrescriptionRepository
from application.shared.ports import UnitOfWork
from domain.orders.fulfilment import CancelOutcome, OrderFailure, OrderStatus
from domain.orders.order import Order
from domain.orders.pharmacy import Network, Pharmacy
from domain.prescriptions.events import PrescriptionCancelReason
from domain.prescriptions.prescription import PrescriptionItem
from domain.shared.errors import DomainError, Unavailable
from domain.shared.ids import OrderId, PatientId, PharmacyId, PrescriptionId


class PharmacyRefused(DomainError):
    """The network does not accept the order, and asking again will not help."""

    def __init__(self, message: str, *, reason: OrderFailure = OrderFailure.REFUSED) -> None:
        super().__init__(message)
        self.reason = reason


class PharmacyUnreachable(Unavailable):
    """The network did not take the request at all; it can be made again."""


class PrescriberMustSign(Unavailable):
    """
    The network lets no program sign: the prescriber completes it in the network's own application.
    """


class PharmacyOutcomeUnknown(Unavailable):
    """No answer: the order may exist. It must be looked up before it is sent again."""


@frozen(kw_only=True)
class Recipient:
    """Whom the medicines are for."""

    patient_id: PatientId
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    sex: str = field(repr=False)
    phone: str | None = field(repr=False)
    address_lines: tuple[str, ...] = field(repr=False)
    city: str = field(repr=False)
    postal_code: str = field(repr=False)
    place: str


@frozen(kw_only=True)
class Prescriber:
    """Who signed."""

    given_name: str
    family_name: str
    licence_number: str


@frozen(kw_only=True)
class PharmacyOrder:
    """
    Everything that a pharmacy is told. `order_id` is our identity of it, good for look-ups.
    """

    order_id: OrderId
    prescription_id: PrescriptionId
    network_reference: str
    recipient: Recipient
    prescriber: Prescriber
    items: tuple[PrescriptionItem, ...] = field(repr=False)
    signed_at: datetime


@frozen(kw_only=True)
class RemoteOrder:
    """
    What a network says of an order.

    Args:
        reference: The network's identifier.
        status: None when its word has no meaning that we know.
        vendor_status: Its very word.
        fills: How often it was dispensed, as far as the network tells.
        pharmacy: What the network calls the pharmacy that has it now, where it tells.
    """

    reference: str
    status: OrderStatus | None
    vendor_status: str
    fills: int = 0
    pharmacy: str | None = None


class PharmacyGateway(Protocol):
    """A network of pharmacies. Each adapter speaks one protocol."""

    def send(self, order: PharmacyOrder) -> RemoteOrder:
        """
        Send an order. Sending the same one again finds the first.

        Raises:
            PharmacyRefused: It will not be taken.
            PrescriberMustSign: Not before the prescriber has signed there.
            PharmacyUnreachable: The request did not arrive.
            PharmacyOutcomeUnknown: No answer; it may exist.
        """
        ...

    def find(self, order_id: OrderId) -> RemoteOrder | None:
        """
        Look for an order by our identifier.

        Raises:
            PharmacyUnreachable: No answer.
        """
        ...

    def status(self, reference: str) -> RemoteOrder | None:
        """
        Fetch an order by the network's identifier; None when it does not know it.

        Raises:
            PharmacyUnreachable: No answer.
        """
        ...

    def resolve(self, subject: str) -> str | None:
        """
        Say which order a message of the network is about; None when it is about none.

        Raises:
            PharmacyUnreachable: No answer.
        """
        ...

    def cancel(self, reference: str, *, reason: PrescriptionCancelReason) -> CancelOutcome:
        """
        Ask to call it back. Asking again gives the outcome of the first time.

        Raises:
            PharmacyUnreachable: No answer; ask again.
        """
        ...


class PharmacyNetworks(Protocol):
    """Which gateway speaks to which network."""

    def gateway(self, network: Network) -> PharmacyGateway:
        """
        Give the gateway.

        Raises:
            PharmacyUnreachable: The network is not connected here.
        """
        ...


class PharmacyRepository(Protocol):
    """The directory of pharmacies."""

    def get(self, pharmacy_id: PharmacyId) -> Pharmacy:
        """
        One of them.

        Raises:
            PharmacyNotFound: There is none.
        """
        ...

    def put(self, pharmacy: Pharmacy) -> None:
        """Add it, or replace what is known of it."""
        ...

    def in_country(self, country: str) -> Sequence[Pharmacy]:
        """The active ones of a country, by name."""
        ...

    def find_by_network(self, network: Network, reference: str) -> Pharmacy | None:
        """The one that a network knows under a reference."""
        ...

    def preferred_by(self, patient_id: PatientId) -> PharmacyId | None:
        """What the patient chose the last time."""
        ...

    def prefer(self, patient_id: PatientId, pharmacy_id: PharmacyId) -> None:
        """Remember what the patient chose."""
        ...


class OrderRepository(Protocol):
    """Orders by identifier, locked until the transaction ends."""

    def add(self, order: Order) -> None:
        """
        Store a new one.

        Raises:
            CopyStillDispensable: Another order of the lineage can be dispensed.
        """
        ...

    def get(self, order_id: OrderId) -> Order:
        """
        Load one.

        Raises:
            OrderNotFound: There is none.
        """
        ...

    def save(self, order: Order) -> None:
        """
        Store a changed one.

        Raises:
            CopyStillDispensable: Another order of the lineage can be dispensed.
        """
        ...

    def of_prescription(self, prescription_id: PrescriptionId) -> Sequence[Order]:
        """All of a prescription, locked, oldest first."""
        ...

    def of_lineage(self, lineage_id: PrescriptionId) -> Sequence[Order]:
        """All of a prescription and those it replaces or is replaced by, locked, oldest first."""
        ...

    def find_by_reference(self, reference: str) -> OrderId | None:
        """The one that a network knows under a reference."""
        ...

    def unsettled(self, *, before: datetime, limit: int) -> Sequence[OrderId]:
        """
        Those that nobody has heard of since: created, sending, unknown, or at a pharmacy.

        Longest silent first.
        """
        ...

    def ended_between(
        self, since: datetime, until: datetime, *, after: OrderId | None = None, limit: int
    ) -> Sequence[OrderId]:
        """
        Those that a network knows and that ended then, by identifier.

        Args:
            until: Not included.
            after: The last one that was given before.
        """
        ...


class OrdersUnitOfWork(UnitOfWork, Protocol):
    """A transaction over orders and what they look at."""

    @property
    def orders(self) -> OrderRepository: ...

    @property
    def pharmacies(self) -> PharmacyRepository: ...

    @property
    def prescriptions(self) -> PrescriptionRepository: ...

    @property
    def consultations(self) -> ConsultationRepository: ...

    @property
    def patients(self) -> PatientRepository: ...

    @property
    def physicians(self) -> PhysicianRepository: ...
