"""
What people and programs are here as.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a signed-in person or a machine client is here as."""

    PATIENT = "patient"
    PHYSICIAN = "physician"
    OPERATIONS = "operations"  # applications, stuck work, service catalogue
    FINANCE = "finance"  # payouts, refunds, reconciliation
    ADMINISTRATOR = "administrator"  # users, roles, configuration


STAFF_ROLES = frozenset({Role.OPERATIONS, Role.FINANCE, Role.ADMINISTRATOR})
