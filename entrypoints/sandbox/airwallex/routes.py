"""
The API's paths. Each is a line of translation; the rules are in the modules beside this one.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from entrypoints.sandbox.airwallex import (
    beneficiaries,
    conversions,
    deposits,
    hosted,
    moves,
    reports,
    transfer_request,
)
from entrypoints.sandbox.airwallex.access import acting_account, log_in
from entrypoints.sandbox.airwallex.bank import Bank
from entrypoints.sandbox.airwallex.wallets import ORGANISATION, PLATFORM_ACCOUNT
from entrypoints.sandbox.airwallex.wire import (
    ApiError,
    created_between,
    cursor_page,
    invalid,
    json_object,
    matching,
    numbered_page,
)

Answer = tuple[Response, int]


def blueprint(bank: Bank) -> Blueprint:
    routes = Blueprint("airwallex", __name__, template_folder="templates")
    _add_errors(routes)
    api = Blueprint("api", __name__, url_prefix="/api/v1")

    @api.post("/authentication/login")
    def login() -> Answer:
        return jsonify(log_in(bank.ctx)), 201

    _add_accounts(api, bank)
    _add_account_suspension(api, bank)
    _add_hosted_flows(api, bank)
    _add_beneficiaries(api, bank)
    _add_transfers(api, bank)
    _add_moves(api, bank, moves.CONNECTED_TRANSFER, "/connected_account_transfers")
    _add_moves(api, bank, moves.CHARGE, "/charges")
    _add_money(api, bank)
    _add_conversions(api, bank)
    _add_simulation(api, bank)

    @api.route("/<path:rest>", methods=["GET", "POST", "PUT", "DELETE"])
    def nothing_here(rest: str) -> Answer:
        raise ApiError(404, "resource_not_found", f"There is no /api/v1/{rest}.")

    routes.register_blueprint(api)
    hosted.add_pages(routes, bank.hosted_flows, bank.accounts)
    return routes


def _add_errors(routes: Blueprint) -> None:
    @routes.errorhandler(ApiError)
    def refused(error: ApiError) -> Answer:
        return error.response()

    @routes.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Answer:
        return ApiError(error.code or 500, "bad_request", error.name).response()


def _add_accounts(api: Blueprint, bank: Bank) -> None:
    accounts = bank.accounts

    @api.get("/account")
    def own_account() -> Response:
        account_id = acting_account(bank.ctx)
        if account_id != PLATFORM_ACCOUNT:
            return jsonify(accounts.render(accounts.get(account_id)))
        return jsonify(
            {"id": account_id, "org_id": ORGANISATION, "status": "ACTIVE", "nickname": "Platform"}
        )

    @api.post("/accounts/create")
    def create_account() -> Answer:
        acting_account(bank.ctx)
        return jsonify(accounts.render(accounts.create(json_object()))), 201

    @api.get("/accounts")
    def list_accounts() -> Response:
        acting_account(bank.ctx)
        found = matching(accounts.all(), "identifier")
        status = request.args.get("account_status") or request.args.get("status")
        if status:
            found = [account for account in found if account["status"] == status]
        email = request.args.get("email")
        if email:
            found = [account for account in found if account["primary_contact"]["email"] == email]
        return jsonify(numbered_page(created_between(found), accounts.render))

    @api.get("/accounts/<id>")
    def get_account(id: str) -> Response:
        acting_account(bank.ctx)
        return jsonify(accounts.render(accounts.get(id)))

    @api.post("/accounts/<id>/update")
    def update_account(id: str) -> Response:
        acting_account(bank.ctx)
        return jsonify(accounts.render(accounts.update(id, json_object())))

    @api.post("/accounts/<id>/submit")
    def submit_account(id: str) -> Response:
        acting_account(bank.ctx)
        return jsonify(accounts.render(accounts.submit(id)))

    @api.post("/accounts/<id>/terms_and_conditions/agree")
    def agree_to_terms(id: str) -> Response:
        acting_account(bank.ctx)
        return jsonify(accounts.render(accounts.agree(id, json_object())))


def _add_account_suspension(api: Blueprint, bank: Bank) -> None:
    accounts = bank.accounts

    @api.post("/accounts/<id>/suspend")
    def suspend_account(id: str) -> Response:
        acting_account(bank.ctx)
        return jsonify(accounts.render(accounts.suspend(id, json_object().get("reason"))))

    @api.post("/accounts/<id>/reactivate")
    def reactivate_account(id: str) -> Response:
        acting_account(bank.ctx)
        return jsonify(accounts.render(accounts.reactivate(id)))


def _add_hosted_flows(api: Blueprint, bank: Bank) -> None:
    flows = bank.hosted_flows

    @api.post("/hosted_flows/create")
    def create_flow() -> Answer:
        acting_account(bank.ctx)
        return jsonify(hosted.render(flows.create(json_object()))), 201

    @api.post("/hosted_flows/<id>/authorize")
    def authorize_flow(id: str) -> Response:
        acting_account(bank.ctx)
        return jsonify(flows.authorize(id))

    @api.get("/hosted_flows")
    def list_flows() -> Response:
        acting_account(bank.ctx)
        found = matching(flows.all(), "account_id", "status")
        return jsonify(numbered_page(found, hosted.render))

    @api.get("/hosted_flows/<id>")
    def get_flow(id: str) -> Response:
        acting_account(bank.ctx)
        return jsonify(hosted.render(flows.get(id)))


def _add_beneficiaries(api: Blueprint, bank: Bank) -> None:
    known, render = bank.beneficiaries, beneficiaries.render

    @api.post("/beneficiaries/create")
    def create_beneficiary() -> Answer:
        owner = acting_account(bank.ctx)
        return jsonify(render(known.create(owner, json_object()))), 201

    @api.post("/beneficiaries/validate")
    def validate_beneficiary() -> Response:
        acting_account(bank.ctx)
        beneficiaries.check(json_object())
        return jsonify({"result": "VALID"})

    @api.get("/beneficiaries")
    def list_beneficiaries() -> Response:
        found = known.all(acting_account(bank.ctx))
        for name in ("entity_type", "company_name"):
            wanted = request.args.get(name)
            if wanted:
                found = [item for item in found if item["beneficiary"].get(name) == wanted]
        return jsonify(numbered_page(matching(found, "nickname"), render))

    @api.get("/beneficiaries/<id>")
    def get_beneficiary(id: str) -> Response:
        return jsonify(render(known.get(acting_account(bank.ctx), id)))

    @api.post("/beneficiaries/<id>/update")
    @api.post("/beneficiaries/update/<id>")
    def update_beneficiary(id: str) -> Response:
        return jsonify(render(known.update(acting_account(bank.ctx), id, json_object())))

    @api.post("/beneficiaries/<id>/delete")
    @api.post("/beneficiaries/delete/<id>")
    def delete_beneficiary(id: str) -> Response:
        known.delete(acting_account(bank.ctx), id)
        return jsonify(True)


def _add_transfers(api: Blueprint, bank: Bank) -> None:
    transfers, render = bank.transfers, transfer_request.render

    @api.post("/transfers/create")
    def create_transfer() -> Answer:
        owner = acting_account(bank.ctx)
        return jsonify(render(transfers.create(owner, json_object()))), 201

    @api.post("/transfers/validate")
    def validate_transfer() -> Response:
        owner = acting_account(bank.ctx)
        transfers.validate(owner, json_object())
        return jsonify({"result": "VALID"})

    @api.get("/transfers")
    def list_transfers() -> Response:
        found = transfers.all(acting_account(bank.ctx))
        found = matching(found, "request_id", "status", "short_reference_id", "beneficiary_id")
        currency = request.args.get("transfer_currency") or request.args.get("currency")
        if currency:
            found = [item for item in found if item["transfer_currency"] == currency]
        return jsonify(cursor_page(created_between(found), render))

    @api.get("/transfers/<id>")
    def get_transfer(id: str) -> Response:
        return jsonify(render(transfers.get(acting_account(bank.ctx), id)))

    @api.post("/transfers/<id>/cancel")
    def cancel_transfer(id: str) -> Response:
        return jsonify(render(transfers.cancel(acting_account(bank.ctx), id)))

    @api.post("/transfers/<id>/confirm_funding")
    def confirm_funding(id: str) -> Response:
        return jsonify(render(transfers.confirm_funding(acting_account(bank.ctx), id)))


def _add_moves(api: Blueprint, bank: Bank, kind: moves.MoveKind, path: str) -> None:
    def create() -> Answer:
        acting_account(bank.ctx)
        return jsonify(moves.render(bank.moves.create(kind, json_object()))), 201

    def every() -> Response:
        acting_account(bank.ctx)
        found = matching(bank.moves.all(kind), "request_id", "status", "currency", kind.counterpart)
        return jsonify(numbered_page(created_between(found), moves.render))

    def one(id: str) -> Response:
        acting_account(bank.ctx)
        return jsonify(moves.render(bank.moves.get(kind, id)))

    rules: list[tuple[str, str, Any]] = [
        (f"{path}/create", "POST", create),
        (path, "GET", every),
        (f"{path}/<id>", "GET", one),
    ]
    for rule, method, view in rules:
        api.add_url_rule(rule, f"{kind.name}_{view.__name__}", view, methods=[method])


def _add_money(api: Blueprint, bank: Bank) -> None:
    @api.get("/balances/current")
    def current_balances() -> Response:
        return jsonify(bank.wallets.balances(acting_account(bank.ctx)))

    @api.get("/balances/history")
    def balance_history() -> Response:
        return jsonify(reports.history(bank.wallets, acting_account(bank.ctx)))

    @api.get("/financial_transactions")
    def financial_transactions() -> Response:
        return jsonify(reports.transactions(bank.wallets, acting_account(bank.ctx)))

    @api.get("/pa/financial/transactions")
    def payment_transactions() -> Response:
        page = reports.transactions(bank.wallets, acting_account(bank.ctx))
        # This endpoint alone spells it in camelCase.
        page["hasMore"] = page.pop("has_more")
        return jsonify(page)

    @api.get("/pa/financial/settlements")
    def payment_settlements() -> Response:
        acting_account(bank.ctx)
        return jsonify(reports.settlements())

    @api.get("/global_accounts")
    def global_accounts() -> Response:
        return jsonify(numbered_page(deposits.global_accounts(acting_account(bank.ctx))))

    @api.get("/deposits")
    def list_deposits() -> Response:
        found = matching(bank.deposits.all(acting_account(bank.ctx)), "status", "currency")
        return jsonify(numbered_page(created_between(found), deposits.render))

    @api.get("/deposits/<id>")
    def get_deposit(id: str) -> Response:
        return jsonify(deposits.render(bank.deposits.get(id, acting_account(bank.ctx))))


def _add_conversions(api: Blueprint, bank: Bank) -> None:
    known, render = bank.conversions, conversions.render

    @api.post("/fx/conversions/create")
    def create_conversion() -> Answer:
        owner = acting_account(bank.ctx)
        return jsonify(render(known.create(owner, json_object()))), 201

    @api.get("/fx/conversions")
    def list_conversions() -> Response:
        found = matching(known.all(acting_account(bank.ctx)), "request_id", "status")
        return jsonify(numbered_page(created_between(found), render))

    @api.get("/fx/conversions/<id>")
    def get_conversion(id: str) -> Response:
        return jsonify(render(known.get(acting_account(bank.ctx), id)))


def _add_simulation(api: Blueprint, bank: Bank) -> None:
    @api.post("/simulation/accounts/<id>/update_status")
    def simulate_account(id: str) -> Response:
        acting_account(bank.ctx)
        body = json_object()
        account = bank.accounts.simulate(id, body.get("next_status"), force=bool(body.get("force")))
        return jsonify(bank.accounts.render(account))

    @api.post("/simulation/transfers/<id>/transition")
    def simulate_transfer(id: str) -> Response:
        acting_account(bank.ctx)
        body = json_object()
        if not body.get("next_status"):
            raise invalid("next_status", "next_status is required.")
        moved = bank.transfers.simulate(id, body["next_status"], body.get("failure_type"))
        return jsonify(transfer_request.render(moved))

    @api.post("/simulation/deposit/create")
    def simulate_deposit() -> Answer:
        owner = acting_account(bank.ctx)
        return jsonify(deposits.render(bank.deposits.simulate(owner, json_object()))), 201

    @api.post("/simulation/deposits/<id>/<verb>")
    def move_deposit(id: str, verb: str) -> Response:
        acting_account(bank.ctx)
        statuses = {"settle": "SETTLED", "reject": "REJECTED", "reverse": "REVERSED"}
        if verb not in statuses:
            raise ApiError(404, "resource_not_found", f"There is no {verb}.")
        return jsonify(deposits.render(bank.deposits.move_to(id, statuses[verb])))
