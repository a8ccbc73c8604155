"""
What is asked of a vendor of identity checks, in memory and as Stripe Identity in the sandbox.
"""

import json
from collections.abc import Iterator
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
import stripe
from attrs import frozen

from adapters.identity_checks.stripe_identity import StripeIdentityChecks
from application.physicians.ports import (
    IdentityChecks,
    IdentityChecksUnavailable,
    StartedIdentityCheck,
)
from domain.physicians.identity_check import (
    IdentityCheckStatus,
    IdentityCheckUnknown,
    IdentityFinding,
)
from domain.shared.errors import InvariantError
from domain.shared.ids import PhysicianId
from tests.entrypoints.sandbox.stripe_world import Shop, sdk
from tests.entrypoints.sandbox.stripe_world import shop as open_shop
from tests.fakes.physicians import InMemoryIdentityChecks

BACK = "https://portal.test/onboarding"


class Vendor(Protocol):
    """The checks, and the deeds of the physician and the vendor behind them."""

    @property
    def checks(self) -> IdentityChecks: ...

    def hand_in(self, reference: str) -> None: ...

    def approve(self, reference: str) -> None: ...

    def turn_down(self, reference: str) -> None: ...

    def fall_silent(self) -> None: ...


@frozen
class Memory:
    checks: InMemoryIdentityChecks

    def hand_in(self, reference: str) -> None:
        self.checks.conclude(reference, IdentityCheckStatus.PROCESSING)

    def approve(self, reference: str) -> None:
        self.checks.conclude(
            reference,
            IdentityCheckStatus.VERIFIED,
            given="Amelia",
            family="Moreau",
            checked_fields=frozenset({"first_name", "last_name", "dob", "address"}),
        )

    def turn_down(self, reference: str) -> None:
        self.checks.conclude(reference, IdentityCheckStatus.FAILED, failure="document_expired")

    def fall_silent(self) -> None:
        self.checks.silent = True


@frozen
class Played:
    checks: StripeIdentityChecks
    shop: Shop

    def hand_in(self, reference: str) -> None:
        self.shop.control("process_identity", id=reference)

    def approve(self, reference: str) -> None:
        names = {"first_name": "Amelia", "last_name": "Moreau"}
        self.shop.control("verify_identity", id=reference, outputs=names)

    def turn_down(self, reference: str) -> None:
        self.shop.control(
            "reject_identity", id=reference, code="document_expired", reason="It has expired."
        )

    def fall_silent(self) -> None:
        self.shop.world.server.stop()


@pytest.fixture(params=["memory", "stripe"])
def vendor(request: pytest.FixtureRequest) -> Iterator[Vendor]:
    if request.param == "memory":
        yield Memory(InMemoryIdentityChecks())
        return
    with open_shop() as shop, sdk(shop.world.url) as client:
        yield Played(StripeIdentityChecks(client, names_of_test_documents=True), shop)


@pytest.fixture
def physician_id() -> PhysicianId:
    return PhysicianId(uuid4())


def start(vendor: Vendor, physician_id: PhysicianId, *, attempt: int = 1) -> StartedIdentityCheck:
    return vendor.checks.start(physician_id=physician_id, attempt=attempt, return_url=BACK)


class TestStart:
    def test_leads_to_the_vendor(self, vendor: Vendor, physician_id: PhysicianId) -> None:
        started = start(vendor, physician_id)

        assert started.url is not None
        assert started.url not in repr(started)
        assert vendor.checks.fetch(started.reference) == IdentityFinding(
            reference=started.reference, status=IdentityCheckStatus.STARTED
        )

    def test_finds_the_same_attempt_again(self, vendor: Vendor, physician_id: PhysicianId) -> None:
        first = start(vendor, physician_id)

        assert start(vendor, physician_id).reference == first.reference
        assert start(vendor, physician_id, attempt=2).reference != first.reference
        other = PhysicianId(UUID(int=physician_id.int ^ 1))
        assert start(vendor, other).reference != first.reference

    def test_says_when_the_vendor_does_not_answer(
        self, vendor: Vendor, physician_id: PhysicianId
    ) -> None:
        vendor.fall_silent()

        with pytest.raises(IdentityChecksUnavailable):
            start(vendor, physician_id)


class TestFetch:
    def test_follows_a_check_to_its_good_end(
        self, vendor: Vendor, physician_id: PhysicianId
    ) -> None:
        reference = start(vendor, physician_id).reference

        vendor.hand_in(reference)
        assert vendor.checks.fetch(reference).status is IdentityCheckStatus.PROCESSING
        vendor.approve(reference)

        finding = vendor.checks.fetch(reference)
        assert finding.status is IdentityCheckStatus.VERIFIED
        assert finding.checked_fields >= {"first_name", "last_name", "dob"}
        assert (finding.given, finding.family) == ("Amelia", "Moreau")
        assert "Moreau" not in repr(finding)

    def test_tells_why_a_check_failed(self, vendor: Vendor, physician_id: PhysicianId) -> None:
        reference = start(vendor, physician_id).reference

        vendor.turn_down(reference)

        finding = vendor.checks.fetch(reference)
        assert (finding.status, finding.failure) == (
            IdentityCheckStatus.FAILED,
            "document_expired",
        )

    def test_knows_only_references_of_its_own(self, vendor: Vendor) -> None:
        with pytest.raises(IdentityCheckUnknown):
            vendor.checks.fetch("vs_unknown")


class TestResume:
    def test_leads_back_until_nothing_more_is_needed(
        self, vendor: Vendor, physician_id: PhysicianId
    ) -> None:
        reference = start(vendor, physician_id).reference
        assert vendor.checks.resume(reference).url is not None

        vendor.hand_in(reference)
        vendor.approve(reference)

        assert vendor.checks.resume(reference).url is None

    def test_knows_only_references_of_its_own(self, vendor: Vendor) -> None:
        with pytest.raises(IdentityCheckUnknown):
            vendor.checks.resume("vs_unknown")


class TestStripeIdentity:
    @pytest.fixture
    def shop(self) -> Iterator[Shop]:
        with open_shop() as shop:
            yield shop

    def started(self, checks: StripeIdentityChecks, **changes: Any) -> StartedIdentityCheck:
        details: dict[str, Any] = {
            "physician_id": PhysicianId(UUID(int=1)),
            "attempt": 1,
            "return_url": BACK,
            **changes,
        }
        return checks.start(**details)

    def test_forgets_the_name_on_a_test_document(self, shop: Shop) -> None:
        checks = StripeIdentityChecks(shop.client)
        reference = self.started(checks).reference
        shop.control("verify_identity", id=reference)

        finding = checks.fetch(reference)

        assert (finding.given, finding.family) == (None, None)
        assert "first_name" in finding.checked_fields

    @pytest.mark.parametrize(
        "fault",
        [
            {"name": "respond_500_after_commit"},
            {"name": "timeout_after_commit", "seconds": 0.1},
        ],
    )
    def test_finds_what_was_made_when_the_answer_was_lost(
        self, shop: Shop, fault: dict[str, Any]
    ) -> None:
        checks = StripeIdentityChecks(shop.client)
        shop.fault(**fault, match={"method": "POST"})

        with pytest.raises(IdentityChecksUnavailable):
            self.started(checks)
        self.started(checks)

        listed = shop.v1.identity.verification_sessions.list(params={"limit": 10})
        assert len(listed.data) == 1

    def test_begins_anew_when_the_way_back_is_another(self, shop: Shop) -> None:
        checks = StripeIdentityChecks(shop.client)
        first = self.started(checks)

        second = self.started(checks, return_url="https://portal.test/elsewhere")

        assert second.reference != first.reference

    def test_takes_a_wrong_key_for_a_vendor_that_does_not_answer(self, shop: Shop) -> None:
        with (
            sdk(shop.world.url, key="sk_test_wrong") as client,
            pytest.raises(IdentityChecksUnavailable) as refused,
        ):
            self.started(StripeIdentityChecks(client))

        assert "sk_test_wrong" not in str(refused.value)

    @pytest.mark.parametrize(
        ("status", "session", "raised"),
        [
            (400, {"error": {"type": "invalid_request_error", "code": "bad"}}, InvariantError),
            (200, {"id": "vs_1", "status": "abducted", "livemode": True}, InvariantError),
            (429, {"error": {"type": "rate_limit_error"}}, IdentityChecksUnavailable),
        ],
    )
    def test_tells_our_mistakes_from_the_vendors(
        self, status: int, session: dict[str, Any], raised: type[Exception]
    ) -> None:
        client = stripe.StripeClient("sk_test_x", http_client=OneAnswer(status, session))

        with pytest.raises(raised):
            StripeIdentityChecks(client).fetch("vs_1")

    def test_compares_names_in_earnest_outside_of_test_mode(self) -> None:
        session = {
            "id": "vs_1",
            "status": "verified",
            "livemode": True,
            "last_error": None,
            "verified_outputs": {"first_name": "Jenny", "last_name": "Rosen", "dob": None},
        }
        client = stripe.StripeClient("sk_live_x", http_client=OneAnswer(200, session))

        finding = StripeIdentityChecks(client).fetch("vs_1")

        assert (finding.given, finding.family) == ("Jenny", "Rosen")
        assert finding.checked_fields == {"first_name", "last_name"}


class OneAnswer(stripe.HTTPClient):
    """Gives the same answer to everything."""

    name = "one_answer"

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__()
        self._answer: Any = (json.dumps(body), status, {})

    def request(self, *args: Any, **kwargs: Any) -> Any:
        return self._answer

    def close(self) -> None:
        pass
