"""
Answering with a file.
"""

from collections.abc import Iterable
from urllib.parse import quote

from flask import Response


def attachment(content: bytes | Iterable[str], *, media_type: str, filename: str) -> Response:
    """
    A file to be saved, never to be shown in our own origin.

    Args:
        content: A file that is not held in memory comes in pieces, and is sent as they come.
    """
    response = Response(content, content_type=media_type)
    # RFC 6266: the plain name for old clients, the encoded one for all others.
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._- ") else "_"
        for letter in filename
    )
    encoded = quote(filename, safe="")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
