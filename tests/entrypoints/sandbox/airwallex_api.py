"""
A caller of the played Airwallex, signed in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import httpx
from attrs import define

from tests.entrypoints.sandbox.vendor_world import World, world

PLATFORM = "acct_platformScripted0001"
BANK_ACCOUNT = {
    "beneficiary": {
        "type": "BANK_ACCOUNT",
        "entity_type": "PERSONAL",
        "first_name": "Amelia",
        "last_name": "Moreau",
        "bank_details": {
            "account_currency": "AUD",
            "account_name": "Amelia Moreau",
            "account_number": "12345678",
            "account_routing_type1": "bsb",
            "account_routing_value1": "083064",
            "bank_country_code": "AU",
            "local_clearing_system": "BANK_TRANSFER",
        },
    },
    "transfer_methods": ["LOCAL"],
}
PERSON = {
    "account_details": {
        "legal_entity_type": "INDIVIDUAL",
        "individual_details": {"first_name": "Amelia", "last_name": "Moreau"},
    },
    "primary_contact": {"email": "amelia@example.test"},
    "customer_agreements": {"agreed_to_terms_and_conditions": True, "agreed_to_data_usage": True},
    "identifier": "physician-1",
}


@define
class Api:
    world: World
    token: str = ""
    acting_for: str | None = None

    def log_in(self) -> httpx.Response:
        answer = self.world.http.post(
            f"{self.world.url}/airwallex/api/v1/authentication/login",
            headers={"x-client-id": "scripted_sandbox_client", "x-api-key": "scripted_sandbox_key"},
        )
        self.token = answer.json()["token"]
        return answer

    def headers(self) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self.token}", "x-api-version": "2026-05-29"}
        return own | ({"x-on-behalf-of": self.acting_for} if self.acting_for else {})

    def post(self, path: str, body: Any = None) -> httpx.Response:
        url = f"{self.world.url}/airwallex/api/v1/{path}"
        return self.world.http.post(url, json=body or {}, headers=self.headers())

    def get(self, path: str, **params: Any) -> httpx.Response:
        url = f"{self.world.url}/airwallex/api/v1/{path}"
        return self.world.http.get(url, params=params, headers=self.headers())

    def done(self, path: str, body: Any = None) -> dict[str, Any]:
        answer = self.post(path, body)
        assert answer.status_code in {200, 201}, answer.text
        return dict(json.loads(answer.text, parse_float=Decimal))

    def available(self, currency: str) -> Decimal:
        answer = self.get("balances/current")
        wallets = {
            wallet["currency"]: wallet for wallet in json.loads(answer.text, parse_float=Decimal)
        }
        return Decimal(wallets.get(currency, {"available_amount": 0})["available_amount"])

    def beneficiary(self) -> str:
        return str(self.done("beneficiaries/create", BANK_ACCOUNT)["id"])

    def transfer(self, request_id: str, amount: str = "250.10", **more: Any) -> dict[str, Any]:
        return self.done("transfers/create", self.order(request_id, amount, **more))

    def order(self, request_id: str, amount: str = "250.10", **more: Any) -> dict[str, Any]:
        return {
            "request_id": request_id,
            "beneficiary_id": self.beneficiary(),
            "transfer_amount": amount,
            "transfer_currency": "AUD",
            "source_currency": "AUD",
            "transfer_method": "LOCAL",
            "reason": "professional_service_fees",
            "reference": "Scripted payout",
            **more,
        }

    def step(self, transfer: dict[str, Any], *statuses: str, **more: Any) -> dict[str, Any]:
        for status in statuses:
            transfer = self.done(
                f"simulation/transfers/{transfer['id']}/transition",
                {"next_status": status, **more},
            )
        return transfer

    def active_account(self) -> str:
        account = self.done("accounts/create", PERSON)
        self.done(f"accounts/{account['id']}/submit")
        self.done(f"simulation/accounts/{account['id']}/update_status", {"next_status": "ACTIVE"})
        return str(account["id"])


@contextmanager
def signed_in(*, autopilot: bool = False) -> Iterator[Api]:
    with world(autopilot=autopilot) as here:
        api = Api(here)
        api.log_in()
        yield api
