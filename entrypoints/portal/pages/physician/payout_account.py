"""
The payout account: whether our partner pays the physician, what it wants first, and the bank.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from application.payouts.accounts import OpenPayoutAccount, StartVerification
from application.payouts.bank_accounts import LinkBankAccount
from application.payouts.queries import PayoutAccountView, ViewPayoutAccount
from domain.payouts.payout_account import (
    PayoutAccountNotFound,
    PayoutAccountStatus,
    Requirement,
)
from entrypoints.portal.pages.physician.onboarding import bank_of
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.settings import portal_settings
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    follow,
    opening,
    own_physician,
    zone_here,
)
from entrypoints.portal.words import moment_with_zone

ROUTE = "/physician/payout-account"

REQUIREMENT_WORDS = {
    Requirement.TERMS: (
        "Agree to our partner's terms",
        "Read them on our partner's page and agree there.",
    ),
    Requirement.IDENTITY_DOCUMENT: (
        "Send a photo of your passport or driving licence",
        "All four corners visible, in colour, not expired, and without glare.",
    ),
    Requirement.IDENTITY_DETAILS: (
        "Complete your personal details",
        "Name, date of birth and nationality, exactly as they stand on your document.",
    ),
    Requirement.ADDRESS: (
        "Give your home address, with proof",
        "A bank statement or utility bill of the last three months with your name on it.",
    ),
    Requirement.BUSINESS_DETAILS: (
        "Tell about the practice that is paid",
        "Its registered name and number, and who owns it.",
    ),
    Requirement.OTHER: (
        "Something else that our partner asks for",
        "Our partner's page says what it is.",
    ),
}
_S = PayoutAccountStatus
STATUS_WORDS = {
    _S.OPENING: ("Your payout account is being opened.", "It takes a minute.", "wait"),
    _S.CREATED: ("Your payout account is being opened.", "It takes a minute.", "wait"),
    _S.SUBMITTED: (
        "Our partner is checking your details.",
        "It waits for our partner, usually for less than a day. You can see patients meanwhile.",
        "wait",
    ),
    _S.ACTION_REQUIRED: (
        "Our partner needs something from you.",
        "Payouts wait until it has it. Your money stays in your wallet.",
        "harm",
    ),
    _S.ACTIVE: ("You can be paid.", "Our partner has all it needs.", ""),
    _S.RESTRICTED: (
        "Our partner has paused your account.",
        (
            "Nothing is lost: payouts wait, your money stays in your wallet, and all goes on by "
            "itself when the pause ends. Write to us if it lasts longer than two days."
        ),
        "harm",
    ),
}


@dataclass(frozen=True)
class RequirementLine:
    """Something to hand in, and how."""

    title: str
    how: str


class PayoutAccountState(PageState, rx.State):
    """The physician's own account with our payout partner."""

    exists: bool = False
    sentence: str = ""
    detail: str = ""
    tone: str = ""
    requirements: list[RequirementLine] = []
    may_hand_in: bool = False
    bank: str = ""
    cooling_off: str = ""
    on_its_way: str = ""
    deeds: int = 0

    @allowed(Audience.PHYSICIAN)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def hand_in(self) -> Any:
        """Go to our partner's own page."""
        async with acting(self):
            address = await ask(
                self,
                StartVerification,
                physician_id=await own_physician(self),
                return_url=f"{portal_settings().address}{ROUTE}",
            )
            return rx.redirect(address)
        return None

    @allowed(Audience.PHYSICIAN)
    async def name_bank(self, form: dict[str, Any]) -> None:
        """Name the bank account that money goes to."""
        async with acting(self):
            physician_id = await own_physician(self)
            bank = bank_of(form)
            await ask(self, OpenPayoutAccount, physician_id=physician_id)
            await ask(self, LinkBankAccount, physician_id=physician_id, bank=bank)
            await self._fill()
            self.deeds += 1
            self.notice = "Our payout partner has your bank account now. We do not keep it."

    async def _fill(self) -> None:
        physician_id = await own_physician(self)
        follow(self, physician_id)
        try:
            view = await ask(self, ViewPayoutAccount, physician_id=physician_id)
        except PayoutAccountNotFound:
            self.exists = False
            return
        self.exists = True
        self._show(view, await zone_here(self))

    def _show(self, view: PayoutAccountView, zone: str) -> None:
        self.sentence, self.detail, self.tone = STATUS_WORDS[view.status]
        wanted = view.requirements if view.status is _S.ACTION_REQUIRED else ()
        self.requirements = [RequirementLine(*REQUIREMENT_WORDS[one]) for one in wanted]
        self.may_hand_in = view.status is _S.ACTION_REQUIRED
        self.bank = bank_words(view)
        self.cooling_off = (
            ""
            if view.cooling_off_until is None
            else "Because it changed, payouts start again "
            f"{moment_with_zone(view.cooling_off_until, zone)}."
        )
        self.on_its_way = (
            ""
            if view.bank_on_its_way is None
            else f"The account ending in {view.bank_on_its_way} is on its way to our partner."
        )


def bank_words(view: PayoutAccountView) -> str:
    """Which account money goes to; empty if none is named."""
    if view.bank_last_four is None:
        return ""
    return f"{view.bank_currency} account in {view.bank_country}, ending in {view.bank_last_four}"
