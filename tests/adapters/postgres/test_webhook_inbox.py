from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from adapters.postgres.engine import build_engine
from adapters.postgres.webhooks import PostgresWebhookInbox
from adapters.security.encryption import MasterKeys, PlatformCipher
from adapters.system.ids import RandomIds
from application.webhooks.ports import VerifiedEvent

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


def test_the_body_is_sealed(engine: Engine, inbox: PostgresWebhookInbox) -> None:
    inbox.store(vendor="photon", event=EVENT, body=b"Ada Lovelace, amoxicillin", now=NOW)

    with engine.connect() as connection:
        body = connection.execute(text("select body from webhook")).scalar_one()
    assert b"Ada" not in bytes(body)
