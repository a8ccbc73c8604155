"""
Hosted flows: the vendor's own pages, on which an account's holder proves who they are.

    INIT ──> PROCESSING ──> FINISHED
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from entrypoints.sandbox.airwallex.accounts import Accounts
from entrypoints.sandbox.airwallex.wire import (
    VENDOR_NAME,
    ApiError,
    invalid,
    not_found,
    text_field,
    timestamp,
)
from entrypoints.sandbox.core.overview import html
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

_SUBMITTABLE = frozenset({"CREATED", "ACTION_REQUIRED"})
_ANSWERS = ("first_name", "last_name", "business_name")


class HostedFlows:
    def __init__(self, ctx: Sandbox, accounts: Accounts) -> None:
        self._ctx = ctx
        self._accounts = accounts

    def create(self, body: Document) -> Document:
        account = self._accounts.get(text_field(body, "account_id"))
        now = timestamp(self._ctx.clock.now())
        flow_id = f"ahfi_{uuid4().hex[:20]}"
        flow: Document = {
            "id": flow_id,
            "account_id": account["id"],
            "template": body.get("template", "kyc"),
            "return_url": _web_address(body, "return_url"),
            "error_url": _web_address(body, "error_url"),
            "url": f"{self._ctx.vendor_url(VENDOR_NAME)}/hosted/{flow_id}",
            "status": "INIT",
            "created_at": now,
            "updated_at": now,
        }
        self._save(flow)
        return flow

    def get(self, id: str) -> Document:
        flow = self._ctx.store.get(VENDOR_NAME, "hosted_flow", id)
        if flow is None:
            raise not_found("Hosted flow", id)
        return flow

    def all(self) -> list[Document]:
        return self._ctx.store.all(VENDOR_NAME, "hosted_flow")[::-1]

    def authorize(self, id: str) -> Document:
        """
        Let the holder in: the flow's address with a code that opens it.
        """
        with self._ctx.store.transaction():
            flow = self.get(id)
            if flow["status"] == "FINISHED":
                raise ApiError(400, "invalid_status_for_operation", "The flow has finished.")
            flow["authorization_code"] = uuid4().hex
            self._move(flow, "PROCESSING")
        code = urlencode({"authorization_code": flow["authorization_code"]})
        return {**render(flow), "url": f"{flow['url']}?{code}"}

    def finish(self, id: str, answers: Document | None = None) -> Document:
        """
        The holder is done: keep the answers, agree, submit, and mark the flow finished.
        """
        with self._ctx.store.transaction():
            flow = self.get(id)
            if flow["status"] == "FINISHED":
                return flow
            account = self._accounts.get(flow["account_id"])
            if account["status"] in _SUBMITTABLE:
                if answers:
                    self._accounts.update(account["id"], _as_details(account, answers))
                self._accounts.agree(account["id"], {})
                self._accounts.submit(account["id"])
            self._move(flow, "FINISHED")
        return flow

    def let_review_ask_for_more(self, id: str) -> None:
        account_id = self.get(id)["account_id"]
        match = {"account_id": account_id}
        self._ctx.faults.script(VENDOR_NAME, "kyc_action_required", match=match)

    def _move(self, flow: Document, status: str) -> None:
        flow["status"] = status
        flow["updated_at"] = timestamp(self._ctx.clock.now())
        self._save(flow)

    def _save(self, flow: Document) -> None:
        self._ctx.store.put(VENDOR_NAME, "hosted_flow", flow["id"], flow)


def add_pages(routes: Blueprint, flows: HostedFlows, accounts: Accounts) -> None:
    """
    The page itself, for a person with a browser.
    """

    @routes.get("/hosted/<id>")
    def hosted_page(id: str) -> Response:
        flow = flows.get(id)
        return html("airwallex/hosted.html", flow=flow, account=accounts.get(flow["account_id"]))

    @routes.post("/hosted/<id>")
    def hosted_answer(id: str) -> AnyResponse:
        answer = request.form.get("answer")
        if answer == "give_up":
            return redirect(_with_flow(flows.get(id), "error_url"))
        if answer == "finish_unreadable":
            flows.let_review_ask_for_more(id)
        given = {name: request.form[name] for name in _ANSWERS if request.form.get(name)}
        try:
            return redirect(_with_flow(flows.finish(id, given), "return_url"))
        except ApiError:
            return redirect(_with_flow(flows.get(id), "error_url"))


def render(flow: Document) -> Document:
    return {
        key: value
        for key, value in flow.items()
        if value is not None and key != "authorization_code"
    }


def _as_details(account: Document, answers: Document) -> Document:
    kind = account["account_details"]["legal_entity_type"]
    part = "individual_details" if kind == "INDIVIDUAL" else "business_details"
    return {"account_details": {"legal_entity_type": kind, part: answers}}


def _web_address(body: Document, name: str) -> str:
    address = text_field(body, name)
    if urlsplit(address).scheme not in {"http", "https"}:
        raise invalid(name, f"{name} must be a web address.")
    return address


def _with_flow(flow: Document, name: str) -> str:
    address = str(flow[name])
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode({'ahfi_id': flow['id']})}"
