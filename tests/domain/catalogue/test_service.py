"""
Services, their versions and terms.
"""

from datetime import timedelta
from typing import Any

import pytest

from domain.catalogue.events import ServicePublished, ServiceRetired
from domain.catalogue.service import MalformedTerms, ServiceTerms
from tests.builders.catalogue import VISIT, WRITTEN, a_service, a_version
from tests.fakes.clock import MONDAY_NOON as NOW

LATER = NOW + timedelta(days=1)


class TestServiceTerms:
    @pytest.mark.parametrize("offer", [WRITTEN, VISIT])
    def test_survive_being_written_and_read(self, offer: dict[str, Any]) -> None:
        terms = a_version(offer).terms

        assert ServiceTerms.from_data(terms.data()) == terms

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"price_minor": 0}, "price"),
            ({"tax_minor": -1}, "platform_fee"),
            ({"tax_minor": 4401}, "price"),
            ({"promised_response_minutes": None}, "promised_response_minutes"),
            ({"promised_response_minutes": 0}, "promised_response_minutes"),
            ({"mode": "video"}, "duration_minutes"),
        ],
    )
    def test_refuse_prices_and_promises_that_do_not_fit(
        self, change: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(MalformedTerms) as refused:
            a_version({**WRITTEN, **change})

        assert refused.value.field == field


class TestService:
    def test_is_published_at_version_1(self) -> None:
        service = a_service()

        assert service.current.number == 1
        assert service.pull_events() == (
            ServicePublished(service_id=service.id, service_version=1, occurred_at=NOW),
        )

    def test_gets_a_new_version_when_something_changes(self) -> None:
        service = a_service()
        service.pull_events()

        service.revise(to=a_version({**WRITTEN, "price_minor": 5900}, now=LATER), now=LATER)

        assert service.current.number == 2
        assert service.current.terms.price.minor == 5900
        assert service.pull_events() == (
            ServicePublished(service_id=service.id, service_version=2, occurred_at=LATER),
        )

    def test_keeps_its_version_when_the_same_is_published_again(self) -> None:
        service = a_service()
        service.pull_events()

        service.revise(to=a_version(now=LATER), now=LATER)

        assert service.current.number == 1
        assert service.pull_events() == ()

    def test_is_retired_once_and_comes_back_as_a_new_version(self) -> None:
        service = a_service()
        service.pull_events()

        service.retire(now=LATER)
        service.retire(now=LATER)
        service.revise(to=a_version(now=LATER), now=LATER)

        retired, published = service.pull_events()
        assert isinstance(retired, ServiceRetired)
        assert isinstance(published, ServicePublished)
        assert service.active
        assert service.current.number == 2

    @pytest.mark.parametrize("code", ["", "Skin", "skin_care", "-skin", "skin care"])
    def test_refuses_a_code_that_is_not_one(self, code: str) -> None:
        with pytest.raises(MalformedTerms):
            a_service(code=code)
