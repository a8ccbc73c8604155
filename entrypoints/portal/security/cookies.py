"""
The portal's two cookies, and reading them from a Cookie header.

Neither can be read by a script. The session names who is signed in; the seal ties a
form to the browser that it was shown in.
"""

from http.cookies import CookieError, SimpleCookie

SESSION = "scripted_session"
FORM_SEAL = "scripted_form"
ZONE = "scripted_zone"


def read_cookie(header: str, name: str) -> str:
    """The cookie's value, or empty when there is none or the header is malformed."""
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""
