"""
Taking a webhook in: verify, store, acknowledge. The work on it comes later.
"""

from collections.abc import Mapping

from attrs import frozen

from application.shared.ports import Clock
from application.webhooks.ports import WebhookInbox, WebhookVerifier
from domain.shared.errors import NotFound


class UnknownVendor(NotFound):
    """Nobody of that name sends us webhooks."""


@frozen
class WebhookVerifiers:
    """Each vendor's way of signing, by the name in our webhook address."""

    by_vendor: Mapping[str, WebhookVerifier]


@frozen
class ReceiveWebhook:
    """
    Keep what a vendor sent, once, if the vendor really sent it.
    """

    _verifiers: WebhookVerifiers
    _inbox: WebhookInbox
    _clock: Clock

    def __call__(self, *, vendor: str, headers: Mapping[str, str], body: bytes, url: str) -> bool:
        """
        Returns whether it was new.

        Raises:
            UnknownVendor: No such vendor.
            ForgedWebhook: The signature does not hold.
            MalformedWebhook: It cannot be read.
        """
        verifier = self._verifiers.by_vendor.get(vendor)
        if verifier is None:
            raise UnknownVendor("No vendor of that name sends webhooks here.")
        event = verifier.verify(headers=headers, body=body, url=url)
        stored = self._inbox.store(vendor=vendor, event=event, body=body, now=self._clock.now())
        return stored is not None
