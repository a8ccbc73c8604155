"""
What repositories share within one transaction.
"""

from attrs import define, field
from sqlalchemy import Connection

from adapters.security.encryption import BlindIndex, PatientVault, PlatformCipher
from application.shared.ports import Clock
from domain.shared.events import Aggregate, DomainEvent


@define(eq=False, kw_only=True)
class Scope:
    """
    An open transaction with the keys to what is sealed in it.

    Args:
        vault: Seals and opens a patient's columns.
        platform_cipher: The same for personal data and secrets that are no patient's.
        blind_index: Finds sealed values by equality.
    """

    connection: Connection
    clock: Clock
    vault: PatientVault
    platform_cipher: PlatformCipher
    blind_index: BlindIndex
    events: list[DomainEvent] = field(factory=list, init=False)

    def collect(self, aggregate: Aggregate) -> None:
        """Take the events that an aggregate recorded, to be stored at commit."""
        self.events.extend(aggregate.pull_events())
