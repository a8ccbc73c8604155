"""
The whole way over HTTP alone: a physician joins, a patient is treated, the money arrives.

Every write is sent twice with one Idempotency-Key, as a nervous client would.
"""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from attrs import define, field

from entrypoints.seeding import cast, scripts
from tests.journeys.house import SERVICE, House
from tests.waiting import eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journeys"),
    pytest.mark.timeout(400),
]

PASSWORD = "a long walk in winter"
RETURN_URL = "http://portal.test/back"
CARD = {"number": "4242424242424242", "expiry": "12 / 34", "cvc": "123"}


@define(eq=False)
class Person:
    """Somebody with an HTTP client and, once signed in, a token."""

    http: httpx.Client
    email: str
    token: str | None = field(default=None, init=False)

    def get(self, path: str, status: int = 200, **query: str) -> Any:
        return self._read(self.http.get(path, params=query, headers=self._headers()), status)

    def post(self, path: str, status: int = 201, **body: Any) -> Any:
        return self._twice("POST", path, status, body)

    def put(self, path: str, status: int = 204, **body: Any) -> Any:
        return self._twice("PUT", path, status, body)

    def do(self, path: str, **body: Any) -> None:
        """A deed that gives nothing back."""
        self.post(path, 204, **body)

    def upload(self, path: str, name: str, content: bytes, **form: str) -> Any:
        answer = self.http.post(
            path, data=form, files={"file": (name, content)}, headers=self._headers()
        )
        return self._read(answer, 201)

    def sign_in(self, password: str = PASSWORD) -> None:
        body = {"email": self.email, "password": password}
        self.token = self._read(self.http.post("/v1/sessions", json=body), 201)["token"]

    def _twice(self, method: str, path: str, status: int, body: Any) -> Any:
        headers = self._headers() | {"Idempotency-Key": secrets.token_hex(8)}
        first = self.http.request(method, path, json=body, headers=headers)
        again = self.http.request(method, path, json=body, headers=headers)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        return self._read(first, status)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _read(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, f"{answer.request.url}: {answer.text}"
        return answer.json() if answer.content else None


@define(eq=False)
class Outside:
    """What clients see of the platform: an address."""

    house: House
    http: httpx.Client

    def somebody(self, email: str | None = None) -> Person:
        return Person(self.http, email or f"{secrets.token_hex(6)}@people.example")

    def staff(self, email: str) -> Person:
        person = self.somebody(email)
        person.sign_in(cast.PASSWORD)
        return person

    def pay(self, redirect_url: str) -> None:
        """Fill in the processor's page."""
        paid = self.house.http.post(redirect_url, data=CARD)
        assert paid.status_code in {200, 302, 303}, paid.text


@pytest.fixture
def outside(house: House) -> Iterator[Outside]:
    address = house.platform.api_url
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as http:
        yield Outside(house, http)


def join(outside: Outside) -> Person:
    """Become an active physician: apply, be checked, sign, name a bank account."""
    physician = outside.somebody()
    physician.post("/v1/users", email=physician.email, password=PASSWORD, name="Ada Berg")
    physician.sign_in()
    applied = physician.post(
        "/v1/physicians",
        given_name="Ada",
        family_name="Berg",
        specialties=["general_practice", "neurology"],
        languages=["en"],
        time_zone="Australia/Sydney",
    )
    path = f"/v1/physicians/{applied['physician_id']}"
    physician.post(f"{path}/identity-checks", return_url=RETURN_URL)
    expires_on = (datetime.now(UTC) + timedelta(days=600)).date().isoformat()
    licence = physician.post(
        f"{path}/licences",
        jurisdiction="AU",
        kind="ahpra",
        number=f"MED{secrets.randbelow(10**10):010}",
        expires_on=expires_on,
    )
    operator, second = (outside.staff(email) for email in (cast.OPERATIONS, cast.SECOND_OPERATOR))
    for person in (operator, second):
        person.do(
            f"{path}/licences/{licence['licence_id']}/attestations", evidence="register, page 3"
        )
    plan = operator.post(
        "/v1/commission-plans",
        code=f"joined-{secrets.token_hex(4)}",
        name="Joined over HTTP",
        level="contract",
        rules=[{"percent_bp": 2000}],
    )
    second.post(
        f"/v1/commission-plans/{plan['plan_id']}/versions/{plan['number']}/publication",
        200,
        revision=plan["revision"],
    )
    contract = operator.post(
        f"{path}/contracts",
        commission_plan_id=plan["plan_id"],
        commission_plan_version=plan["number"],
    )
    physician.do(f"{path}/contracts/{contract['contract_id']}/signature")
    physician.post(f"{path}/payout-account")
    eventually(
        lambda: step(physician, path, "payout_account") == "done", "the payout account is active"
    )
    physician.put(
        f"{path}/payout-account/bank-account",
        country="AU",
        currency="AUD",
        account_name="Ada Berg",
        account_number="123456789",
        routing_type="bsb",
        routing_value="083064",
    )
    eventually(
        lambda: physician.get(f"{path}/onboarding")["status"] == "active",
        "the physician is active",
    )
    return physician


def step(physician: Person, path: str, name: str) -> str:
    steps = physician.get(f"{path}/onboarding")["steps"]
    states: dict[str, str] = {one["name"]: one["state"] for one in steps}
    return states[name]


def register(outside: Outside) -> Person:
    """Become a patient who has agreed to everything and told of their health."""
    patient = outside.somebody()
    made = patient.post(
        "/v1/patients",
        email=patient.email,
        password=PASSWORD,
        given_name="Maya",
        family_name="Lindqvist",
        date_of_birth="1991-04-12",
        sex="female",
        place="AU-NSW",
        phone="+61412345678",
        time_zone="Australia/Sydney",
    )
    patient.sign_in()
    path = f"/v1/patients/{made['patient_id']}"
    for text in patient.get(f"{path}/consents")["items"]:
        patient.do(f"{path}/consents", kind=text["kind"], version=text["version"])
    patient.put(
        f"{path}/details",
        given_name="Maya",
        family_name="Lindqvist",
        sex="female",
        phone="+61412345678",
        address={"line": "14 Curlewis Street", "city": "Bondi", "postal_code": "2026"},
        place="AU-NSW",
        time_zone="Australia/Sydney",
        locale="en",
    )
    patient.put(
        f"{path}/health", allergies=[], conditions=[{"name": "Migraine", "code": "migraine"}]
    )
    return patient


def ask_for_help(outside: Outside, patient: Person) -> str:
    """From the choice of a service to the queue."""
    services = {one["code"]: one for one in patient.get("/v1/services")["items"]}
    started = patient.post("/v1/consultations", service_id=services[SERVICE]["service_id"])
    path = f"/v1/consultations/{started['consultation_id']}"
    patient.put(f"{path}/answers", 200, answers=dict(scripts.MIGRAINE_ANSWERS))
    assert patient.post(f"{path}/submission", 200)["status"] == "awaiting_payment"
    to_make = patient.post(f"{path}/payment", return_url=RETURN_URL)
    assert to_make["amount"]["amount"] > services[SERVICE]["price"]["amount"] - 1
    outside.pay(to_make["redirect_url"])
    eventually(lambda: patient.get(path)["status"] == "waiting", "the consultation waits")
    return path


def treat(physician: Person, path: str) -> str:
    """From the queue to the outcome, with a medicine."""
    eventually(
        lambda: (
            path.rpartition("/")[2]
            in {one["consultation_id"] for one in physician.get("/v1/queue", limit="100")["items"]}
        ),
        "the physician sees it in the queue",
    )
    physician.do(f"{path}/claim")
    physician.do(f"{path}/opening")
    workspace = physician.get(f"{path}/workspace")
    assert workspace["patient"]["name"] == "Maya Lindqvist"
    subjective, objective, assessment, plan = scripts.MIGRAINE_NOTE
    physician.put(
        f"{path}/note",
        subjective=subjective,
        objective=objective,
        assessment=assessment,
        plan=plan,
    )
    medicine = physician.get("/v1/medications", words=scripts.SUMATRIPTAN.words)["items"][0]
    draft = physician.post(
        f"{path}/prescriptions",
        lines=[
            {
                "medication_code": medicine["code"],
                "dose": scripts.SUMATRIPTAN.dose,
                "times_per_day": scripts.SUMATRIPTAN.times_per_day,
                "quantity": scripts.SUMATRIPTAN.quantity,
            }
        ],
    )
    prescription = f"/v1/prescriptions/{draft['prescription_id']}"
    shown = physician.get(f"{prescription}/screen")
    physician.do(
        f"{prescription}/signature",
        content_hash=shown["content_hash"],
        acknowledged=[one["code"] for one in shown["findings"]],
    )
    physician.post(f"{path}/messages", body="Take it at the first sign.")
    physician.do(f"{path}/note/signature")
    due_at = (datetime.now(UTC) + timedelta(days=14)).isoformat()
    physician.do(f"{path}/completion", outcome="prescribed", follow_up={"due_at": due_at})
    return prescription


def withdraw_everything(physician: Person) -> dict[str, Any]:
    """Wait until the earning has cleared, and have it paid out."""
    path = f"/v1/physicians/{physician.get('/v1/me')['physician_id']}"

    def available() -> int:
        wallets = physician.get(f"{path}/wallet")["items"]
        return wallets[0]["balances"]["available"]["amount"] if wallets else 0

    eventually(lambda: available() > 0, "the earning has cleared", patience=120)
    asked = physician.post(f"{path}/payouts", amount={"amount": available(), "currency": "AUD"})
    payout = f"/v1/payouts/{asked['payout_id']}"
    eventually(lambda: physician.get(payout)["status"] == "paid", "the bank has the money")
    paid: dict[str, Any] = physician.get(payout)
    return paid


def test_from_joining_to_the_bank_over_http(outside: Outside) -> None:
    physician, patient = join(outside), register(outside)
    path = ask_for_help(outside, patient)
    patient_id = patient.get("/v1/me")["patient_id"]
    document = patient.upload(
        f"/v1/patients/{patient_id}/documents", "diary.pdf", b"%PDF-1.7\n%%EOF", kind="other"
    )

    prescription = treat(physician, path)

    view = patient.get(path)
    assert (view["status"], view["outcome"]) == ("completed", "prescribed")
    assert [one["sender"] for one in patient.get(f"{path}/messages")["items"]] == ["physician"]
    assert patient.get(prescription)["items"][0]["quantity"] == scripts.SUMATRIPTAN.quantity
    eventually(
        lambda: (
            [one["status"] for one in patient.get(f"{prescription}/orders")["items"]]
            in (["delivered"], ["collected"])
        ),
        "the medicine is with the patient",
    )
    eventually(
        lambda: patient.get(f"{path}/payment")["status"] == "captured", "the card was charged"
    )

    payout = withdraw_everything(physician)

    assert [one["consultation_id"] for one in payout["sources"]] == [path.rpartition("/")[2]]
    access = patient.get(f"/v1/patients/{patient_id}/access-log")["items"]
    assert {"consultation.read"} <= {one["action"] for one in access}
    assert patient.get("/v1/notifications")["items"]
    seen = physician.http.get(
        f"/v1/documents/{document['document_id']}/content",
        headers={"Authorization": f"Bearer {physician.token}"},
    )
    assert seen.content == b"%PDF-1.7\n%%EOF"
    _staff_find_everything_in_order(outside, path)


def _staff_find_everything_in_order(outside: Outside, path: str) -> None:
    outside.house.settle()
    operator, administrator = outside.staff(cast.OPERATIONS), outside.staff(cast.ADMINISTRATOR)
    timeline = operator.get(f"{path}/timeline", limit="100")["items"]
    kinds = [entry["type"] for entry in timeline]
    assert kinds[0] == "ConsultationStarted"
    assert {"PaymentCaptured", "PrescriptionSigned", "OrderDelivered"} <= set(kinds)
    assert operator.get("/v1/operations/reactions")["items"] == []
    assert operator.get("/v1/operations/webhooks")["items"] == []
    books = operator.get("/v1/operations/books")
    assert [check["breaks"] for check in books["results"] if not check["holds"]] == []
    assert administrator.get("/v1/operations/audit")["findings"] == []
