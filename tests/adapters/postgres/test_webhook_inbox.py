from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.webhooks import PostgresWebhookLog
from adapters.postgres.webhooks import PostgresWebhookInbox
from adapters.security.encryption import MasterKeys, PlatformCipher
from adapters.system.ids import RandomIds
from application.shared.access import AccessDenied, Actor, Role
from application.webhooks.ports import VerifiedEvent, WebhookStatus
from application.webhooks.queries import ListWebhooks
from domain.shared.ids import WebhookId

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVENT = VerifiedEvent(
    event_id="evt_1", kind="payment_intent.succeeded", reference="pi_1", facts={"livemode": "no"}
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def inbox(engine: Engine) -> PostgresWebhookInbox:
    return PostgresWebhookInbox(engine, PlatformCipher(MasterKeys.single(b"k" * 32)), RandomIds())


def test_the_same_message_ten_times_at_once_is_kept_once(
    engine: Engine, inbox: PostgresWebhookInbox
) -> None:
    with ThreadPoolExecutor(10) as pool:
        stored = list(
            pool.map(
                lambda _: inbox.store(vendor="stripe", event=EVENT, body=b"{}", now=NOW), range(10)
            )
        )

    assert sum(webhook_id is not None for webhook_id in stored) == 1
    with engine.connect() as connection:
        jobs = connection.execute(text("select count(*) from procrastinate_jobs")).scalar_one()
    assert jobs == 1


def test_two_vendors_may_use_one_identifier(inbox: PostgresWebhookInbox) -> None:
    assert inbox.store(vendor="stripe", event=EVENT, body=b"{}", now=NOW)
    assert inbox.store(vendor="airwallex", event=EVENT, body=b"{}", now=NOW)


def test_is_worked_on_until_done(inbox: PostgresWebhookInbox) -> None:
    webhook_id = inbox.store(vendor="stripe", event=EVENT, body=b"{}", now=NOW)
    assert webhook_id is not None

    first = inbox.begin(webhook_id=webhook_id)
    assert first is not None
    assert first.event == EVENT
    inbox.fail(webhook_id=webhook_id, error="not yet", given_up=False, now=NOW)
    second = inbox.begin(webhook_id=webhook_id)
    assert second is not None
    assert second.attempt == 2
    inbox.finish(webhook_id=webhook_id, now=NOW)

    assert inbox.begin(webhook_id=webhook_id) is None


@pytest.mark.parametrize("given_up", [True, False])
def test_what_was_given_up_or_done_is_acted_on_again(
    inbox: PostgresWebhookInbox, *, given_up: bool
) -> None:
    webhook_id = inbox.store(vendor="stripe", event=EVENT, body=b"{}", now=NOW)
    assert webhook_id is not None
    assert not inbox.revive(webhook_id=webhook_id)
    if given_up:
        inbox.fail(webhook_id=webhook_id, error="never", given_up=True, now=NOW)
    else:
        inbox.finish(webhook_id=webhook_id, now=NOW)

    assert [inbox.revive(webhook_id=webhook_id) for _ in range(2)] == [True, False]

    again = inbox.begin(webhook_id=webhook_id)
    assert again is not None
    assert again.attempt == 1


def test_messages_are_listed_the_newest_first(engine: Engine, inbox: PostgresWebhookInbox) -> None:
    first, second, other = (
        inbox.store(
            vendor=vendor,
            event=evolve(EVENT, event_id=event_id, reference=reference),
            body=b"{}",
            now=NOW,
        )
        for vendor, event_id, reference in (
            ("stripe", "evt_1", "pi_1"),
            ("stripe", "evt_2", "pi_2"),
            ("airwallex", "evt_1", "tr_1"),
        )
    )
    assert first is not None
    inbox.finish(webhook_id=first, now=NOW)
    operator = Actor(roles=[Role.OPERATIONS])
    every = ListWebhooks(PostgresWebhookLog(engine))

    def listed(**wanted: Any) -> list[WebhookId]:
        return [each.webhook_id for each in every(actor=operator, **wanted).items]

    assert listed() == [other, second, first]
    assert listed(vendor="stripe") == [second, first]
    assert listed(status=WebhookStatus.DONE) == [first]
    assert listed(reference="tr_1") == [other]
    page = every(actor=operator, limit=2)
    assert listed(cursor=page.next_cursor) == [first]
    with pytest.raises(AccessDenied):
        every(actor=Actor(roles=[Role.FINANCE]))


def test_the_body_is_sealed(engine: Engine, inbox: PostgresWebhookInbox) -> None:
    inbox.store(vendor="photon", event=EVENT, body=b"Ada Lovelace, amoxicillin", now=NOW)

    with engine.connect() as connection:
        body = connection.execute(text("select body from webhook")).scalar_one()
    assert b"Ada" not in bytes(body)
