"""
Which gateway speaks to which network.
"""

from collections.abc import Mapping

from application.orders.ports import PharmacyGateway, PharmacyUnreachable
from domain.orders.pharmacy import Network


class ConnectedNetworks:
    """The networks that are connected here."""

    def __init__(self, gateways: Mapping[Network, PharmacyGateway]) -> None:
        self._gateways = dict(gateways)

    def gateway(self, network: Network) -> PharmacyGateway:
        try:
            return self._gateways[network]
        except KeyError:
            raise PharmacyUnreachable(f"The network {network} is not connected here.") from None
