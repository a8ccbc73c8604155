from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from adapters.security.passwords import Argon2Passwords
from adapters.security.second_factors import TotpSecondFactors
from adapters.security.signing import Ed25519Signer, verified
from adapters.security.tokens import RandomTokens

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = datetime(2026, 3, 4, 5, 6, 15, tzinfo=UTC)


class TestPasswords:
    @pytest.fixture
    def passwords(self) -> Argon2Passwords:
        return Argon2Passwords(time_cost=1, memory_kib=64)

    def test_are_recognised_by_their_hash(self, passwords: Argon2Passwords) -> None:
        stored = passwords.hash("correct horse battery")

        assert passwords.verify(stored, "correct horse battery")
        assert not passwords.verify(stored, "correct horse batterz")

    def test_are_the_same_however_the_keyboard_writes_them(
        self, passwords: Argon2Passwords
    ) -> None:
        stored = passwords.hash("caf\u00e9 au lait 42")

        assert passwords.verify(stored, "cafe\u0301 au lait 42")
        assert not passwords.verify(stored, "half a pair \ud800")

    def test_are_salted(self, passwords: Argon2Passwords) -> None:
        assert passwords.hash("same") != passwords.hash("same")

    def test_nobody_has_a_password(self, passwords: Argon2Passwords) -> None:
        assert not passwords.verify(None, "the password of nobody")
        assert not passwords.verify("no hash at all", "anything")

    def test_older_parameters_are_outdated(self, passwords: Argon2Passwords) -> None:
        today = Argon2Passwords(time_cost=2, memory_kib=64)

        assert today.is_outdated(passwords.hash("x"))
        assert not today.is_outdated(today.hash("x"))

    def test_the_parameters_in_use_are_argon2id_and_strong(self) -> None:
        stored = Argon2Passwords().hash("x")

        assert stored.startswith("$argon2id$v=19$m=47104,t=2,p=1$")


class TestTokens:
    def test_are_long_and_never_the_same(self) -> None:
        tokens = RandomTokens()
        made = {tokens.new() for _ in range(1000)}

        assert len(made) == 1000
        assert {len(token) for token in made} == {43}

    def test_are_stored_as_a_digest(self) -> None:
        tokens = RandomTokens()

        assert len(tokens.digest("a")) == 32
        assert tokens.digest("a") == tokens.digest("a") != tokens.digest("b")


class TestSecondFactors:
    factors = TotpSecondFactors()

    def test_knows_the_example_of_the_standard(self) -> None:
        # RFC 6238, appendix B: 94287082 at 59 seconds, of which apps show six digits.
        secret = SECRET
        at = datetime.fromtimestamp(59, UTC)

        assert self.factors.matching_step(secret=secret, code="287082", at=at) == 1
        assert self.factors.matching_step(secret=secret, code="287 082", at=at) == 1

    @pytest.mark.parametrize(("seconds", "accepted"), [(-30, True), (30, True), (60, False)])
    def test_forgives_a_clock_that_is_half_a_minute_off(
        self, seconds: int, *, accepted: bool
    ) -> None:
        secret = self.factors.new_secret()
        code = pyotp.TOTP(secret).at(NOW)

        step = self.factors.matching_step(
            secret=secret, code=code, at=NOW + timedelta(seconds=seconds)
        )

        assert (step is not None) is accepted

    @pytest.mark.parametrize("code", ["", "abcdef", "\uff11" * 6, "1" * 100])
    def test_refuses_what_is_no_code(self, code: str) -> None:
        assert self.factors.matching_step(secret=SECRET, code=code, at=NOW) is None

    def test_writes_what_an_app_reads(self) -> None:
        uri = self.factors.enrolment_uri(secret=SECRET, account="a@example.com")

        parsed = pyotp.parse_uri(uri)
        assert (parsed.secret, parsed.name, parsed.issuer) == (
            SECRET,
            "a@example.com",
            "Scripted",
        )


class TestSigner:
    def test_signs_what_anybody_can_check(self) -> None:
        signer = Ed25519Signer(bytes(32))
        signature = signer.sign("statement")

        assert signer.is_signature(signature, "statement")
        assert verified(signer.public_key, signature, "statement")
        assert not signer.is_signature(signature, "another")
        assert not Ed25519Signer(bytes(31) + b"\x01").is_signature(signature, "statement")

    def test_names_its_key(self) -> None:
        assert Ed25519Signer(bytes(32)).key_id == Ed25519Signer(bytes(32)).key_id
        assert len(Ed25519Signer(bytes(32)).key_id) == 16
