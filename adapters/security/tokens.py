"""
Tokens that nobody can guess.
"""

import hashlib
import secrets

_BYTES = 32


class RandomTokens:
    """
    256 bits from the operating system. A plain hash is enough to store what is that random.
    """

    def new(self) -> str:
        """A new token of 43 characters, safe in URLs and headers."""
        return secrets.token_urlsafe(_BYTES)

    def digest(self, token: str) -> bytes:
        """SHA-256 of the token."""
        return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
