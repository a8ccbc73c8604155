"""
What pharmacies tell us: signatures, ages, shapes.
"""

import hashlib
import hmac

import pytest

from adapters.pharmacies.fhir.webhooks import FhirPharmacyWebhooks
from adapters.pharmacies.photon.webhooks import PhotonWebhooks
from adapters.system.clock import SystemClock
from application.webhooks.ports import ForgedWebhook, MalformedWebhook, WebhookVerifier
from tests.contracts.pharmacy_vendors import (
    Fhir,
    Photon,
    an_order,
    name_of,
)
from tests.entrypoints.sandbox.vendor_world import Heard


class TestWebhooks:
    def verifier(self, remote: Photon | Fhir) -> WebhookVerifier:
        if isinstance(remote, Photon):
            return PhotonWebhooks(
                ["older", "whsec_photon_scripted"], organisation="org_scripted0001"
            )
        return FhirPharmacyWebhooks(
            ["older", "whsec_fhir_pharmacy_scripted"],
            SystemClock(),
            subscription="Subscription/platform",
        )

    def heard(self, remote: Photon | Fhir, *faults: str) -> list[Heard]:
        for fault in faults:
            remote.world.fault(name_of(remote), fault)
        order = an_order(network_reference=remote.pharmacy)
        remote.gateway.send(order)
        remote.goes_on(order, 4)
        remote.world.run_due()
        return remote.world.ear.heard

    def test_every_message_leads_back_to_the_order(self, remote: Photon | Fhir) -> None:
        order = an_order(network_reference=remote.pharmacy)
        reference = remote.gateway.send(order).reference
        remote.goes_on(order, 4)
        remote.world.run_due()

        subjects = [
            remote.gateway.resolve(event.reference)
            for one in remote.world.ear.heard
            if (
                event := self.verifier(remote).verify(
                    headers=one.headers, body=one.raw, url=one.path
                )
            ).reference
        ]

        assert subjects
        assert set(subjects) == {reference}

    @pytest.mark.parametrize(
        "fault",
        ["webhook_bad_signature", "webhook_reserialised_body", "webhook_wrong_account"],
    )
    def test_a_forged_message_is_refused(self, remote: Photon | Fhir, fault: str) -> None:
        forged = self.heard(remote, fault)

        assert self.refusals(remote, forged) == 1

    def test_an_old_notice_is_refused(self, fhir: Fhir) -> None:
        assert self.refusals(fhir, self.heard(fhir, "webhook_old_timestamp")) == 1

    def refusals(self, remote: Photon | Fhir, messages: list[Heard]) -> int:
        verifier = self.verifier(remote)
        refused = 0
        for one in messages:
            try:
                verifier.verify(headers=one.headers, body=one.raw, url=one.path)
            except ForgedWebhook:
                refused += 1
        return refused

    def test_a_genuine_message_in_an_unknown_shape(self) -> None:
        body = b'["not", "an", "event"]'
        signature = hmac.new(b"secret", body, hashlib.sha256).hexdigest()

        with pytest.raises(MalformedWebhook):
            PhotonWebhooks(["secret"]).verify(
                headers={"x-photon-signature": signature}, body=body, url=""
            )
