"""
Reports of letters that came back, as the sandbox's mail service signs them.
"""

import json
from typing import Any

import pytest

from adapters.email.bounces import MailWebhooks
from application.notifications.bounces import RecordBounce
from application.webhooks.ports import ForgedWebhook, MalformedWebhook
from application.webhooks.routing import find_route
from entrypoints.sandbox.mail.bounces import signature_headers

SECRET = "whsec_test"
REPORT = {
    "ID": 42,
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "Email": "gone@example.com",
    "MessageID": "<letter@care.test>",
}


def verify(report: Any, *, secret: str = SECRET) -> Any:
    body = json.dumps(report).encode()
    return MailWebhooks([SECRET]).verify(
        headers=signature_headers(secret, body), body=body, url="http://api.test/webhooks/mail"
    )


def test_a_report_names_the_letter_and_not_the_address() -> None:
    event = verify(REPORT)

    assert (event.event_id, event.kind, event.reference) == (
        "42",
        "Bounce.HardBounce",
        "<letter@care.test>",
    )
    assert "gone@example.com" not in str(event)


def test_what_another_signed_is_refused() -> None:
    with pytest.raises(ForgedWebhook):
        verify(REPORT, secret="another")
    with pytest.raises(ForgedWebhook):
        MailWebhooks([SECRET]).verify(headers={}, body=b"{}", url="")


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(MalformedWebhook):
        verify([])


@pytest.mark.parametrize("kind", ["Bounce.HardBounce", "SpamComplaint.SpamComplaint"])
def test_what_lasts_marks_the_address(kind: str) -> None:
    route = find_route("mail", kind)

    assert route is not None
    assert route.use_case is RecordBounce


def test_a_full_mailbox_does_not() -> None:
    assert find_route("mail", "Bounce.SoftBounce") is None
