import pytest
from attrs import define, field

from adapters.email.account_mail import LinkMail, MailNotAccepted
from application.notifications.ports import DeliveryRefused, RenderedMessage
from domain.shared.contact import EmailAddress
from domain.shared.ids import NotificationId
from tests.fakes.clock import SequentialIds

EMAIL = EmailAddress("amelia@example.com")


@define(eq=False)
class RecordedSender:
    refuses: bool = False
    sent: list[tuple[str, RenderedMessage]] = field(factory=list)

    def send(
        self, *, to: EmailAddress, message: RenderedMessage, notification_id: NotificationId
    ) -> str:
        if self.refuses:
            raise DeliveryRefused("No such box.")
        self.sent.append((to.value, message))
        return "id"


@pytest.fixture
def sender() -> RecordedSender:
    return RecordedSender()


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("en-AU", "Choose a new password"),
        ("fr", "Choisissez un nouveau mot de passe"),
        ("de", "Choose a new password"),
    ],
)
def test_speaks_the_language_of_the_reader(
    sender: RecordedSender, locale: str, subject: str
) -> None:
    mail = LinkMail(sender, SequentialIds(), portal_url="https://portal.example/")

    mail.send_password_reset(to=EMAIL, token="secret-token", locale=locale)

    ((to, message),) = sender.sent
    assert (to, message.subject) == (EMAIL.value, subject)
    for body in (message.text, message.html):
        assert "https://portal.example/choose-password#secret-token" in body


def test_sends_invitations(sender: RecordedSender) -> None:
    LinkMail(sender, SequentialIds(), portal_url="https://portal.example").send_invitation(
        to=EMAIL, token="secret-token", locale="en"
    )

    assert "#secret-token" in sender.sent[0][1].text


def test_says_that_an_address_takes_no_mail() -> None:
    mail = LinkMail(RecordedSender(refuses=True), SequentialIds(), portal_url="https://p.example")

    with pytest.raises(MailNotAccepted):
        mail.send_invitation(to=EMAIL, token="secret-token", locale="en")
