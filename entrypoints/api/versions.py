"""
The version of the API: a date. A new one comes when something changes that callers notice.
"""

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest

VERSION = "2026-11-01"
HEADER = "Scripted-Version"


def install_versions(app: Flask, *, prefix: str) -> None:
    """Refuse versions that do not exist, and say which one answers."""

    @app.before_request
    def require_known_version() -> None:
        asked = request.headers.get(HEADER, VERSION)
        if request.path.startswith(prefix) and asked != VERSION:
            raise BadRequest(f"There is no such {HEADER}. The known one is {VERSION}.")

    @app.after_request
    def name_version(response: Response) -> Response:
        if request.path.startswith(prefix):
            response.headers[HEADER] = VERSION
        return response
