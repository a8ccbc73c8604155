"""
What people do in their browsers, each in their own, over the whole platform.
"""

import re
import secrets
from collections.abc import Iterator

import pytest
from attrs import evolve
from playwright.sync_api import Page, expect

from application.catalogue.publication import PublishService
from application.ledger.maturity import MatureEarnings
from application.payouts.initiation import RequestPayout
from application.shared.access import SYSTEM
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import PayoutId
from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.portal.build import build
from entrypoints.seeding import cast
from entrypoints.seeding.catalogue import SERVICES
from entrypoints.seeding.clinic import own_physician
from tests.browser import chromium
from tests.journeys.browser.people import (
    SOON,
    FinanceAtWork,
    PatientAtHome,
    PhysicianAtWork,
    mark,
    press,
    small_png,
    was_reloaded,
)
from tests.journeys.house import House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(400),
]

SERVICE = "Photo skin check"


@pytest.fixture(scope="module")
def open_portal(shared_house: House) -> Iterator[House]:
    """The clinic with its portal served, and a service that only this test uses."""
    platform = shared_house.platform
    platform.environment["SCRIPTED_PORTAL_DIST"] = str(build())
    platform.start("portal.serve")
    platform.wait_for(f"{platform.portal_url}/healthz")
    shared_house.use(PublishService)(
        actor=shared_house.clinic.actor(cast.ADMINISTRATOR),
        code="photo-skin-check",
        offer={**SERVICES["skin-consultation"], "name": SERVICE},
    )
    yield shared_house
    shared_house.stop("portal.serve")


@pytest.fixture
def browsers(open_portal: House) -> Iterator[tuple[Page, Page]]:
    """Two browsers that know nothing of each other: a patient's phone, a physician's screen."""
    address = open_portal.platform.portal_url
    with chromium() as browser:
        pages = []
        for width, height in ((390, 844), (1440, 900)):
            context = browser.new_context(
                base_url=address,
                viewport={"width": width, "height": height},
                timezone_id="Australia/Sydney",
                locale="en-GB",
            )
            context.set_default_timeout(20_000)
            pages.append(context.new_page())
        yield pages[0], pages[1]


def test_a_patient_and_a_physician_go_the_whole_way(
    open_portal: House, browsers: tuple[Page, Page]
) -> None:
    patient, physician = PatientAtHome(browsers[0]), PhysicianAtWork(browsers[1])
    family = f"Thistle{secrets.token_hex(3)}"
    physician.sign_in(email=cast.MOREAU.email, password=cast.PASSWORD)
    mark(physician.page)

    patient.register(given="Maya", family=family, email=f"{family}@patients.example")
    patient.consent()
    patient.choose(SERVICE)
    patient.tell_of_a_rash()
    expect(physician.waiting(SERVICE)).to_have_count(0)
    patient.pay()
    patient.sees("A physician will take your case soon")

    physician.take(SERVICE)
    expect(physician.page.get_by_role("heading", name=f"Maya {family}")).to_be_visible()
    patient.sees("has taken your case")
    expect(physician.page.get_by_text("rash.png").first).to_be_visible()
    assert physician.download("rash.png") == small_png()
    patient.send_file("closer.png", small_png(shade=90))
    mark(patient.page)
    assert physician.download("closer.png") == small_png(shade=90)
    physician.begin()
    patient.sees("is working on your case")
    physician.write("Does it itch more at night?")
    patient.sees("Does it itch more at night")
    patient.write("Yes, a little more at night.")
    expect(physician.page.get_by_text("Yes, a little more at night.")).to_be_visible(timeout=SOON)
    physician.prescribe("hydrocortisone", times_per_day=2, days=7, quantity=30)
    patient.sees("Your prescription")
    physician.sign_note(
        subjective="Itchy rash on both forearms after gardening.",
        objective="Photo seen: red patches, no blisters.",
        assessment="Contact dermatitis.",
        plan="Hydrocortisone for a week. Gloves in the garden.",
    )
    physician.complete("Prescribed", follow_up_days=14)
    patient.sees("Your physician has prescribed for you")
    patient.sees("Gloves in the garden")
    patient.sees("Tell me how the skin looks")
    patient.sees("Your medicine was delivered|You collected your medicine")
    assert not was_reloaded(patient.page)

    physician.open_wallet()
    money = physician.page.get_by_role("region", name="Every movement in the order of booking")
    expect(money.get_by_text("Consultation").first).to_be_visible(timeout=SOON)
    open_portal.use(MatureEarnings)(actor=SYSTEM)
    where = physician.page.get_by_role("region", name="Every cent of your wallet")
    expect(where.get_by_text("Ready to be withdrawn.").first).to_be_visible(timeout=SOON)
    physician.withdraw("10.00")
    paid = physician.page.get_by_role("listitem").filter(has_text="A$10.00")
    expect(paid.get_by_text("Paid", exact=True).first).to_be_visible(timeout=SOON)
    assert not was_reloaded(physician.page)
    open_portal.assert_sound()


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(
    open_portal: House, browsers: tuple[Page, Page]
) -> None:
    page, again = browsers
    email = f"{secrets.token_hex(6)}@patients.example"
    open_portal.clinic.register_patient(evolve(cast.MAYA, email=email))
    page.goto("/forgot-password")
    page.get_by_label("E-mail address").fill(email)
    press(page, "Send the link")
    expect(page.get_by_text("Look into your e-mail.")).to_be_visible()

    link = link_for(open_portal, email)
    for tab in (page, again):
        tab.goto(link)
        tab.get_by_label("New password").fill("four-quiet-green-hills")
        press(tab, "Set the password")
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    expect(again.get_by_text("This link was used before")).to_be_visible()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill("four-quiet-green-hills")
    press(page, "Sign in")
    expect(page.get_by_role("heading", name="What can we help you with?")).to_be_visible()


def test_a_large_payout_goes_on_when_two_people_have_agreed(
    open_portal: House, browsers: tuple[Page, Page]
) -> None:
    payout_id = large_payout(open_portal)
    olivia, ben = (FinanceAtWork(page) for page in browsers)
    olivia.sign_in(email=cast.OPERATIONS, password=cast.PASSWORD)
    ben.sign_in(email=cast.SECOND_OPERATOR, password=cast.PASSWORD)
    mark(ben.page)

    olivia.agree("The consultation is documented.")
    olivia.sees("A second person has to agree.")
    ben.sees("Olivia Park agreed")
    ben.sees("One person has to agree")
    olivia.agree("I am quite sure.")
    expect(olivia.page.get_by_role("alert")).to_contain_text("You have agreed already.")
    assert open_portal.payout(payout_id).status is PayoutStatus.AWAITING_APPROVAL

    ben.agree("The bank account is the physician's own.")
    ben.sees("It is on its way.")
    for one in (olivia, ben):
        one.sees("Nothing waits for approval.")
    open_portal.wait_until_paid(payout_id)
    latest = ben.page.get_by_role("row").nth(1)
    expect(latest.get_by_role("cell", name="Paid", exact=True)).to_be_visible(timeout=SOON)
    assert not was_reloaded(ben.page)
    open_portal.assert_sound()


def large_payout(house: House) -> PayoutId:
    """What a physician has just earned, asked for where nearly everything is large."""
    earned = house.earned(house.okafor)
    strict = house.platform.environment | {"SCRIPTED_PAYOUT_APPROVAL_ABOVE": "1"}
    container = Container(Settings.from_environment(strict))
    try:
        return container.resolve(RequestPayout)(
            actor=house.okafor, physician_id=own_physician(house.okafor), amount=earned
        )
    finally:
        container.close()


def link_for(house: House, email: str) -> str:
    """The link of the letter that has arrived; its path, so that any port will do."""

    def links() -> list[str]:
        texts = [str(letter["text"]) for letter in house.mail_to(email)]
        return [found for text in texts for found in re.findall(r"/choose-password#\S+", text)]

    eventually(lambda: bool(links()), "the letter with the link has arrived")
    return links()[0]
