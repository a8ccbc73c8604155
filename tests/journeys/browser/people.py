"""
People in front of their browsers, patients, physicians and staff: what each does, and waits to see.

Pages are never reloaded here: what comes from the other one has to arrive by itself.
"""

import re
import struct
import zlib

from attrs import frozen
from playwright.sync_api import Locator, Page, expect

PASSWORD = "three-calm-blue-boats"
SOON = 30_000
MARK = "window.neverReloaded"


def small_png(shade: int = 120) -> bytes:
    """A real picture of eight by eight grey dots."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([shade]) * 8) * 8
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(rows)),
            chunk(b"IEND", b""),
        )
    )


def mark(page: Page) -> None:
    """Leave something that a reload would wipe out."""
    page.evaluate(f"{MARK} = true")


def was_reloaded(page: Page) -> bool:
    """Whether the page was loaded anew since it was marked."""
    return not page.evaluate(f"{MARK} === true")


def press(page: Page, words: str) -> None:
    """Press the button with exactly these words."""
    page.get_by_role("button", name=words, exact=True).click()


def sign_in(page: Page, *, email: str, password: str, onward: str) -> None:
    """Give a password, on the way to a page."""
    page.goto(f"/sign-in?next={onward}")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    press(page, "Sign in")


@frozen
class PatientAtHome:
    """Somebody who needs a physician."""

    page: Page

    def register(self, *, given: str, family: str, email: str) -> None:
        self.page.goto("/register")
        self._fill("Given name", given)
        self._fill("Family name", family)
        self._fill("E-mail address", email)
        self._fill("Password", PASSWORD)
        self._fill("Date of birth", "1990-03-04")
        self.page.get_by_label("Sex").select_option("female")
        self.page.get_by_label("Where you are").select_option("AU-NSW")
        self._fill("Mobile number", "+61 412 345 678")
        press(self.page, "Create account")

    def consent(self) -> None:
        boxes = self.page.get_by_role("checkbox")
        expect(boxes.first).to_be_visible()
        for box in boxes.all():
            box.check()
        press(self.page, "Agree and go on")

    def choose(self, service: str) -> None:
        self.page.get_by_role("link", name=re.compile(service)).click()
        press(self.page, "Begin")

    def tell_of_a_rash(self) -> None:
        self._pick("What is it about?", "A rash")
        self._pick("Since when?", "A few days")
        self._pick("Where on your body?", "Arms or hands")
        press(self.page, "Next")
        self._pick("How does it feel?", "It itches")
        self._pick("Does the colour fade", "Yes")
        self._pick("Do you have a fever", "No")
        press(self.page, "Next")
        self._pick("Are your lips", "No")
        self._attach("rash.png", small_png())
        self._write("What have you tried so far?", "A moisturiser.")
        press(self.page, "Next")
        self._pick("Are you pregnant", "Does not apply to me")
        self._write("What else should the physician know?", "It came after gardening.")
        press(self.page, "Continue")

    def pay(self) -> None:
        press(self.page, "Go to payment")
        self.page.get_by_label("Card number").fill("4242 4242 4242 4242")
        self.page.get_by_label("Expiry").fill("12 / 34")
        self.page.get_by_label("Security code").fill("123")
        self.page.get_by_role("button", name=re.compile("^(Authorise|Pay) ")).click()
        self.page.get_by_role("link", name="See your consultation").click(timeout=SOON)

    def sees(self, words: str) -> None:
        """Wait until the page says so, by itself."""
        expect(self.page.get_by_text(re.compile(words)).first).to_be_visible(timeout=SOON)

    def write(self, words: str) -> None:
        self.page.get_by_label("Write a message").fill(words)
        press(self.page, "Send")

    def send_file(self, name: str, content: bytes) -> None:
        """Attach a document to the consultation that is shown."""
        self.page.get_by_label("File").set_input_files(
            {"name": name, "mimeType": "image/png", "buffer": content}
        )
        press(self.page, "Attach")
        expect(self.page.get_by_text("Your file is attached.")).to_be_visible()

    def _fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)

    def _pick(self, question: str, answer: str) -> None:
        group = self.page.get_by_role("group", name=re.compile(re.escape(question)))
        group.get_by_text(answer, exact=True).click()
        expect(group.get_by_label(answer, exact=True)).to_be_checked()

    def _attach(self, name: str, content: bytes) -> None:
        self.page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "image/png", "buffer": content}
        )
        press(self.page, "Attach")
        expect(self.page.get_by_text("A file is attached.")).to_be_visible()

    def _write(self, question: str, text: str) -> None:
        box = self.page.get_by_label(question)
        box.fill(text)
        box.blur()


@frozen
class PhysicianAtWork:
    """Somebody who answers."""

    page: Page

    def sign_in(self, *, email: str, password: str) -> None:
        sign_in(self.page, email=email, password=password, onward="/physician/queue")
        expect(self.page.get_by_role("heading", name="Queue")).to_be_visible()

    def waiting(self, service: str) -> Locator:
        """Where a case of this service can be taken."""
        return self.page.get_by_role("button", name=f"Take {service}")

    def take(self, service: str) -> None:
        self.waiting(service).click(timeout=SOON)

    def begin(self) -> None:
        press(self.page, "Begin")
        expect(self.page.get_by_label("Subjective")).to_be_visible()

    def download(self, name: str) -> bytes:
        """What is in the document of this name."""
        with self.page.expect_download() as downloading:
            self.page.get_by_role("link", name=f"Download {name}").click(timeout=SOON)
        return downloading.value.path().read_bytes()

    def write(self, words: str) -> None:
        self.page.get_by_label("Write to the patient").fill(words)
        press(self.page, "Send")
        expect(self.page.get_by_text("Your message was sent.")).to_be_visible()

    def prescribe(self, words: str, *, times_per_day: int, days: int, quantity: int) -> None:
        self.page.get_by_label("Find a medicine").press_sequentially(words)
        self.page.get_by_role("button", name=re.compile("^Choose ")).first.click()
        self.page.get_by_label("Times a day").fill(str(times_per_day))
        self.page.get_by_label("For days").fill(str(days))
        self.page.get_by_label("Quantity to supply").fill(str(quantity))
        press(self.page, "Add and check")
        expect(self.page.get_by_role("heading", name="You are about to sign")).to_be_visible()
        for box in self.page.get_by_label("I have read this").all():
            box.check()
        press(self.page, "Sign the prescription")
        expect(self.page.get_by_text("signed and on its way")).to_be_visible()

    def sign_note(self, **parts: str) -> None:
        for name, text in parts.items():
            box = self.page.get_by_label(name.capitalize(), exact=True)
            box.fill(text)
            box.blur()
        expect(self.page.get_by_text("The note is saved.")).to_be_visible()
        press(self.page, "Sign the note")
        expect(self.page.get_by_text("The note is signed.")).to_be_visible()

    def complete(self, outcome: str, *, follow_up_days: int) -> None:
        self.page.get_by_label(outcome, exact=True).check()
        self.page.get_by_label("Follow-up in days").fill(str(follow_up_days))
        self.page.get_by_label("What to come back for").fill("Tell me how the skin looks.")
        press(self.page, "Complete the consultation")
        expect(self.page.get_by_text("The consultation is completed.")).to_be_visible()

    def open_wallet(self) -> None:
        self.page.get_by_role("link", name="Wallet").first.click()
        expect(self.page.get_by_role("heading", name="Where is my money?")).to_be_visible()

    def withdraw(self, sum_major: str) -> None:
        self.page.get_by_label("Amount").fill(sum_major)
        press(self.page, "Continue")
        press(self.page, "Withdraw now")
        expect(self.page.get_by_text("on their way to your bank")).to_be_visible()


@frozen
class FinanceAtWork:
    """Somebody who looks at payouts."""

    page: Page

    def sign_in(self, *, email: str, password: str) -> None:
        sign_in(self.page, email=email, password=password, onward="/operations/payouts")
        expect(self.page.get_by_role("heading", name="To agree to")).to_be_visible()

    def agree(self, checked: str) -> None:
        """Say yes to the one large payout that waits."""
        self.page.get_by_label("What you checked").fill(checked)
        press(self.page, "Agree")

    def sees(self, words: str) -> None:
        """Wait until the page says so, by itself."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=SOON)
