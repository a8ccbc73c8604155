"""
Pages of Stripe's own, for people: pay, answer the bank, check out, prove one's identity.

Card details go no further than these pages: a number is turned into its test card and forgotten.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, request

from entrypoints.sandbox.core.overview import html
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe import cards, checkout, identity, intents
from entrypoints.sandbox.stripe.customers import new_method
from entrypoints.sandbox.stripe.desk import Desk
from entrypoints.sandbox.stripe.errors import CardRefused, StripeError

_ZERO_DECIMAL = {"jpy", "krw", "vnd", "clp"}
_PAID = {"succeeded", "requires_capture", "processing"}
_PAY, _THREE_DS, _CHECKOUT, _VERIFY = (
    "stripe_pay.html", "stripe_3ds.html", "stripe_checkout.html", "stripe_verify.html",
)  # fmt: skip


class PageRefused(Exception):
    """
    The page cannot be shown to this visitor, and why.
    """


def mount(routes: Blueprint, desk: Desk) -> None:
    @routes.errorhandler(PageRefused)
    def refused(error: Exception) -> Response:
        return html("stripe_message.html", 400, title="Not available", message=str(error))

    @routes.errorhandler(StripeError)
    def unknown(error: StripeError) -> Response:
        return html("stripe_message.html", error.status, title="Not available", message=str(error))

    _mount_payment(routes, desk)
    _mount_authentication(routes, desk)
    _mount_checkout(routes, desk)
    _mount_identity(routes, desk)


def _mount_payment(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/pay/<id>")
    def pay_page(id: str) -> Response:
        intent = _intent_of_visitor(desk, id)
        if intent["status"] in _PAID:
            return _leave(intent, _return_url(), "succeeded")
        if intent["status"] == "canceled":
            raise PageRefused("This payment was canceled. Nothing was taken.")
        return _form(intent)

    @routes.post("/pay/<id>")
    def pay(id: str) -> Response:
        intent = _intent_of_visitor(desk, id)
        return_url = _return_url()
        if intent["status"] in _PAID:
            return _leave(intent, return_url, "succeeded")
        card, problem = _card_typed()
        if card is None:
            return _form(intent, problem)
        intent, problem = _try_card(desk, intent, card, return_url)
        if problem:
            return _form(intent, problem)
        if intent["status"] == "requires_action":
            return _to(_authentication_page(intent))
        return _leave(intent, return_url, "succeeded")


def _mount_authentication(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/3ds/<id>")
    def authentication_page(id: str) -> Response:
        intent = _intent_of_visitor(desk, id)
        if intent["status"] != "requires_action":
            raise PageRefused("There is nothing to approve for this payment.")
        return html(_THREE_DS, intent=intent, amount=money(intent["amount"], intent["currency"]))

    @routes.post("/3ds/<id>")
    def authenticate(id: str) -> Response:
        intent = _intent_of_visitor(desk, id)
        if intent["status"] != "requires_action":
            raise PageRefused("There is nothing to approve for this payment.")
        return_url = intent["next_action"].get("redirect_to_url", {}).get("return_url")
        approved = request.form.get("answer") == "approve"
        with desk.ctx.store.transaction():
            try:
                intent = intents.authenticated(desk, intent, approved=approved)
            except CardRefused:
                approved = False
            for session in desk.find("checkout_session", payment_intent=intent["id"]):
                checkout.complete(desk, session["id"])
        return _leave(intent, return_url, "succeeded" if approved else "failed")


def _mount_checkout(routes: Blueprint, desk: Desk) -> None:
    def form(session: Document, problem: str | None = None) -> Response:
        items = [
            (item["description"], item["quantity"], money(item["amount_total"], item["currency"]))
            for item in session["_line_items"]["data"]
        ]
        return html(
            _CHECKOUT,
            402 if problem else 200,
            items=items,
            total=money(session["amount_total"], session["currency"]),
            cancel_url=session["cancel_url"],
            problem=problem,
        )

    def still_open(id: str) -> Document:
        session = desk.load("checkout_session", id)
        if session["status"] != "open":
            raise PageRefused(f"This checkout is {session['status']}.")
        return session

    @routes.get("/checkout/<id>")
    def checkout_page(id: str) -> Response:
        return form(still_open(id))

    @routes.post("/checkout/<id>")
    def check_out(id: str) -> Response:
        session = still_open(id)
        card, problem = _card_typed()
        if card is None:
            return form(session, problem)
        with desk.ctx.store.transaction():
            intent = checkout.intent_of(desk, session)
        intent, problem = _try_card(desk, intent, card, session["success_url"])
        if problem:
            return form(session, problem)
        if intent["status"] == "requires_action":
            return _to(_authentication_page(intent))
        with desk.ctx.store.transaction():
            checkout.complete(desk, id)
        return _to(session["success_url"])


def _mount_identity(routes: Blueprint, desk: Desk) -> None:
    def leave(session: Document) -> Response:
        if session["_return_url"]:
            return _to(session["_return_url"])
        return html(
            "stripe_message.html",
            title="Thank you",
            message="Your details were received. You can close this page.",
        )

    @routes.get("/verify/<id>")
    def verify_page(id: str) -> Response:
        session = desk.load(identity.KIND, id)
        if session["status"] != "requires_input":
            return leave(session)
        return html(_VERIFY, session=session)

    @routes.post("/verify/<id>")
    def hand_in(id: str) -> Response:
        with desk.ctx.store.transaction():
            session = desk.load(identity.KIND, id)
            if session["status"] != "requires_input":
                return leave(session)
            if request.form.get("document") == "unreadable":
                session = identity.reject(
                    desk, id, "document_unverified_other", "The document could not be read."
                )
            else:
                identity.process(desk, id)
                desk.by_itself(2.0, "verify_identity", id=id)
        return leave(session)


def money(amount: int, currency: str) -> str:
    if currency in _ZERO_DECIMAL:
        return f"{amount:,} {currency.upper()}"
    return f"{amount // 100:,}.{amount % 100:02d} {currency.upper()}"


def _try_card(
    desk: Desk, intent: Document, card: cards.TestCard, return_url: str | None
) -> tuple[Document, str | None]:
    """
    Confirm with a typed card. Returns the intent as it then is, and what the person is told.
    """
    with desk.ctx.store.transaction():
        intent = desk.load("payment_intent", intent["id"])
        if intent["status"] in _PAID:
            return intent, None
        intent["payment_method"] = new_method(desk, card)["id"]
        try:
            return intents.confirm(desk, intent, return_url=return_url), None
        except CardRefused as declined:
            return intent, str(declined)


def _card_typed() -> tuple[cards.TestCard | None, str | None]:
    number = "".join(request.form.get("number", "").split())
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return None, "Enter the number of your card."
    if not cards.luhn_valid(number):
        return None, "Your card number is invalid."
    month, _, year = request.form.get("expiry", "").replace(" ", "").partition("/")
    if not (month.isdigit() and year.isdigit() and 1 <= int(month) <= 12):
        return None, "Enter the expiry date as MM / YY."
    now = datetime.now(UTC)
    if (int(year) % 100 + 2000, int(month)) < (now.year, now.month):
        return None, "Your card's expiration date is in the past."
    cvc = request.form.get("cvc", "").strip()
    if not (cvc.isdigit() and len(cvc) in {3, 4}):
        return None, "Enter the security code of your card."
    card = cards.by_number(number)
    if card is None:
        return None, "Only test cards are taken here, such as 4242 4242 4242 4242."
    return card, None


def _intent_of_visitor(desk: Desk, id: str) -> Document:
    """
    The payment of the link that the visitor follows.

    Raises:
        PageRefused: The visitor does not hold the payment's client secret.
    """
    intent = desk.load("payment_intent", id)
    secret = request.values.get("client_secret", "")
    if not hmac.compare_digest(secret.encode(), intent["client_secret"].encode()):
        raise PageRefused("This link is not valid for the payment.")
    return intent


def _to(url: str, status: int = 303) -> Response:
    return Response(status=status, headers={"Location": url, "Referrer-Policy": "no-referrer"})


def _return_url() -> str | None:
    url = request.values.get("return_url")
    if url and urlsplit(url).scheme not in {"http", "https"}:
        raise PageRefused("The address to return to is not a web address.")
    return url or None


def _form(intent: Document, problem: str | None = None) -> Response:
    return html(
        _PAY,
        402 if problem else 200,
        intent=intent,
        amount=money(intent["amount"], intent["currency"]),
        return_url=request.values.get("return_url", ""),
        problem=problem,
    )


def _authentication_page(intent: Document) -> str:
    action = intent["next_action"]
    url: str = (
        action["redirect_to_url"]["url"]
        if action["type"] == "redirect_to_url"
        else action["use_stripe_sdk"]["stripe_js"]
    )
    return url


def _leave(intent: Document, return_url: str | None, outcome: str) -> Response:
    """
    Back to the shop, with what Stripe adds to the address.
    """
    if return_url is None:
        done = outcome == "succeeded"
        return html(
            "stripe_message.html",
            title="Payment received" if done else "Payment not made",
            message="You can close this page." if done else "Nothing was taken from your card.",
        )
    parts = urlsplit(return_url)
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("payment_intent", intent["id"]),
        ("payment_intent_client_secret", intent["client_secret"]),
        ("redirect_status", outcome),
    ]
    return _to(urlunsplit(parts._replace(query=urlencode(query))))
