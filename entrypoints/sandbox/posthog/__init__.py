"""
PostHog: where product analytics would go.
"""

from __future__ import annotations

from entrypoints.sandbox.core.vendor import Vendor
from entrypoints.sandbox.posthog.collector import VENDOR_NAME, blueprint

VENDOR = Vendor(
    name=VENDOR_NAME,
    title="PostHog",
    blueprint=blueprint,
    describe=lambda: [("event", ["timestamp", "event", "distinct_id"])],
    pages=(("Events", "/events"),),
)
