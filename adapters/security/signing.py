"""
Signatures: over the audit chains' heads, so that who keeps a copy can prove what was there.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)


class Ed25519Signer:
    """
    Signs with a key of its own (RFC 8032), which only whoever runs the platform holds.
    """

    def __init__(self, seed: bytes) -> None:
        # The seed may serve other purposes as well: what is derived from it serves this one.
        derived = hmac.digest(seed, b"scripted audit roots", hashlib.sha256)
        self._private = Ed25519PrivateKey.from_private_bytes(derived)
        self._public = self._private.public_key()

    @property
    def key_id(self) -> str:
        """The first 16 hexadecimal digits of the public key's SHA-256."""
        return hashlib.sha256(self.public_key).hexdigest()[:16]

    @property
    def public_key(self) -> bytes:
        """The 32 bytes by which anybody can check a signature."""
        return self._public.public_bytes_raw()

    def sign(self, statement: str) -> bytes:
        """Sign a text."""
        return self._private.sign(statement.encode())

    def is_signature(self, signature: bytes, statement: str) -> bool:
        """Whether this key signed the text."""
        return verified(self.public_key, signature, statement)


def verified(public_key: bytes, signature: bytes, statement: str) -> bool:
    """Whether the holder of a key signed the text."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, statement.encode())
    except InvalidSignature:
        return False
    return True
