"""
The portal in a real browser: signing in, the gate, live forms, dark mode, accessibility.
"""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
)

from domain.documents import LARGEST
from domain.shared.ids import to_wire
from entrypoints.cli.free_ports import free_port
from entrypoints.portal.security.cookies import SESSION
from tests.entrypoints.portal.dispute_answers import DISPUTE
from tests.entrypoints.portal.finance_answers import BREAK
from tests.entrypoints.portal.patient_answers import (
    CONSULTATION,
    DRAFT,
    MIGRAINE,
    ORDER,
    PRESCRIPTION,
)
from tests.entrypoints.portal.pay_answers import STANDARD
from tests.entrypoints.portal.serve_clinic import PASSWORD
from tests.entrypoints.portal.tabs import PHYSICIAN
from tests.fakes.money import PHYSICIAN as WALLET_OF
from tests.journeys.browser.conftest import (
    DESKTOP,
    PHONE,
    serving,
    sign_in_as,
    type_a_name,
    wait_for_page,
)
from tests.journeys.browser.switchboard import switchboard

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

_C = to_wire("consultation", CONSULTATION)
_D = to_wire("consultation", DRAFT)
PAGES = [
    ("", "/"),
    ("", "/sign-in"),
    ("", "/register"),
    ("", "/apply"),
    ("", "/forgot-password"),
    ("", "/choose-password#a-token"),
    ("patient", "/account"),
    ("patient", "/consents"),
    ("patient", "/services"),
    ("patient", f"/services/{to_wire('service', MIGRAINE)}"),
    ("patient", "/consultations"),
    ("patient", f"/consultations/{_C}"),
    ("patient", f"/consultations/{_D}/intake"),
    ("patient", f"/consultations/{_D}/time"),
    ("patient", f"/consultations/{_D}/review"),
    ("patient", f"/consultations/{_C}/move"),
    ("patient", f"/consultations/{_C}/payment"),
    ("patient", f"/consultations/{_C}/cancel"),
    ("patient", f"/prescriptions/{to_wire('prescription', PRESCRIPTION)}"),
    ("patient", "/profile"),
    ("patient", "/profile/details"),
    ("physician", "/physician/queue"),
    ("physician", "/physician/consultations"),
    ("physician", f"/physician/consultations/{_C}"),
    ("physician", "/physician/wallet"),
    ("physician", "/physician/payout-account"),
    ("physician", "/physician/statements"),
    ("physician", "/physician/earnings"),
    ("physician", "/physician/availability"),
    ("physician", "/physician/onboarding"),
    ("staff", "/operations"),
    ("staff", "/operations/given-up"),
    ("staff", f"/operations/orders/{to_wire('order', ORDER)}"),
    ("staff", "/operations/applications"),
    ("staff", f"/operations/applications/{to_wire('physician', PHYSICIAN)}"),
    ("staff", f"/operations/consultations/{_C}"),
    ("staff", "/operations/payments"),
    ("staff", f"/operations/payments/{_C}"),
    ("staff", "/operations/disputes"),
    ("staff", f"/operations/disputes/{to_wire('dispute', DISPUTE)}"),
    ("staff", "/operations/payouts"),
    ("staff", "/operations/plans"),
    ("staff", "/operations/new-plan"),
    ("staff", f"/operations/plans/{to_wire('commission_plan', STANDARD)}"),
    ("staff", "/operations/pay-report"),
    ("staff", "/operations/books"),
    ("staff", "/operations/treasury"),
    ("staff", "/operations/journal"),
    ("staff", f"/operations/journal/{to_wire('journal_entry', CONSULTATION)}"),
    ("staff", "/operations/account?account=patient_funds&currency=AUD"),
    ("staff", f"/operations/account?account=wallet_available:{WALLET_OF}&currency=AUD"),
    ("staff", f"/operations/money/{_C}"),
    ("staff", "/operations/reconciliation"),
    ("staff", "/operations/periods"),
    ("staff", f"/operations/reconciliation/{to_wire('break', BREAK)}"),
]


class TestSigningIn:
    def test_a_patient_comes_in_and_goes_out_again(
        self, page: Page, context: BrowserContext
    ) -> None:
        page.goto("/services")
        page.wait_for_url(re.compile(r"/sign-in\?next="))
        page.get_by_label("E-mail address").fill("patient@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()

        expect(page.get_by_role("heading", name="What can we help you with?")).to_be_visible()
        (cookie,) = [one for one in context.cookies() if one["name"] == SESSION]
        assert cookie["httpOnly"]
        assert SESSION not in str(page.evaluate("document.cookie"))

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out")).to_be_visible()
        assert SESSION not in [one["name"] for one in context.cookies()]

    def test_a_wrong_password_is_said_in_words(self, page: Page) -> None:
        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill("patient@example.org")
        page.get_by_label("Password").fill("something else")
        page.get_by_role("button", name="Sign in").click()

        expect(page.get_by_text("do not go together")).to_be_visible()


class TestJoining:
    def test_a_refused_form_keeps_what_was_typed(self, page: Page) -> None:
        type_a_name(page)

        page.goto("/register?problem=weak_password")
        wait_for_page(page)

        expect(page.get_by_text("Choose a longer password")).to_be_visible()
        expect(page.get_by_label("Given name")).to_have_value("Ada")
        expect(page.get_by_label("Family name")).to_have_value("Moreau")

    def test_a_tab_that_connects_anew_keeps_what_was_typed(self, page: Page) -> None:
        type_a_name(page)

        page.goto("/register")
        wait_for_page(page)
        page.goto("/register?problem=weak_password")  # the browser itself knows nothing here
        wait_for_page(page)

        expect(page.get_by_label("Given name")).to_have_value("Ada")

    def test_another_page_forgets_what_was_typed(self, page: Page) -> None:
        type_a_name(page)

        page.goto("/sign-in")
        wait_for_page(page)
        page.goto("/register")
        wait_for_page(page)

        expect(page.get_by_label("Given name")).to_have_value("")


class TestGate:
    def test_a_patient_is_told_that_a_page_is_not_for_them(
        self, page: Page, context: BrowserContext, portal_address: str
    ) -> None:
        sign_in_as(context, "patient", portal_address)
        page.goto("/physician/wallet")

        expect(page.get_by_role("heading", name="not for your account")).to_be_visible()

    def test_a_websocket_that_calls_setvar_changes_nothing(
        self, page: Page, context: BrowserContext, portal_address: str
    ) -> None:
        sign_in_as(context, "patient", portal_address)
        page.goto("/services")
        wait_for_page(page)

        seen = page.evaluate(_CALL_SETVAR, portal_address.replace("http", "ws"))

        assert "hijacked" not in json.dumps(seen)


class TestIntake:
    def test_an_answer_for_urgent_care_stops_it(
        self, page: Page, context: BrowserContext, portal_address: str
    ) -> None:
        sign_in_as(context, "patient", portal_address)
        page.goto(f"/consultations/{_D}/intake")
        wait_for_page(page)
        page.get_by_role("button", name="Back", exact=True).click()
        page.get_by_text("Within a minute, like a thunderclap").click()

        expect(page.get_by_role("heading", name="get help in person now")).to_be_visible()

    def test_the_first_mistake_is_focused(
        self, page: Page, context: BrowserContext, portal_address: str
    ) -> None:
        sign_in_as(context, "patient", portal_address)
        page.goto(f"/consultations/{_D}/intake")
        wait_for_page(page)
        page.get_by_role("button", name="Back", exact=True).click()
        page.get_by_label("How strong is it").fill("12")
        page.get_by_role("button", name="Next").click()

        expect(page.get_by_text("At most 10.")).to_be_visible()
        expect(page.get_by_label("How strong is it")).to_be_focused()


class TestWorkspace:
    @pytest.mark.parametrize("size", [DESKTOP, PHONE])
    def test_dangers_stay_in_view_and_never_lie_over_what_is_typed(
        self, page: Page, context: BrowserContext, portal_address: str, size: ViewportSize
    ) -> None:
        page.set_viewport_size(size)
        sign_in_as(context, "physician", portal_address)
        page.goto(f"/physician/consultations/{_C}")
        wait_for_page(page)

        for part in ("plan", "assessment", "objective", "subjective"):
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            page.focus(f"#{part}")
            page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            places = page.evaluate(_WHERE)

            assert places["danger"] < places["field"]
            assert places["danger_top"] >= 0
            assert places["field_end"] <= size["height"]


class TestHolds:
    @pytest.mark.parametrize("size", [DESKTOP, PHONE])
    def test_are_placed_on_whom_one_chooses_by_name(
        self, page: Page, context: BrowserContext, portal_address: str, size: ViewportSize
    ) -> None:
        page.set_viewport_size(size)
        sign_in_as(context, "staff", portal_address)
        page.goto("/operations/payouts")
        wait_for_page(page)
        page.get_by_text("Hold part of a wallet").click()
        page.get_by_label("Whose wallet").fill("moreau")
        page.get_by_role("button", name="Find").click()
        choice = page.get_by_label("Physician", exact=True)

        expect(page.get_by_text("Found 2. Choose whose wallet it is.")).to_be_visible()
        expect(choice).to_have_value("")
        assert Axe().run(page).response["violations"] == []
        choice.select_option(to_wire("physician", PHYSICIAN))
        page.get_by_label("Amount").fill("180")
        page.get_by_label("Until the end of").fill("2026-11-30")
        page.get_by_label("Why, for the audit trail").fill("A letter")
        page.get_by_role("button", name="Hold it").click()

        expect(page.get_by_text("It is held. The physician sees why")).to_be_visible()
        expect(choice).not_to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


class TestConnection:
    def test_says_that_it_is_lost_and_comes_back_by_itself(
        self, browser: Browser, portal_address: str, tmp_path: Path
    ) -> None:
        del portal_address  # another portal is served here, but the client has to be built
        portal = free_port()
        with (
            switchboard(portal) as board,
            serving(tmp_path / "portal.log", portal, public_port=board.port),
        ):
            address = f"http://127.0.0.1:{board.port}"
            context = browser.new_context(base_url=address)
            sign_in_as(context, "patient", address)
            page = context.new_page()
            page.goto("/profile")
            wait_for_page(page)

            board.switch_to(free_port())
            banner = page.get_by_text("Connection lost. Trying again")
            expect(banner).to_be_visible(timeout=30_000)
            expect(page.get_by_role("heading", name="Your health")).to_be_visible()
            board.switch_to(portal)
            expect(banner).not_to_be_visible(timeout=30_000)
            context.close()


class TestAccount:
    def test_the_picture_for_the_authenticator_is_allowed_to_show(
        self, page: Page, context: BrowserContext, portal_address: str
    ) -> None:
        sign_in_as(context, "physician", portal_address)
        page.goto("/account")
        wait_for_page(page)
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Set it up").click()

        picture = page.get_by_role("img", name=re.compile("QR code"))
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100

    def test_the_token_of_a_link_goes_from_the_address_into_the_form(self, page: Page) -> None:
        page.goto("/choose-password#a-token")
        wait_for_page(page)
        page.get_by_label("New password").fill("four quiet green hills")

        with page.expect_request("**/auth/choose-password") as sent:
            page.get_by_role("button", name="Set the password").click()
        expect(page.get_by_text("Your password is set.")).to_be_visible()

        assert "token=a-token" in (sent.value.post_data or "")
        assert "a-token" not in sent.value.url


class TestDocuments:
    def test_one_is_kept_as_a_file_and_the_page_stays(
        self, page: Page, context: BrowserContext, portal_address: str
    ) -> None:
        sign_in_as(context, "physician", portal_address)
        page.goto(f"/physician/consultations/{_C}")
        wait_for_page(page)

        with page.expect_download() as downloading:
            page.get_by_role("link", name="Download forearm-in-daylight.jpg").click()

        assert downloading.value.path().read_bytes() == b"a picture"
        expect(page.get_by_role("heading", name="Documents")).to_be_visible()

    def test_the_browser_says_that_a_file_is_too_large_before_it_is_sent(
        self, page: Page, context: BrowserContext, portal_address: str
    ) -> None:
        sign_in_as(context, "patient", portal_address)
        page.goto(f"/consultations/{_C}")
        wait_for_page(page)
        chooser = page.get_by_label("File")

        chooser.set_input_files(
            {"name": "large.png", "mimeType": "image/png", "buffer": b"x" * (LARGEST + 1)}
        )
        said = chooser.evaluate("input => input.validationMessage")

        assert said == "Choose a file of at most 20 MB."


class TestLook:
    def test_follows_the_readers_wish_for_darkness(
        self, browser: Browser, portal_address: str
    ) -> None:
        context = browser.new_context(base_url=portal_address, color_scheme="dark")
        page = context.new_page()
        page.goto("/sign-in")

        expect(page.locator("html")).to_have_class(re.compile("dark"))
        # The page is dark before its script runs; the sun is shown by the script.
        switch = page.get_by_role("button", name="Switch between light and dark")
        expect(switch.locator(".lucide-sun")).to_be_visible()
        switch.click()
        expect(page.locator("html")).not_to_have_class(re.compile("dark"))
        context.close()

    @pytest.mark.parametrize(("kind", "path"), PAGES)
    def test_nothing_sticks_out_on_a_phone(
        self, page: Page, context: BrowserContext, portal_address: str, kind: str, path: str
    ) -> None:
        page.set_viewport_size(PHONE)
        _open(page, context, portal_address, kind, path)

        width = page.evaluate("document.documentElement.scrollWidth")
        scrolling = page.locator(".table-wrap, .bottombar > ul").evaluate_all(
            "found => found.filter(each => each.scrollWidth > each.clientWidth).length"
        )

        assert width <= PHONE["width"]
        assert scrolling == 0


class TestAccessibility:
    @pytest.mark.parametrize(("kind", "path"), PAGES)
    def test_axe_finds_nothing_in_light_or_dark(
        self, page: Page, context: BrowserContext, portal_address: str, kind: str, path: str
    ) -> None:
        _open(page, context, portal_address, kind, path)

        found = Axe().run(page).response["violations"]
        page.emulate_media(color_scheme="dark")
        expect(page.locator("html")).to_have_class(re.compile("dark"))
        found += Axe().run(page).response["violations"]

        assert [
            (one["id"], node["target"], node.get("failureSummary"))
            for one in found
            for node in one["nodes"]
        ] == []

    def test_the_keyboard_can_skip_to_the_content(self, page: Page) -> None:
        page.goto("/sign-in")
        wait_for_page(page)
        page.keyboard.press("Tab")

        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


def _open(page: Page, context: BrowserContext, portal_address: str, kind: str, path: str) -> None:
    if kind:
        sign_in_as(context, kind, portal_address)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(path)
    wait_for_page(page)
    assert failures == []


_WHERE = """
() => {
  const bar = document.querySelector(".sticky").getBoundingClientRect();
  const field = document.activeElement.getBoundingClientRect();
  return {danger_top: bar.top, danger: bar.bottom, field: field.top, field_end: field.bottom};
}
"""

_CALL_SETVAR = """
(address) => new Promise((resolve) => {
  const state = "reflex___state____state." +
    "entrypoints___portal___states___session____session_state";
  const socket = new WebSocket(
    `${address}/_rx/_event/?token=a-stolen-tab&EIO=4&transport=websocket`);
  const seen = [];
  socket.onmessage = ({data}) => {
    seen.push(String(data));
    if (data.startsWith("0")) socket.send("40/_event,");
    if (data.startsWith("40/_event")) {
      const event = {name: `${state}.setvar`, router_data: {pathname: "/"},
                     payload: {var_name: "name", value: "hijacked"}};
      socket.send("42/_event," + JSON.stringify(["event", event]));
      setTimeout(() => { socket.close(); resolve(seen); }, 800);
    }
  };
  socket.onerror = () => resolve(seen);
  setTimeout(() => resolve(seen), 5000);
})
"""
