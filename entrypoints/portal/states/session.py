"""
Who sits at this browser tab, and in which time zone.

The first State of the portal, which the gate fills in at every event. Its public vars
are what the frames show; whose tab it is stays private.
"""

import reflex as rx

from application.identity.queries import UserView
from application.shared.access import Actor, Role
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.security.cookies import FORM_SEAL, ZONE, read_cookie
from entrypoints.portal.security.form_tokens import token_for
from entrypoints.portal.words import is_zone

UNBOUND = "unbound"


class SessionState(rx.State):
    """The tab's reader, as the gate last saw them."""

    signed_in: bool = False
    kind: str = ""
    name: str = ""
    refused: bool = False
    form_token: str = ""
    zone: str = ""

    _owner: str = UNBOUND
    _actor: Actor | None = None
    _open_page: str = ""
    _open_address: str = ""

    @allowed(Audience.ANYBODY)
    async def note_zone(self, zone: str) -> None:
        """Remember the browser's time zone, and hand the page's forms their token."""
        cookies = self.router.headers.cookie
        self.form_token = token_for(read_cookie(cookies, FORM_SEAL))
        if not self.zone and is_zone(zone):
            self.zone = zone

    def _recognise(self, actor: Actor | None, account: UserView | None) -> None:
        self._actor = actor
        self.signed_in = actor is not None
        self.kind = kind_of(actor)
        self.name = account.name if account is not None else ""
        chosen = account.time_zone if account is not None else ""
        remembered = read_cookie(self.router.headers.cookie, ZONE)
        # An account that never chose says UTC; the browser then knows better.
        for zone in (chosen if chosen != "UTC" else "", remembered):
            if is_zone(zone):
                self.zone = zone
                break


def kind_of(actor: Actor | None) -> str:
    """Which of the portal's three parts is this reader's own."""
    if actor is None:
        return ""
    if actor.is_staff:
        return "staff"
    if Role.PHYSICIAN in actor.roles:
        return "physician"
    return "patient"
