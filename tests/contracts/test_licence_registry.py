"""
What is asked of a licence registry, in memory and as NPPES in the sandbox over HTTP.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import httpx
import pytest
from attrs import frozen

from adapters.licence_registries.nppes import NppesRegistry
from application.physicians.ports import LicenceRegistry, LicenceRegistryUnavailable
from domain.physicians.licence import LicenceKind, RegistryRecord
from domain.shared.errors import InvariantError
from tests.entrypoints.sandbox.vendor_world import World, world
from tests.fakes.physicians import InMemoryLicenceRegistry

MOREAU = "1003004169"
DEACTIVATED = "1253009215"
WITHHELD = "1303010221"
UNKNOWN = "1427051473"


class Office(Protocol):
    """A registry, and a way to make it fail."""

    @property
    def registry(self) -> LicenceRegistry: ...

    def fall_silent(self) -> None: ...


@frozen
class Memory:
    registry: InMemoryLicenceRegistry

    def fall_silent(self) -> None:
        self.registry.silent = True


@frozen
class Played:
    registry: NppesRegistry
    world: World

    def fall_silent(self) -> None:
        self.world.server.stop()


@contextmanager
def nppes() -> Iterator[Played]:
    with (
        world() as around,
        httpx.Client(base_url=f"{around.url}/nppes", timeout=10, trust_env=False) as client,
    ):
        yield Played(NppesRegistry(client), around)


def in_memory() -> Memory:
    return Memory(
        InMemoryLicenceRegistry(
            {
                MOREAU: RegistryRecord(
                    given="AMELIA",
                    family="MOREAU",
                    active=True,
                    licences={"US-CA": "A123456", "US-NY": "301234", "US-TX": "Q4567"},
                ),
                DEACTIVATED: RegistryRecord(
                    given="WALTER", family="BRANDT", active=False, licences={"US-CA": "A654321"}
                ),
                WITHHELD: RegistryRecord(given="", family="", active=False),
            }
        )
    )


@pytest.fixture(params=["memory", "nppes"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    if request.param == "memory":
        yield in_memory()
        return
    with nppes() as played:
        yield played


class TestLicenceRegistry:
    def test_names_the_person_and_the_places(self, office: Office) -> None:
        record = office.registry.find(kind=LicenceKind.NPI, number=MOREAU)

        assert record == RegistryRecord(
            given="AMELIA",
            family="MOREAU",
            active=True,
            licences={"US-CA": "A123456", "US-NY": "301234", "US-TX": "Q4567"},
        )

    @pytest.mark.parametrize("number", [DEACTIVATED, WITHHELD])
    def test_tells_what_is_out_of_service(self, office: Office, number: str) -> None:
        record = office.registry.find(kind=LicenceKind.NPI, number=number)

        assert record is not None
        assert not record.active

    def test_finds_nothing_under_an_unknown_number(self, office: Office) -> None:
        assert office.registry.find(kind=LicenceKind.NPI, number=UNKNOWN) is None

    def test_says_when_it_cannot_be_asked(self, office: Office) -> None:
        office.fall_silent()

        with pytest.raises(LicenceRegistryUnavailable):
            office.registry.find(kind=LicenceKind.NPI, number=MOREAU)


class TestNppes:
    def answer(self, response: httpx.Response) -> RegistryRecord | None:
        transport = httpx.MockTransport(lambda _: response)
        with httpx.Client(base_url="http://registry.test", transport=transport) as client:
            return NppesRegistry(client).find(kind=LicenceKind.NPI, number=MOREAU)

    @pytest.mark.parametrize(
        "response",
        [
            httpx.Response(500),
            httpx.Response(429),
            httpx.Response(200, text="<html>maintenance</html>"),
            httpx.Response(200, json=[]),
            httpx.Response(200, json={"Errors": [{"number": "19", "description": "?"}]}),
            httpx.Response(
                200, json={"results": [{"number": MOREAU, "enumeration_type": "NPI-1"}]}
            ),
        ],
    )
    def test_never_takes_nonsense_for_an_answer(self, response: httpx.Response) -> None:
        with pytest.raises(LicenceRegistryUnavailable):
            self.answer(response)

    @pytest.mark.parametrize(
        "found",
        [
            {"number": "1053005173", "enumeration_type": "NPI-1"},
            {"number": MOREAU, "enumeration_type": "NPI-2"},
        ],
    )
    def test_looks_for_the_very_person(self, found: dict[str, str]) -> None:
        assert self.answer(httpx.Response(200, json={"results": [found]})) is None

    def test_is_asked_only_for_its_own_numbers(self) -> None:
        with nppes() as played, pytest.raises(InvariantError):
            played.registry.find(kind=LicenceKind.AHPRA, number="MED0001234567")
