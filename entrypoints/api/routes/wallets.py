"""
What physicians have earned, and where every cent of it is.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.wallets.queries import ViewStatement, ViewWallet, WhereIsMyMoney
from domain.shared.ids import PhysicianId
from domain.shared.money import Currency
from entrypoints.api.operations import Call, Listing, Resource, operation
from entrypoints.api.parameters import required
from entrypoints.api.wire import AmountOut, Code, ToWire


class BalancesResource(Resource):
    pending: AmountOut
    available: AmountOut
    held: AmountOut
    in_transit: AmountOut
    debt: AmountOut
    owed: AmountOut = Field(description="What we owe in all.")


class WalletResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    currency: str
    balances: BalancesResource
    paid_out: AmountOut = Field(description="All that ever reached the bank.")
    next_clears_on: datetime | None


class WalletListing(Resource):
    items: list[WalletResource] = Field(description="One for each currency.")


class MoneyLineResource(Resource):
    state: Code
    rule: Code = Field(description="Why it is there.")
    amount: AmountOut
    who_acts: Code
    cause: str | None
    on: datetime | None = Field(description="When it is expected to move on by itself.")
    detail: str | None


class MoneyMapResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    currency: str
    at: datetime
    balances: BalancesResource
    lines: list[MoneyLineResource]


class MoneyMapListing(Resource):
    items: list[MoneyMapResource] = Field(description="One for each currency.")


class StatementLineResource(Resource):
    entry_id: str
    occurred_at: datetime
    recorded_at: datetime
    reason: str
    cause_kind: Code
    cause: str
    consultation: str | None
    pending: AmountOut = Field(description="By how much it changed; may be negative.")
    available: AmountOut
    held: AmountOut
    balance: AmountOut = Field(description="After this line.")


class StatementListing(Listing):
    items: list[StatementLineResource]


@operation("GET", "/physicians/{physician_id}/wallet", tag="Wallets", returns=WalletListing)
def view_wallet(call: Call[None], physician_id: UUID) -> WalletListing:
    """Show the balances of a physician's wallet."""
    wallets = call.use(ViewWallet)(actor=call.actor, physician_id=PhysicianId(physician_id))
    return WalletListing(items=[WalletResource.model_validate(one) for one in wallets])


@operation("GET", "/physicians/{physician_id}/money", tag="Wallets", returns=MoneyMapListing)
def where_is_my_money(call: Call[None], physician_id: UUID) -> MoneyMapListing:
    """Explain every cent of a wallet: its state, the rule, the date, and whose turn it is."""
    maps = call.use(WhereIsMyMoney)(actor=call.actor, physician_id=PhysicianId(physician_id))
    return MoneyMapListing(items=[MoneyMapResource.model_validate(one) for one in maps])


@operation(
    "GET",
    "/physicians/{physician_id}/statement",
    tag="Wallets",
    returns=StatementListing,
    paged=True,
    query={"currency": "ISO 4217. Required."},
)
def view_statement(call: Call[None], physician_id: UUID) -> StatementListing:
    """Show every movement of a wallet with the balance after it, the newest first."""
    currency = Currency(required(call, "currency", "Say in which currency."))
    page = call.use(ViewStatement)(
        actor=call.actor, physician_id=PhysicianId(physician_id), currency=currency, **call.page()
    )
    return StatementListing(
        items=[StatementLineResource.model_validate(line) for line in page.items],
        next_cursor=page.next_cursor,
    )
