"""
The plain addresses: sign-in, sign-out, the client's files, and what every answer carries.
"""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from application.identity.sign_in import IssuedSession, SignIn, SignOut
from domain.identity.lockout import WrongCredentials
from domain.shared.ids import SessionId
from entrypoints.portal.http.forms import inside
from entrypoints.portal.http.headers import script_hashes
from entrypoints.portal.http.site import one_port
from entrypoints.portal.security.cookies import FORM_SEAL, SESSION
from entrypoints.portal.security.form_tokens import token_for
from entrypoints.portal.settings import PortalSettings, read_settings
from tests.entrypoints.portal.http_browser import HttpBrowser
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.tabs import Clinic

_PAGE = "<html><script>start()</script><script src='/a.js'></script></html>"


async def _reflex(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("reflex")(scope, receive, send)


@pytest.fixture
def settings(tmp_path: Path) -> PortalSettings:
    for page in ("", "sign-in"):
        (tmp_path / page).mkdir(exist_ok=True)
        (tmp_path / page / "index.html").write_text(_PAGE)
    (tmp_path / "__spa-fallback.html").write_text(_PAGE)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.js").write_text("go()")
    return PortalSettings(public_url="https://portal.test", client_directory=tmp_path)


@pytest.fixture
def browser(settings: PortalSettings, clinic: Clinic) -> HttpBrowser:
    routes = {"/", "/sign-in", "/consultations/co_1"}
    return HttpBrowser(one_port(settings, lambda path: path in routes)(_reflex))


def filled_in(browser: HttpBrowser, **fields: str) -> dict[str, str]:
    browser.get("/sign-in")
    return {"form_token": token_for(browser.cookies[FORM_SEAL]), **fields}


class TestSignIn:
    def test_sets_a_cookie_that_no_script_reads_and_goes_where_the_reader_was(
        self, browser: HttpBrowser, clinic: Clinic
    ) -> None:
        clinic.answer(
            SignIn,
            IssuedSession(
                token="patient-token",
                session_id=SessionId(UUID(int=7)),
                expires_at=NOON + timedelta(days=3650),
            ),
        )
        form = filled_in(
            browser, email="ada@example.org", password="correct horse", next="/consultations"
        )

        answer = browser.post("/auth/login", data=form)

        cookie = next(c for c in answer.headers.get_list("set-cookie") if SESSION in c).lower()
        assert answer.status_code == 303
        assert answer.headers["location"] == "/consultations"
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "max-age=" in cookie

    def test_goes_back_to_the_form_when_the_password_is_wrong(
        self, browser: HttpBrowser, clinic: Clinic
    ) -> None:
        clinic.answer(SignIn, WrongCredentials("no"))

        answer = browser.post(
            "/auth/login", data=filled_in(browser, email="ada@example.org", password="x")
        )

        assert "problem=wrong_credentials" in answer.headers["location"]
        assert SESSION not in answer.cookies

    def test_says_the_same_for_what_is_no_address(self, browser: HttpBrowser) -> None:
        answer = browser.post("/auth/login", data=filled_in(browser, email="x", password="y"))

        assert "problem=malformed_contact" in answer.headers["location"]

    def test_refuses_a_form_without_its_token(self, browser: HttpBrowser, clinic: Clinic) -> None:
        form = filled_in(browser, email="ada@example.org", password="correct horse")
        del form["form_token"]

        answer = browser.post("/auth/login", data=form)

        assert "problem=expired" in answer.headers["location"]
        assert clinic.arguments_of(SignIn) == []

    @pytest.mark.parametrize(
        "headers",
        [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.test"}],
    )
    def test_refuses_a_form_of_another_site(
        self, browser: HttpBrowser, clinic: Clinic, headers: dict[str, str]
    ) -> None:
        form = filled_in(browser, email="ada@example.org", password="correct horse")

        browser.post("/auth/login", data=form, headers=headers)

        assert clinic.arguments_of(SignIn) == []

    @pytest.mark.parametrize("path", ["//elsewhere.test", "https://elsewhere.test", "/\\e.test"])
    def test_never_leads_elsewhere(self, path: str) -> None:
        assert inside(path) == "/"


class TestSignOut:
    def test_ends_the_session_and_forgets_the_cookie(
        self, browser: HttpBrowser, clinic: Clinic
    ) -> None:
        clinic.answer(SignOut, None)
        form = filled_in(browser)
        browser.cookies.set(SESSION, "patient-token", domain="portal.test")

        answer = browser.post("/auth/logout", data=form)

        cookie = next(c for c in answer.headers.get_list("set-cookie") if SESSION in c).lower()
        assert "max-age=0" in cookie
        assert len(clinic.arguments_of(SignOut)) == 1

    def test_cannot_be_done_by_following_a_link(self, browser: HttpBrowser) -> None:
        assert browser.get("/auth/logout").status_code in (404, 405)


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/", "/sign-in", "/consultations/co_1", "/healthz", "/nope"])
    def test_carries_the_headers_that_keep_browsers_careful(
        self, browser: HttpBrowser, path: str
    ) -> None:
        headers = browser.get(path).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "camera=(self)" in headers["permissions-policy"]
        assert headers["strict-transport-security"].startswith("max-age=")

    def test_lets_only_the_pages_own_inline_scripts_run(self, browser: HttpBrowser) -> None:
        policy = browser.get("/sign-in").headers["content-security-policy"]

        (digest,) = script_hashes(_PAGE)
        assert f"'sha256-{digest}'" in policy
        assert "unsafe-eval" not in policy
        assert "unsafe-inline" not in policy.split("style-src")[0]


class HttpBrowserFiles:
    def test_answers_a_page_without_a_redirect(self, browser: HttpBrowser) -> None:
        assert browser.get("/sign-in").status_code == 200

    def test_answers_an_address_with_an_identifier(self, browser: HttpBrowser) -> None:
        assert browser.get("/consultations/co_1").status_code == 200

    def test_says_not_found_for_an_unknown_address(self, browser: HttpBrowser) -> None:
        assert browser.get("/nope").status_code == 404

    def test_never_leaves_its_folder(self, browser: HttpBrowser) -> None:
        assert "root:" not in browser.get("/..%2f..%2f..%2f..%2fetc/passwd").text

    def test_lets_browsers_keep_what_never_changes(self, browser: HttpBrowser) -> None:
        assert "immutable" in browser.get("/assets/a.js").headers["cache-control"]
        assert browser.get("/sign-in").headers["cache-control"] == "no-cache"

    def test_seals_each_browser_once(self, browser: HttpBrowser) -> None:
        first = browser.get("/sign-in").cookies.get(FORM_SEAL)

        assert first
        assert browser.get("/sign-in").cookies.get(FORM_SEAL) is None


class TestGuard:
    @pytest.mark.parametrize(
        "path", ["/_rx/_upload", "/_rx/_upload/secret.pdf", "/_rx/_all_routes"]
    )
    def test_keeps_reflexs_unused_doors_shut(self, browser: HttpBrowser, path: str) -> None:
        assert browser.get(path).status_code == 404
        assert browser.post(path).status_code == 404

    def test_lets_reflex_answer_its_own(self, browser: HttpBrowser) -> None:
        assert browser.get("/_rx/ping").text == "reflex"


class TestSettings:
    def test_allows_only_the_public_address_when_there_is_one(self) -> None:
        settings = read_settings({"SCRIPTED_PUBLIC_PORTAL_URL": "https://care.example/"})

        assert settings.allowed_origins == ("https://care.example",)
        assert settings.is_https

    def test_allows_both_names_of_this_machine(self) -> None:
        assert read_settings({"SCRIPTED_PORTAL_PORT": "9000"}).allowed_origins == (
            "http://127.0.0.1:9000",
            "http://localhost:9000",
        )

    def test_runs_one_worker_without_redis(self) -> None:
        assert read_settings({"SCRIPTED_PORTAL_WORKERS": "4"}).workers == 1
        assert (
            read_settings({"SCRIPTED_PORTAL_WORKERS": "4", "REDIS_URL": "redis://r"}).workers == 4
        )
