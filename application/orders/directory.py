"""
Keeping the directory of pharmacies.
"""

from attrs import frozen

from application.orders.ports import OrdersUnitOfWork
from application.shared.access import Actor, Role, require_role
from application.shared.ports import Ids
from domain.orders.pharmacy import Network, Pharmacy
from domain.shared.ids import PharmacyId, to_wire
from domain.shared.jurisdiction import Jurisdiction


@frozen
class RegisterPharmacy:
    """
    Add a pharmacy, or replace what is known of one that its network knows already.
    """

    _uow: OrdersUnitOfWork
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        name: str,
        network: Network,
        network_reference: str,
        place: Jurisdiction,
        address: str,
        phone: str = "",
        delivers: bool = False,
        active: bool = True,
        preference: int = 100,
    ) -> PharmacyId:
        """
        Store it.

        Raises:
            AccessDenied: Not operations.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        with self._uow as uow:
            known = uow.pharmacies.find_by_network(network, network_reference)
            pharmacy = Pharmacy(
                id=known.id if known else PharmacyId(self._ids.new()),
                name=name,
                network=network,
                network_reference=network_reference,
                place=place,
                address=address,
                phone=phone,
                delivers=delivers,
                active=active,
                preference=preference,
            )
            uow.pharmacies.put(pharmacy)
            uow.audit.record(
                actor=actor,
                action="pharmacy.registered",
                subject=to_wire("pharmacy", pharmacy.id),
            )
            uow.commit()
        return pharmacy.id
