"""
What bytes are, by their signature.
"""

import filetype  # type: ignore[import-untyped]


class SignatureMediaTypes:
    """
    Trusts the first bytes; a name or a declared type plays no part.
    """

    def of(self, content: bytes) -> str | None:
        """The media type, or None if no signature is known."""
        found = filetype.guess(content)
        return None if found is None else str(found.mime)
