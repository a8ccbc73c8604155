"""
NPPES: the public registry of United States practitioners.
"""

from __future__ import annotations

from entrypoints.sandbox.core.vendor import Vendor
from entrypoints.sandbox.nppes.registry import ACTIONS, VENDOR_NAME, blueprint, enter_seed

VENDOR = Vendor(
    name=VENDOR_NAME,
    title="NPPES",
    blueprint=blueprint,
    start=enter_seed,
    actions=ACTIONS,
    describe=lambda: [("practitioner", ["number", "enumeration_type", "withheld"])],
)
