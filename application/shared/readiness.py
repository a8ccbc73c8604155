"""
Whether this process can serve: the database answers.
"""

from typing import Protocol


class Readiness(Protocol):
    """Asked by a load balancer before it sends anybody here."""

    def check(self) -> None:
        """
        Return quietly if requests can be served.

        Raises:
            Unavailable: They cannot, for now.
        """
        ...
