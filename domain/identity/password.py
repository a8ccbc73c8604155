"""
What makes a password acceptable: length, and not being guessable from what is known.

NIST SP 800-63B-4, section 3.1.1: no rules of composition, but a check against what
attackers try first.
"""

import re

from domain.shared.contact import EmailAddress
from domain.shared.errors import InvalidInput

SHORTEST = 12
LONGEST = 256
_SHORTEST_NAME = 4
_FEWEST_DIFFERENT = 5

# The stems of what is tried first among passwords this long.
_COMMON = re.compile(
    r"(pass ?word|qwert(y|z)|azerty|asdf|zxcvb|letmein|welcome|iloveyou|monkey|dragon|football"
    r"|baseball|superman|princess|sunshine|trustno1|whatever|abcdef|abc123|admin|login|secret"
    r"|changeme|scripted)"
)
_SEQUENCE = re.compile(r"0?123(4(5(6(7(8(90?)?)?)?)?)?)?|(9(8(7)?)?)?654321?0?")


class WeakPassword(InvalidInput):
    """It would be guessed."""


def check_password(password: str, *, email: EmailAddress) -> None:
    """
    Let a password pass that is long enough and not one of the first guesses.

    Raises:
        WeakPassword: Too short, too long, common, repetitive, or made from the address.
    """
    if len(password) < SHORTEST:
        raise _weak(f"Use at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise _weak(f"Use at most {LONGEST} characters.")
    folded = password.casefold()
    if len(set(folded)) < _FEWEST_DIFFERENT:
        raise _weak("Use more different characters.")
    rest = _SEQUENCE.sub("", _COMMON.sub("", folded))
    if len(rest) < SHORTEST // 2:
        raise _weak("This is one of the first passwords that is tried. Choose another.")
    name = email.canonical.partition("@")[0]
    if len(name) >= _SHORTEST_NAME and len(folded.replace(name, "")) < SHORTEST // 2:
        raise _weak("Do not use your e-mail address as your password.")


def _weak(message: str) -> WeakPassword:
    return WeakPassword(message, field="password")
