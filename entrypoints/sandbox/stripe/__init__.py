"""
Stripe: customers, payments, refunds, disputes, payouts, Checkout and Identity.
"""

from __future__ import annotations

from flask import Blueprint

from entrypoints.sandbox.core.vendor import Sandbox, Vendor


def _blueprint(ctx: Sandbox) -> Blueprint:
    del ctx
    return Blueprint("stripe", __name__)


VENDOR = Vendor(name="stripe", title="Stripe", blueprint=_blueprint, describe=list)
