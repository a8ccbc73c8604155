"""
E-mail by SMTP (RFC 5321), as plain text with an HTML alternative.
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, parseaddr

from attrs import field, frozen

from application.notifications.ports import (
    DeliveryRefused,
    DeliveryUnavailable,
    RenderedMessage,
)
from domain.shared.contact import EmailAddress
from domain.shared.ids import NotificationId

_PERMANENT = range(500, 600)


@frozen(kw_only=True)
class MailServer:
    """
    Where mail is handed over.

    Args:
        sender: Name and address that it comes from, `Scripted <care@example.com>`.
        user: Empty where the server asks for none.
        encrypt: STARTTLS before anything is said; off for a server on the same machine.
    """

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    encrypt: bool = False
    timeout_seconds: float = 10.0


class SmtpEmail:
    """Hands over one message per connection."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def send(
        self, *, to: EmailAddress, message: RenderedMessage, notification_id: NotificationId
    ) -> str:
        letter = self._letter(to, message, notification_id)
        try:
            self._hand_over(letter)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as answer:
            if _is_permanent(answer):
                raise DeliveryRefused("The mail server does not take this.") from answer
            raise DeliveryUnavailable("The mail server asks to try later.") from answer
        except (OSError, smtplib.SMTPException) as silence:
            raise DeliveryUnavailable("The mail server does not answer.") from silence
        return str(letter["Message-ID"])

    def _letter(
        self, to: EmailAddress, message: RenderedMessage, notification_id: NotificationId
    ) -> EmailMessage:
        domain = parseaddr(self._server.sender)[1].rpartition("@")[2]
        letter = EmailMessage()
        letter["From"] = self._server.sender
        letter["To"] = to.value
        letter["Subject"] = message.subject
        letter["Date"] = formatdate(usegmt=True)
        # The same notification has the same identity, so that a repeat is recognised.
        letter["Message-ID"] = f"<{notification_id}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        letter.add_alternative(message.html, subtype="html")
        return letter

    def _hand_over(self, letter: EmailMessage) -> None:
        server = self._server
        with smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds) as connection:
            if server.encrypt:
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(letter)


def _is_permanent(
    answer: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException,
) -> bool:
    if isinstance(answer, smtplib.SMTPResponseException):
        # A refused password is ours to mend; the address may be perfectly good.
        wrong_password = isinstance(answer, smtplib.SMTPAuthenticationError)
        return answer.smtp_code in _PERMANENT and not wrong_password
    return all(code in _PERMANENT for code, _ in answer.recipients.values())
