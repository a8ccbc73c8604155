"""
Encryption at rest: a data key per patient, wrapped by a master key that the database never sees.

Values are sealed with AES-256-GCM (NIST SP 800-38D). The associated data binds a sealed value
to its patient, its column and the version of the key, so that one moved elsewhere does not open.

    patient's value   generation (1) | nonce (12) | ciphertext and tag      key: the patient's
    wrapped data key  nonce (12) | ciphertext and tag                       key: a master key
    platform's value  master version (2) | nonce (12) | ciphertext and tag  key: derived from one
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, text

from domain.patients.erasure import RecordErased
from domain.shared.errors import InvariantError

KEY_BYTES = 32
_NONCE_BYTES = 12
_GENERATION = 1
# JSON can carry half a surrogate pair: odd, but no reason to fail.
_ANY_TEXT = "surrogatepass"


class SealBroken(InvariantError):
    """A sealed value was changed, moved, or belongs to another key."""


class UnknownMasterKey(InvariantError):
    """Something was sealed under a master key that the settings do not hold."""


def _right_lengths(_: object, __: object, keys: Mapping[int, bytes]) -> None:
    if any(len(key) != KEY_BYTES for key in keys.values()):
        raise ValueError(f"a master key has {KEY_BYTES} bytes")


@frozen
class MasterKeys:
    """
    The keys that wrap keys: the one in use, and older ones that still open what they sealed.

    Args:
        current: The version that seals from now on; one of `keys`.
        keys: Version (1 to 65535) to 32 random bytes.
    """

    current: int
    keys: Mapping[int, bytes] = field(repr=False, validator=_right_lengths)
    _wrapping: Mapping[int, AESGCM] = field(init=False, repr=False, eq=False)

    @_wrapping.default
    def _derive_wrapping(self) -> Mapping[int, AESGCM]:
        return {
            version: AESGCM(_derived(key, "patient keys")) for version, key in self.keys.items()
        }

    def __attrs_post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the current master key is not among the keys")

    @classmethod
    def single(cls, key: bytes) -> "MasterKeys":
        """The usual case before the first rotation: one key, version 1."""
        return cls(1, {1: key})

    def wrapping(self, version: int) -> AESGCM:
        """
        Give the cipher that wraps patients' keys.

        Raises:
            UnknownMasterKey: No key of this version is configured.
        """
        try:
            return self._wrapping[version]
        except KeyError:
            raise UnknownMasterKey(f"master key {version} is not configured") from None


class PatientVault:
    """
    Seals and opens what belongs to patients, for the length of one transaction.

    A patient's data key is made when the first value is sealed, in the caller's transaction,
    and read once per transaction.
    """

    def __init__(self, connection: Connection, master_keys: MasterKeys) -> None:
        self._connection = connection
        self._master_keys = master_keys
        self._ciphers: dict[UUID, AESGCM] = {}

    def seal(self, patient_id: UUID, column: str, value: Any, *, row: UUID | None = None) -> bytes:
        """
        Encrypt a JSON value under the patient's key.

        `column` is `table.column`. `row` is the row's id, wanted when a patient has several
        rows: it is bound as well, so that two of the patient's own values cannot be exchanged.

        Raises:
            RecordErased: The patient's key was destroyed.
        """
        plaintext = json.dumps(value, separators=(",", ":"))
        return self.seal_bytes(patient_id, column, plaintext.encode(), row=row)

    def open(self, patient_id: UUID, column: str, sealed: bytes, *, row: UUID | None = None) -> Any:
        """
        Decrypt what `seal` made, given the same patient, column and row.

        Raises:
            RecordErased: The patient's key was destroyed.
            SealBroken: It is not what was sealed there.
        """
        return json.loads(self.open_bytes(patient_id, column, sealed, row=row))

    def seal_bytes(
        self, patient_id: UUID, column: str, plaintext: bytes, *, row: UUID | None = None
    ) -> bytes:
        """Encrypt bytes, such as a file, under the patient's key."""
        cipher = self._cipher(patient_id, create=True)
        nonce = os.urandom(_NONCE_BYTES)
        bound = _bound(patient_id, column, row)
        return bytes([_GENERATION]) + nonce + cipher.encrypt(nonce, plaintext, bound)

    def open_bytes(
        self, patient_id: UUID, column: str, sealed: bytes, *, row: UUID | None = None
    ) -> bytes:
        """Decrypt what `seal_bytes` made."""
        if sealed[:1] != bytes([_GENERATION]):
            raise SealBroken(f"{column} holds a value of an unknown generation")
        return _decrypt(
            self._cipher(patient_id, create=False), sealed[1:], _bound(patient_id, column, row)
        )

    def open_if_kept(
        self, patient_id: UUID, column: str, sealed: bytes, *, row: UUID | None = None
    ) -> Any | None:
        """Decrypt for a list that must not stumble over an erased patient; None for those."""
        try:
            return self.open(patient_id, column, sealed, row=row)
        except RecordErased:
            return None

    def preload(self, patient_ids: Iterable[UUID]) -> None:
        """Read the keys of many patients in one statement, before a list is opened."""
        wanted = [each for each in set(patient_ids) if each not in self._ciphers]
        if not wanted:
            return
        found = self._connection.execute(
            text(
                "select patient_id, wrapped_key, key_version from patient_key"
                " where patient_id = any(:wanted) and destroyed_at is null"
            ),
            {"wanted": wanted},
        )
        for row in found:
            self.learn(*row)

    def learn(self, patient_id: UUID, wrapped: bytes, version: int) -> None:
        """Take a patient's key from a row of `patient_key` that was read along with another."""
        self._ciphers[patient_id] = self._unwrapped(patient_id, wrapped, version)

    def destroy_key(self, patient_id: UUID, *, now: datetime) -> None:
        """Destroy a patient's key for good; what is sealed under it stays sealed."""
        self._ciphers.pop(patient_id, None)
        self._connection.execute(
            text(
                "insert into patient_key (patient_id, wrapped_key, key_version, destroyed_at)"
                " values (:patient_id, null, :version, :now)"
                " on conflict (patient_id) do update set wrapped_key = null,"
                " destroyed_at = coalesce(patient_key.destroyed_at, excluded.destroyed_at)"
            ),
            {"patient_id": patient_id, "version": self._master_keys.current, "now": now},
        )

    def _cipher(self, patient_id: UUID, *, create: bool) -> AESGCM:
        cipher = self._ciphers.get(patient_id)
        if cipher is None:
            cipher = self._read(patient_id)
            if cipher is None and create:
                self._create(patient_id)
                cipher = self._read(patient_id)
            if cipher is None:
                raise SealBroken("the patient has no key")
            self._ciphers[patient_id] = cipher
        return cipher

    def _read(self, patient_id: UUID) -> AESGCM | None:
        row = self._connection.execute(
            text(
                "select patient_id, wrapped_key, key_version, destroyed_at"
                " from patient_key where patient_id = :patient_id"
            ),
            {"patient_id": patient_id},
        ).one_or_none()
        if row is None:
            return None
        if row.destroyed_at is not None:
            raise RecordErased("This record was erased.")
        return self._unwrapped(row.patient_id, row.wrapped_key, row.key_version)

    def _create(self, patient_id: UUID) -> None:
        version = self._master_keys.current
        wrapped = _wrap(self._master_keys, version, patient_id, os.urandom(KEY_BYTES))
        # Two first writers may meet here: the one that loses reads the winner's key.
        self._connection.execute(
            text(
                "insert into patient_key (patient_id, wrapped_key, key_version)"
                " values (:patient_id, :wrapped, :version) on conflict (patient_id) do nothing"
            ),
            {"patient_id": patient_id, "wrapped": wrapped, "version": version},
        )

    def _unwrapped(self, patient_id: UUID, wrapped: bytes, version: int) -> AESGCM:
        return AESGCM(_unwrap(self._master_keys, version, patient_id, wrapped))


@frozen
class Vaults:
    """Gives each transaction its own vault."""

    _master_keys: MasterKeys

    def on(self, connection: Connection) -> PatientVault:
        """A vault that reads and makes keys through this connection."""
        return PatientVault(connection, self._master_keys)


def rewrap_patient_keys(connection: Connection, master_keys: MasterKeys, *, limit: int) -> int:
    """
    Wrap up to `limit` data keys, that an older master key wraps, by the current one.

    The data keys stay what they are, so that no sealed value has to be written again.

    Returns:
        How many were wrapped again; 0 when the older master keys can be retired.
    """
    rows = connection.execute(
        text(
            "select patient_id, wrapped_key, key_version from patient_key"
            " where key_version <> :current and destroyed_at is null"
            " order by patient_id limit :limit for update skip locked"
        ),
        {"current": master_keys.current, "limit": limit},
    ).all()
    for patient_id, wrapped, version in rows:
        key = _unwrap(master_keys, version, patient_id, wrapped)
        connection.execute(
            text(
                "update patient_key set wrapped_key = :wrapped, key_version = :version"
                " where patient_id = :patient_id"
            ),
            {
                "wrapped": _wrap(master_keys, master_keys.current, patient_id, key),
                "version": master_keys.current,
                "patient_id": patient_id,
            },
        )
    return len(rows)


class PlatformCipher:
    """
    Seals what belongs to no patient: sign-in data, second-factor secrets, vendor messages.
    """

    def __init__(self, master_keys: MasterKeys) -> None:
        self._current = master_keys.current
        self._ciphers = {
            version: AESGCM(_derived(key, "platform")) for version, key in master_keys.keys.items()
        }

    def seal(self, purpose: str, plaintext: bytes) -> bytes:
        """
        Encrypt, binding what and whose it is: a purpose such as `app_user.email|<id>`.
        """
        nonce = os.urandom(_NONCE_BYTES)
        header = self._current.to_bytes(2, "big")
        return (
            header
            + nonce
            + self._ciphers[self._current].encrypt(nonce, plaintext, header + purpose.encode())
        )

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """
        Decrypt what `seal` made for the same purpose.

        Raises:
            SealBroken: Changed, or sealed for another purpose.
            UnknownMasterKey: Sealed under a master key that is not configured.
        """
        header = sealed[:2]
        cipher = self._ciphers.get(int.from_bytes(header, "big"))
        if cipher is None:
            raise UnknownMasterKey("sealed under a master key that is not configured")
        return _decrypt(cipher, sealed[2:], header + purpose.encode())

    def seal_text(self, purpose: str, value: str) -> bytes:
        """Encrypt text."""
        return self.seal(purpose, value.encode(errors=_ANY_TEXT))

    def open_text(self, purpose: str, sealed: bytes) -> str:
        """Decrypt text."""
        return self.open(purpose, sealed).decode(errors=_ANY_TEXT)


class BlindIndex:
    """
    Finds a sealed value by equality: a keyed hash, different for every purpose.

    Its key is apart from the master keys and outlives their rotation.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a blind index key has {KEY_BYTES} bytes")
        self._key = key

    def of(self, purpose: str, value: str) -> bytes:
        """The 32 bytes that stand for a value, already in its canonical form."""
        purpose_key = hmac.digest(self._key, purpose.encode(), hashlib.sha256)
        return hmac.digest(purpose_key, value.encode(errors=_ANY_TEXT), hashlib.sha256)


def _bound(patient_id: UUID, column: str, row: UUID | None) -> bytes:
    place = f"{patient_id}|{column}|{_GENERATION}"
    return (place if row is None else f"{place}|{row}").encode()


def _wrap(master_keys: MasterKeys, version: int, patient_id: UUID, key: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + master_keys.wrapping(version).encrypt(
        nonce, key, _wrapping_bound(patient_id, version)
    )


def _unwrap(master_keys: MasterKeys, version: int, patient_id: UUID, wrapped: bytes) -> bytes:
    return _decrypt(master_keys.wrapping(version), wrapped, _wrapping_bound(patient_id, version))


def _wrapping_bound(patient_id: UUID, version: int) -> bytes:
    return f"{patient_id}|patient_key.wrapped_key|{version}".encode()


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(
        algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=f"scripted {purpose}".encode()
    ).derive(key)


def _decrypt(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise SealBroken("a sealed value does not open here") from None
