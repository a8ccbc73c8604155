"""
Native forms: their fields, and the proof that they came from our own page.
"""

from urllib.parse import urlencode, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from entrypoints.portal.security.cookies import FORM_SEAL
from entrypoints.portal.security.form_tokens import is_genuine

FORM_OVERHEAD = 64 * 1024
"""Bytes that a form may have beside its file."""

_OWN = ("same-origin", "none")


def is_ours(request: Request, form: FormData) -> bool:
    """Whether the form was shown by this portal, in this browser."""
    return is_same_origin(request) and is_genuine(
        seal=request.cookies.get(FORM_SEAL, ""), token=text(form, "form_token")
    )


def is_same_origin(request: Request) -> bool:
    """Whether the browser says that the request came from our own page."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in _OWN:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def text(form: FormData, name: str) -> str:
    """A field's text; empty when it is absent or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def inside(path: str, *, otherwise: str = "/") -> str:
    """A path of this portal; anything that could lead elsewhere becomes the other one."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or "\n" in path or "\r" in path:
        return otherwise
    return path


def see_other(path: str) -> RedirectResponse:
    """Answer a form by showing a page."""
    return RedirectResponse(path, status_code=303)


def with_query(path: str, **more: str) -> str:
    """A path of ours with something to say."""
    return f"{path}{'&' if '?' in path else '?'}{urlencode(more)}"


def is_too_large(request: Request, largest: int) -> bool:
    """Whether a form with a file claims to hold more than that, or does not say how much."""
    claimed = request.headers.get("content-length", "")
    return not claimed.isdigit() or int(claimed) > largest + FORM_OVERHEAD


def refuse_large(request: Request, problem: str) -> Response:
    """Answer without reading the body: back to the page if the browser names it."""
    referer = urlsplit(request.headers.get("referer", ""))
    if not is_same_origin(request) or referer.netloc != request.headers.get("host"):
        return PlainTextResponse("The file is too large.", status_code=413)
    return see_other(with_query(inside(referer.path), problem=problem))
