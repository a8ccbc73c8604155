"""
Letters that carry a one-time token. They are sent at once and never stored.
"""

import html

from application.notifications.ports import DeliveryRefused, EmailSender, RenderedMessage
from application.shared.ports import Ids
from domain.shared.contact import EmailAddress
from domain.shared.errors import Unavailable
from domain.shared.ids import NotificationId

_RESET = {
    "en": (
        "Choose a new password",
        (
            "Somebody, hopefully you, asked for a new password on Scripted. Choose it here within"
            " an hour:\n\n{link}\n\nIf it was not you, ignore this letter; nothing has changed."
        ),
    ),
    "fr": (
        "Choisissez un nouveau mot de passe",
        (
            "Quelqu'un, sans doute vous, a demandé un nouveau mot de passe sur Scripted."
            " Choisissez-le ici dans l'heure :\n\n{link}\n\nSi ce n'était pas vous, ignorez ce"
            " message ; rien n'a changé."
        ),
    ),
}
_INVITATION = {
    "en": (
        "You are invited to Scripted",
        (
            "A colleague has invited you to work on Scripted. Choose your password here within"
            " a week:\n\n{link}"
        ),
    ),
    "fr": (
        "Vous êtes invité sur Scripted",
        (
            "Un collègue vous invite à travailler sur Scripted. Choisissez votre mot de passe ici"
            " dans la semaine :\n\n{link}"
        ),
    ),
}


class MailNotAccepted(Unavailable):
    """The letter could not be handed over."""


class LinkMail:
    """
    Sends links to the portal's page where a password is chosen.
    """

    def __init__(self, sender: EmailSender, ids: Ids, *, portal_url: str) -> None:
        self._sender = sender
        self._ids = ids
        # Behind `#`, so that the token is in no server's log and in no Referer header.
        self._page = f"{portal_url.rstrip('/')}/choose-password#"

    def send_password_reset(self, *, to: EmailAddress, token: str, locale: str) -> None:
        """Send the link by which a forgotten password is replaced."""
        self._send(_RESET, to=to, token=token, locale=locale)

    def send_invitation(self, *, to: EmailAddress, token: str, locale: str) -> None:
        """Send the link by which an invited person chooses a password."""
        self._send(_INVITATION, to=to, token=token, locale=locale)

    def _send(
        self, texts: dict[str, tuple[str, str]], *, to: EmailAddress, token: str, locale: str
    ) -> None:
        subject, template = texts.get(locale.partition("-")[0], texts["en"])
        text = template.format(link=self._page + token)
        paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n"))
        message = RenderedMessage(subject=subject, text=text, html=paragraphs)
        try:
            self._sender.send(
                to=to, message=message, notification_id=NotificationId(self._ids.new())
            )
        except DeliveryRefused as refused:
            raise MailNotAccepted("The letter could not be sent to this address.") from refused
