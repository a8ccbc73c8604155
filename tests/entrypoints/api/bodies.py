"""
A body that fits, for every operation that takes one.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from application.shared.access import Role
from domain.shared.ids import (
    RefundQuoteId,
    to_wire,
)
from tests.builders.care import (
    OTHER_PHARMACY,
    SECOND_PHYSICIAN,
)
from tests.builders.catalogue import SERVICE, WRITTEN
from tests.builders.physicians import PHYSICIAN, PLAN
from tests.entrypoints.api.world import STAFF

QUOTE = RefundQuoteId(UUID(int=711))
_LINE = {
    "medication_code": "amoxicillin-500mg-capsule",
    "dose": "1",
    "times_per_day": 3,
    "quantity": 21,
}
_START = "2026-03-09T01:00:00Z"
_RULE = {"percent_bp": 2000}

# What each operation that takes a body is asked with: all of it fits. What stands in braces
# is one of the belongings.
_PAID: Mapping[str, Any] = {
    "amount": {"amount": 10_000, "currency": "AUD"},
    "reference": "bank-1",
    "occurred_at": "2026-03-01T09:00:00Z",
}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "sign_in": {"email": "a@clinic.test", "password": "x"},
    "enrol_second_factor": {"password": "x"},
    "register_user": {"email": "b@clinic.test", "password": "a long walk in winter"},
    "register_patient": {
        "email": "c@clinic.test",
        "password": "a long walk in winter",
        "given_name": "Ada",
        "family_name": "Berg",
        "date_of_birth": "1990-01-01",
        "sex": "female",
        "place": "AU",
    },
    "issue_machine_token": {
        "client_id": to_wire("machine_client", UUID(int=1)),
        "client_secret": "x",
    },
    "confirm_second_factor": {"code": "123456"},
    "step_up": {"code": "123456"},
    "change_patient_details": {
        "given_name": "Noah",
        "family_name": "Tremblay",
        "sex": "male",
        "place": "AU",
        "time_zone": "Australia/Sydney",
        "locale": "en",
    },
    "update_health": {"allergies": []},
    "give_consent": {"kind": "telehealth", "version": 1},
    "start_consultation": {"service_id": to_wire("service", SERVICE)},
    "save_answers": {"answers": {"onset": "gradual"}},
    "cancel_consultation": {"reason": "platform"},
    "send_message": {"body": "Hello"},
    "reassign_consultation": {
        "physician_id": to_wire("physician", SECOND_PHYSICIAN),
        "reason": "ill",
    },
    "write_note": {"assessment": "Well.", "plan": "Rest."},
    "add_addendum": {"text": "Called back."},
    "complete_consultation": {"outcome": "treated"},
    "hold_slot": {"physician_id": to_wire("physician", PHYSICIAN), "start_at": _START},
    "reschedule_appointment": {"start_at": _START},
    "set_availability": {"time_zone": "Australia/Sydney", "weekly": []},
    "take_leave": {"first_on": "2026-03-09", "last_on": "2026-03-10"},
    "draft_prescription": {"lines": [_LINE]},
    "redraft_prescription": {
        "consultation_id": "{consultation_id}",
        "lines": [_LINE],
    },
    "sign_prescription": {"content_hash": "x"},
    "cancel_prescription": {"reason": "clinical_change"},
    "choose_pharmacy": {"pharmacy_id": to_wire("pharmacy", OTHER_PHARMACY)},
    "reroute_order": {"pharmacy_id": to_wire("pharmacy", OTHER_PHARMACY)},
    "cancel_order": {},
    "settle_order": {"attention": "no_pharmacy", "reason": "They gave it out once."},
    "start_payment": {"return_url": "https://portal.test/back"},
    "quote_refund": {},
    "refund_payment": {"quote_id": to_wire("refund_quote", QUOTE), "reason": "kindness"},
    "end_payment_review": {"note": "Seen."},
    "end_dispute_review": {"note": "Seen."},
    "submit_evidence": {"explanation": "It took place."},
    "draft_commission_plan": {"code": "evenings", "name": "Evenings", "rules": [_RULE]},
    "revise_commission_plan": {"name": "Standard", "rules": [_RULE]},
    "publish_commission_plan": {"revision": 1},
    "withdraw_commission_plan": {"reason": "too dear"},
    "publish_service": {"code": "headache-2", "offer": WRITTEN},
    "request_payout": {"amount": {"amount": 5_000, "currency": "AUD"}},
    "choose_payout_schedule": {"cadence": "weekly", "weekday": 4},
    "place_hold": {
        "amount": {"amount": 100, "currency": "AUD"},
        "category": "unusual_activity",
        "review_until": "2026-03-20T00:00:00Z",
        "reason": "odd pattern",
    },
    "release_hold": {"reason": "explained"},
    "approve_payout": {"note": "checked"},
    "decline_payout": {"reason": "Your contract has ended."},
    "resume_payout": {"reason": "checked"},
    "link_bank_account": {
        "country": "AU",
        "currency": "AUD",
        "account_name": "Amelia Moreau",
        "account_number": "123456789",
        "routing_type": "bsb",
        "routing_value": "083064",
    },
    "apply_as_physician": {
        "given_name": "Ada",
        "family_name": "Berg",
        "specialties": ["general_practice"],
        "languages": ["en"],
        "time_zone": "Australia/Sydney",
    },
    "start_verification": {"return_url": "https://portal.test/back"},
    "start_identity_check": {"return_url": "https://portal.test/back"},
    "add_licence": {
        "jurisdiction": "AU",
        "kind": "ahpra",
        "number": "MED0001863417",
        "expires_on": "2030-01-01",
    },
    "attest_licence": {"evidence": "register, page 3"},
    "refuse_licence": {"reason": "not found"},
    "offer_contract": {
        "commission_plan_id": to_wire("commission_plan", PLAN),
        "commission_plan_version": 1,
    },
    "reject_application": {"reason": "incomplete"},
    "suspend_physician": {"reason": "under_review"},
    "upload_document": {"kind": "other"},
    "assign_break": {"user_id": to_wire("user", STAFF[Role.FINANCE])},
    "propose_repair": {"rule": "suspense", "note": "unknown"},
    "reject_repair": {"reason": "it is a fee"},
    "explain_break": {"explanation": "A gift of the bank."},
    "match_by_hand": {"items": ["theirs:bank:a", "theirs:bank:b"], "note": "alike"},
    "unmatch": {"reason": "a mistake"},
    "import_transactions": {"source": "processor"},
    "import_bank_statement": {"account": "4321"},
    "record_float_funding": _PAID,
    "reverse_float_funding": {"reference": "bank-1"},
    "record_capital": _PAID,
    "record_settlement": {
        "received": {"amount": 9_700, "currency": "AUD"},
        "reference": "po_1",
        "occurred_at": "2026-03-01T09:00:00Z",
    },
    "record_conversion": {
        "held_at": "bank",
        "sold": {"amount": 10_000, "currency": "AUD"},
        "bought": {"amount": 6_600, "currency": "USD"},
        "quoted_rate": "0.66",
        "reference": "fx_1",
        "occurred_at": "2026-03-01T09:00:00Z",
    },
    "open_period": {"starts_on": "2026-03-01", "ends_on": "2026-03-31"},
}
