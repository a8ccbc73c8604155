"""
Passwords by argon2id (RFC 9106).
"""

import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

# At or above the least that OWASP's password storage cheat sheet asks for, and one lane,
# because each sign-in has one core.
TIME_COST = 2
MEMORY_KIB = 47_104
LANES = 1


class Argon2Passwords:
    """
    Hashes and compares. A missing hash is compared as slowly as a present one.
    """

    def __init__(
        self, *, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB, lanes: int = LANES
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=lanes, type=Type.ID
        )
        self._nobody = self._hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """Salt and hash."""
        return self._hasher.hash(_as_bytes(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Compare; without a hash the answer is no, after the same amount of work."""
        try:
            self._hasher.verify(password_hash or self._nobody, _as_bytes(password))
        except (VerifyMismatchError, InvalidHashError):
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than are used today."""
        return self._hasher.check_needs_rehash(password_hash)


def _as_bytes(password: str) -> bytes:
    # Keyboards write the same letter in more than one way (NIST SP 800-63B-4, 3.1.1.2).
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
