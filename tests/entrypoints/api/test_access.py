"""
Who may call what, for every declared operation: a new one cannot be forgotten.

Every operation is asked with a body that fits, so that only access can be what refuses it.
"""

import io
import json
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from application.shared.access import Role
from domain.shared.ids import to_wire
from entrypoints.api import app  # noqa: F401 - declares the operations
from entrypoints.api.operations import OPERATIONS, Operation
from tests.entrypoints.api.belongings import FILE_NAME, Belongings, own_everything
from tests.entrypoints.api.bodies import BODIES
from tests.entrypoints.api.world import World

A_CONSULTATION = to_wire("consultation", UUID(int=1))
REFUSED = {403, 404}
# Reads before writes, so that they find what there was.
GUARDED = sorted(
    (operation for operation in OPERATIONS if not operation.public),
    key=lambda operation: operation.method != "GET",
)
# What names nobody's secrets: any signed-in person may ask.
FOR_ALL = {"view_physician", "find_slots", "view_service"}
# Another physician's claim comes too late, and is told so.
KNOWN_CONFLICTS = {("other_physician", "claim_consultation")}

# What staff may do with what is somebody else's. Everything else is refused to them.
_OPERATIONS = {
    "cancel_consultation",
    "reassign_consultation",
    "view_timeline",
    "hold_slot",
    "reschedule_appointment",
    "view_appointment",
    "release_appointment",
    "return_consultation",
    "view_availability",
    "set_availability",
    "take_leave",
    "draft_prescription",
    "redraft_prescription",
    "discard_draft",
    "screen_prescription",
    "list_orders_of_prescription",
    "track_order",
    "choose_pharmacy",
    "cancel_order",
    "reroute_order",
    "settle_order",
    "view_payment",
    "quote_refund",
    "view_payout_account",
    "view_onboarding",
    "attest_licence",
    "refuse_licence",
    "offer_contract",
    "reject_application",
    "suspend_physician",
    "reinstate_physician",
    "revive_reaction",
    "revive_webhook",
    "retire_service",
    "view_commission_plan",
}
_PAY = {
    "view_commission_plan",
    "revise_commission_plan",
    "publish_commission_plan",
    "withdraw_commission_plan",
    "preview_commission_plan",
    "preview_earnings",
}
_RECONCILIATION = {
    "view_break",
    "assign_break",
    "propose_repair",
    "reject_repair",
    "approve_repair",
    "explain_break",
    "unmatch",
    "close_period",
}
_LEDGER = {
    "view_journal_entry",
    "view_account_statement",
    "export_account_statement",
    "view_account_balance",
    "follow_the_money",
}
_STATEMENTS = {
    "list_statements",
    "view_monthly_statement",
    "print_monthly_statement",
    "export_monthly_statement",
    "view_payout_statement",
    "print_payout_statement",
    "export_payout_statement",
}
_FINANCE = _RECONCILIATION | {
    "view_timeline",
    "view_appointment",
    "view_availability",
    "view_payment",
    "quote_refund",
    "view_dispute",
    "assign_dispute",
    "submit_evidence",
    "draft_evidence",
    "view_dispute_history",
    "end_dispute_review",
    "end_payment_review",
    "view_wallet",
    "where_is_my_money",
    "view_statement",
    *_LEDGER,
    *_STATEMENTS,
    *_PAY,
    "list_payouts",
    "view_payout_schedules",
    "view_payout",
    "cancel_payout",
    "place_hold",
    "release_hold",
    "approve_payout",
    "decline_payout",
    "resume_payout",
    "view_payout_account",
    "view_onboarding",
}
# No times of visits, and no money.
_ADMINISTRATOR = (_OPERATIONS | _RECONCILIATION | _PAY | _LEDGER) - {
    "hold_slot",
    "reschedule_appointment",
    "release_appointment",
    "set_availability",
    "take_leave",
    "quote_refund",
}
STAFF_MAY = {
    Role.OPERATIONS: _OPERATIONS,
    Role.FINANCE: _FINANCE,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
}


def names_somebodys(operation: Operation) -> bool:
    return bool(operation.parameters) and operation.name not in FOR_ALL


def query_of(operation: Operation) -> dict[str, str]:
    required = {"place": "AU", "currency": "AUD", "words": "amoxicillin"}
    return {name: value for name, value in required.items() if name in operation.query}


def ask(
    client: FlaskClient, operation: Operation, owned: Belongings, token: str | None = None
) -> TestResponse:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    sent = owned.body(operation.name)
    how: dict[str, Any] = {"json": sent}
    if operation.form:
        how = {"data": {**sent, "file": (io.BytesIO(b"%PDF-1.7"), "a.pdf")}}
    return client.open(
        "/v1" + owned.path(operation.path),
        method=operation.method,
        headers=headers,
        query_string=query_of(operation),
        **how,
    )


class Nothing(dict[str, str]):
    """Anything is called by its own name."""

    def __missing__(self, name: str) -> str:
        return name


@pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS if one.body is not None], ids=lambda one: one.name
)
def test_there_is_a_body_that_fits(operation: Operation) -> None:
    assert operation.body is not None
    sent = json.dumps(BODIES[operation.name]).replace("{consultation_id}", A_CONSULTATION)
    operation.body.model_validate_json(sent, strict=True)


@pytest.mark.parametrize("operation", GUARDED, ids=lambda one: one.name)
def test_nobody_is_refused(unreached: FlaskClient, operation: Operation) -> None:
    assert ask(unreached, operation, Belongings(Nothing())).status_code == 401


@pytest.fixture
def belongings(world: World) -> Belongings:
    return own_everything(world)


class TestStrangers:
    @pytest.mark.parametrize("person", ["stranger", "other_physician"])
    def test_can_neither_see_nor_touch_what_is_not_theirs(
        self, world: World, belongings: Belongings, person: str
    ) -> None:
        let_in = {}
        for operation in filter(names_somebodys, GUARDED):
            answer = ask(world.client, operation, belongings, world.tokens[person])
            if (person, operation.name) in KNOWN_CONFLICTS:
                assert answer.status_code == 409
            elif answer.status_code not in REFUSED:
                let_in[operation.name] = (answer.status_code, answer.text[:200])

        assert let_in == {}

    @pytest.mark.parametrize("person", ["stranger", "other_physician"])
    def test_find_nothing_of_others_in_their_own_lists(
        self, world: World, belongings: Belongings, person: str
    ) -> None:
        secrets = {
            belongings.ids[name]
            for name in (
                "patient_id",
                "consultation_id",
                "prescription_id",
                "order_id",
                "payout_id",
            )
        } | {FILE_NAME, "Tremblay"}
        leaks = {}
        for operation in GUARDED:
            if operation.method != "GET" or operation.parameters:
                continue
            answer = ask(world.client, operation, belongings, world.tokens[person])
            assert answer.status_code in {200, *REFUSED}, operation.name
            found = {secret for secret in secrets if secret in answer.text}
            if found:
                leaks[operation.name] = found

        assert leaks == {}

    @pytest.mark.parametrize("person", ["patient", "physician"])
    def test_are_kept_from_the_work_of_staff(
        self, world: World, belongings: Belongings, person: str
    ) -> None:
        for operation in GUARDED:
            if operation.tag == "Operations":
                answer = ask(world.client, operation, belongings, world.tokens[person])
                assert answer.status_code == 403, operation.name


class TestStaff:
    @pytest.mark.parametrize("role", STAFF_MAY, ids=lambda role: role.value)
    def test_may_do_what_their_role_is_for_and_nothing_else(
        self, world: World, belongings: Belongings, role: Role
    ) -> None:
        let_in = set()
        for operation in filter(names_somebodys, GUARDED):
            answer = ask(world.client, operation, belongings, world.tokens[role.value])
            assert answer.status_code != 500, operation.name
            if answer.status_code not in REFUSED:
                let_in.add(operation.name)

        assert sorted(let_in - STAFF_MAY[role]) == []
        assert sorted(STAFF_MAY[role] - let_in) == []


class TestOwners:
    @pytest.mark.parametrize("person", ["patient", "physician"])
    def test_see_what_is_theirs(self, world: World, belongings: Belongings, person: str) -> None:
        theirs = {
            "patient": {
                "view_patient",
                "list_consents",
                "view_access_log",
                "view_consultation",
                "read_messages",
                "view_appointment",
                "list_prescriptions_of_consultation",
                "view_prescription",
                "list_orders_of_prescription",
                "track_order",
                "view_payment",
                "quote_cancellation",
                "list_documents",
            },
            "physician": {
                "view_patient",
                "view_workspace",
                "read_messages",
                "view_appointment",
                "view_availability",
                "screen_prescription",
                "view_calendar_feed",
                "list_prescriptions_of_consultation",
                "view_prescription",
                "list_orders_of_prescription",
                "track_order",
                "view_onboarding",
                "preview_earnings",
                "view_wallet",
                "where_is_my_money",
                "view_statement",
                *_STATEMENTS,
                "list_payouts",
                "view_payout_schedules",
                "view_payout",
                "view_payout_account",
                "list_documents",
                "view_access_log",
                "list_consents",
            },
        }
        seen = set()
        for operation in filter(names_somebodys, GUARDED):
            if operation.method != "GET":
                continue
            answer = ask(world.client, operation, belongings, world.tokens[person])
            assert answer.status_code < 500, (operation.name, answer.text)
            if answer.status_code == 200:
                seen.add(operation.name)

        assert seen == theirs[person]
