import pytest

from adapters.security.encryption import (
    BlindIndex,
    MasterKeys,
    PlatformCipher,
    SealBroken,
    UnknownMasterKey,
)

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


class TestMasterKeys:
    def test_must_be_whole(self) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            MasterKeys.single(b"short")
        with pytest.raises(ValueError, match="current"):
            MasterKeys(2, {1: OLD})
        with pytest.raises(UnknownMasterKey):
            MasterKeys.single(OLD).wrapping(2)

    def test_are_not_printed(self) -> None:
        assert "x00" not in repr(MasterKeys.single(OLD))
        assert OLD.hex() not in repr(MasterKeys.single(OLD))


class TestPlatformCipher:
    cipher = PlatformCipher(MasterKeys.single(OLD))

    def test_opens_what_it_sealed(self) -> None:
        sealed = self.cipher.seal_text("app_user.email|1", "amélia@example.com")

        assert b"example" not in sealed
        assert self.cipher.open_text("app_user.email|1", sealed) == "amélia@example.com"

    def test_never_seals_the_same_twice(self) -> None:
        assert self.cipher.seal("a", b"value") != self.cipher.seal("a", b"value")

    def test_opens_nothing_that_was_moved_or_changed(self) -> None:
        sealed = self.cipher.seal("app_user.email|1", b"value")
        with pytest.raises(SealBroken):
            self.cipher.open("app_user.email|2", sealed)
        for place in range(2, len(sealed)):
            changed = bytearray(sealed)
            changed[place] ^= 1
            with pytest.raises(SealBroken):
                self.cipher.open("app_user.email|1", bytes(changed))
        for length in range(2, len(sealed)):
            with pytest.raises(SealBroken):
                self.cipher.open("app_user.email|1", sealed[:length])

    def test_opens_what_an_older_master_key_sealed(self) -> None:
        sealed = self.cipher.seal("a", b"value")
        rotated = PlatformCipher(MasterKeys(2, {1: OLD, 2: NEW}))

        assert rotated.open("a", sealed) == b"value"
        assert rotated.seal("a", b"value")[:2] == b"\x00\x02"
        with pytest.raises(UnknownMasterKey):
            PlatformCipher(MasterKeys(2, {2: NEW})).open("a", sealed)

    def test_the_version_cannot_be_changed(self) -> None:
        same_twice = PlatformCipher(MasterKeys(2, {1: OLD, 2: OLD}))
        sealed = same_twice.seal("a", b"value")

        with pytest.raises(SealBroken):
            same_twice.open("a", b"\x00\x01" + sealed[2:])


class TestBlindIndex:
    def test_finds_by_equality_only_within_its_purpose(self) -> None:
        index = BlindIndex(OLD)

        assert index.of("email", "a@b.c") == index.of("email", "a@b.c")
        assert index.of("email", "a@b.c") != index.of("phone", "a@b.c")
        assert index.of("email", "a@b.c") != BlindIndex(NEW).of("email", "a@b.c")
        assert len(index.of("email", "")) == 32

    def test_needs_a_whole_key(self) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            BlindIndex(b"short")
