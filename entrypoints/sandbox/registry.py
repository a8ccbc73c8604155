"""
Every vendor that the sandbox plays.
"""

from __future__ import annotations

from entrypoints.sandbox.airwallex import VENDOR as AIRWALLEX
from entrypoints.sandbox.core.vendor import Vendor
from entrypoints.sandbox.fhir_pharmacy import VENDOR as FHIR_PHARMACY
from entrypoints.sandbox.mail import VENDOR as MAIL
from entrypoints.sandbox.nppes import VENDOR as NPPES
from entrypoints.sandbox.photon import VENDOR as PHOTON
from entrypoints.sandbox.posthog import VENDOR as POSTHOG
from entrypoints.sandbox.stripe import VENDOR as STRIPE
from entrypoints.sandbox.twilio import VENDOR as TWILIO

VENDORS: tuple[Vendor, ...] = (
    STRIPE,
    AIRWALLEX,
    PHOTON,
    FHIR_PHARMACY,
    TWILIO,
    POSTHOG,
    NPPES,
    MAIL,
)
