"""
Waiting until nothing is left to do.
"""

import time

from sqlalchemy import Engine, text

from entrypoints.container import Container
from entrypoints.seeding.clinic import PATIENCE_SECONDS, StoryStuck

_OPEN = """
select (select count(*) from reaction where status = 'pending')
     + (select count(*) from webhook where status = 'pending')
"""
_GIVEN_UP = "select name, last_error from reaction where status = 'dead'"


def wait_until_settled(container: Container) -> None:
    """
    Wait until every reaction and webhook is done, however many there are.

    Raises:
        StoryStuck: One was given up, or none gets done any more.
    """
    engine = container.resolve(Engine)
    deadline, open_before = time.monotonic() + PATIENCE_SECONDS, 0
    while True:
        with engine.connect() as connection:
            given_up = connection.execute(text(_GIVEN_UP)).all()
            still_open = connection.execute(text(_OPEN)).scalar_one()
        if given_up:
            told = "; ".join(f"{row.name}: {row.last_error}" for row in given_up)
            raise StoryStuck(f"given up: {told}")
        if still_open == 0:
            return
        if still_open != open_before:
            deadline, open_before = time.monotonic() + PATIENCE_SECONDS, still_open
        if time.monotonic() > deadline:
            raise StoryStuck(f"{still_open} reactions and webhooks are still open")
        time.sleep(0.1)
