"""
The portal's manners in a real browser: searching, notices, the bar on a phone.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from domain.shared.ids import to_wire
from tests.entrypoints.portal.patient_answers import CONSULTATION, FINISHED
from tests.journeys.browser.conftest import PHONE, sign_in_as, wait_for_page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

_CONSULTATION = f"/consultations/{to_wire('consultation', CONSULTATION)}"
_FINISHED = f"/consultations/{to_wire('consultation', FINISHED)}"
_DISMISS = "Dismiss this notice"


@pytest.fixture
def patient(context: BrowserContext, page: Page, portal_address: str) -> Page:
    sign_in_as(context, "patient", portal_address)
    return page


@pytest.fixture
def physician(context: BrowserContext, page: Page, portal_address: str) -> Page:
    sign_in_as(context, "physician", portal_address)
    return page


@pytest.fixture
def staff(context: BrowserContext, page: Page, portal_address: str) -> Page:
    sign_in_as(context, "staff", portal_address)
    return page


def opened(page: Page, path: str) -> Page:
    page.goto(path)
    wait_for_page(page)
    return page


def faults(page: Page) -> list[str]:
    """What a program finds hard for people who cannot see or use a mouse."""
    return [found["id"] for found in Axe().run(page).response["violations"]]


class TestSearch:
    def test_choices_for_other_words_cannot_be_pressed(self, physician: Page) -> None:
        field = opened(physician, f"/physician{_CONSULTATION}").get_by_label("Find a medicine")
        choices = physician.get_by_role("button", name=re.compile("^Choose "))
        found = physician.locator("[data-results-of=medicine]")
        field.press_sequentially("suma")
        expect(choices).to_have_count(2)
        assert faults(physician) == []

        # Within one turn of the page's script, before any answer could come.
        stale = field.evaluate(_TYPE_ONE_MORE, "t")
        expect(choices).to_have_count(2)  # none has a role while it cannot be pressed
        expect(found).to_have_attribute("data-found-for", "sumat")
        again = field.evaluate(_TYPE_ONE_MORE, " ")

        assert (stale, again) == (True, False)

    def test_another_medicine_leads_back_to_what_was_found(self, physician: Page) -> None:
        field = opened(physician, f"/physician{_CONSULTATION}").get_by_label("Find a medicine")
        choices = physician.get_by_role("button", name=re.compile("^Choose "))
        field.press_sequentially("suma")
        choices.first.click()
        physician.get_by_role("button", name="Another medicine").click()

        expect(field).to_have_value("suma")
        expect(choices).to_have_count(2)


class TestNotices:
    @pytest.fixture
    def notice(self, patient: Page) -> Locator:
        """A message was sent, and the page says so."""
        opened(patient, _CONSULTATION).get_by_label("Write a message").fill("Better today.")
        patient.get_by_role("button", name="Send", exact=True).click()
        notice = patient.get_by_role("status").get_by_text("Your message was sent.")
        expect(notice).to_be_visible()
        return notice

    def test_goes_away_when_something_else_is_typed(self, patient: Page, notice: Locator) -> None:
        patient.get_by_label("Write a message").press_sequentially("And")

        expect(notice).to_have_count(0)
        expect(patient.get_by_label("Write a message")).to_have_value("And")
        expect(patient.get_by_label("Write a message")).to_be_focused()

    def test_is_pressed_away_and_the_keyboard_goes_on(self, patient: Page, notice: Locator) -> None:
        assert faults(patient) == []

        patient.get_by_role("button", name=_DISMISS).press("Enter")

        expect(notice).to_have_count(0)
        expect(patient.get_by_role("main")).to_be_focused()

    def test_goes_away_with_the_page(self, patient: Page, notice: Locator) -> None:
        patient.get_by_role("link", name="Profile").first.click()

        expect(patient.get_by_role("heading", name="Your health")).to_be_visible()
        expect(notice).to_have_count(0)

    def test_the_same_words_are_said_anew(self, staff: Page) -> None:
        opened(staff, "/operations/given-up")
        again = staff.get_by_role("button", name=re.compile("^Try again")).first
        again.click()
        said = staff.get_by_role("status").get_by_text("It is queued again.").locator("..")
        said.evaluate("notice => { notice.old = true; }")

        again.click()

        expect(said).not_to_have_js_property("old", value=True)


class TestBottomBar:
    def test_the_places_beyond_are_under_more(self, staff: Page) -> None:
        staff.set_viewport_size(PHONE)
        bar = opened(staff, "/operations").get_by_role("navigation", name="at the bottom")
        more = bar.get_by_role("button", name="More")
        plans = bar.get_by_role("link", name="Plans")
        expect(plans).to_have_count(0)

        more.press("Enter")
        expect(plans).to_be_visible()
        assert faults(staff) == []
        staff.keyboard.press("Escape")
        expect(plans).to_have_count(0)
        expect(more).to_be_focused()

        staff.keyboard.press("Enter")
        staff.keyboard.press("Tab")
        expect(bar.get_by_role("link", name="Reconcile")).to_be_focused()
        plans.click()
        expect(staff.get_by_role("heading", name="Commission plans")).to_be_visible()
        expect(plans).to_have_count(0)

    def test_says_that_the_current_place_is_under_more(self, staff: Page) -> None:
        staff.set_viewport_size(PHONE)
        bar = opened(staff, "/operations/books").get_by_role("navigation", name="at the bottom")
        more = bar.get_by_role("button", name="More")
        expect(more).to_have_attribute("aria-current", "true")

        more.click()
        books = bar.get_by_role("link", name="Books")
        expect(books).to_have_attribute("aria-current", "page")
        expect(books).to_be_in_viewport(ratio=1)

    def test_a_few_places_need_no_more(self, physician: Page) -> None:
        physician.set_viewport_size(PHONE)
        bar = opened(physician, "/physician/wallet").get_by_role("navigation", name="at the bottom")

        expect(bar.get_by_role("link")).to_have_count(5)
        expect(bar.get_by_role("button")).to_have_count(0)


class TestPrescriptions:
    def test_a_physician_sees_no_card_without_any(self, physician: Page) -> None:
        card = physician.get_by_role("heading", name="Prescription", exact=True)

        opened(physician, f"/physician{_CONSULTATION}")
        expect(card).to_be_visible()
        opened(physician, f"/physician{_FINISHED}")
        expect(card).to_have_count(0)

    def test_a_patient_sees_no_card_without_any(self, patient: Page) -> None:
        card = patient.get_by_role("heading", name="Your prescription")

        opened(patient, _CONSULTATION)
        expect(card).to_be_visible()
        opened(patient, _FINISHED)
        expect(card).to_have_count(0)


_TYPE_ONE_MORE = """
(field, letter) => {
  field.focus();
  document.execCommand("insertText", false, letter);
  return document.querySelector("[data-results-of=medicine]").inert;
}
"""
