"""
The browsable documentation: the OpenAPI document and a page that shows it.
"""

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, jsonify, send_from_directory

from entrypoints.api.openapi import document

_DIST = Path(str(files("flask_swagger_ui"))) / "dist"
_FILES = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Scripted API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""

_START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "none",
  defaultModelsExpandDepth: 0, validatorUrl: null,
});
"""


def blueprint(server: str) -> Blueprint:
    """
    Routes for `/openapi.json`, `/docs/` and what the page needs.

    Args:
        server: The public address of the API.
    """
    pages = Blueprint("documentation", __name__)

    @pages.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(document(server))

    @pages.get("/docs/")
    def page() -> Response:
        return Response(_PAGE, content_type="text/html; charset=utf-8")

    @pages.get("/docs/start.js")
    def start() -> Response:
        return Response(_START, content_type="text/javascript; charset=utf-8")

    @pages.get("/docs/<name>")
    def asset(name: str) -> Response:
        if name not in _FILES:
            return Response(status=404)
        return send_from_directory(_DIST, name, max_age=86_400)

    return pages
