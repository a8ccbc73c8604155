"""
The pages of operations without a browser.
"""

import asyncio
from typing import Any

import pytest

from application.consultations.cancellation import CancelConsultation
from application.ledger.books import (
    BooksVerified,
    Break,
    Check,
    CheckResult,
    TrialBalanceLine,
    VerifyBooks,
)
from application.orders.queries import TrackOrder
from application.orders.tracking import SettleAttention
from application.payments.queries import ViewPayment
from application.payouts.queries import ListPayouts
from application.physicians.application import OfferContract
from application.physicians.licensing import AttestLicence
from application.shared.access import AccessDenied
from application.shared.pages import Page
from application.workflow.dead_letters import (
    DeadReaction,
    ListDeadReactions,
    ReviveReaction,
    ReviveWebhook,
)
from domain.ledger.chart import AccountType
from domain.orders.fulfilment import AttentionReason, OrderStatus
from domain.payments.payment import PaymentNotFound, PaymentStatus
from domain.shared.ids import to_wire
from entrypoints.portal.pages.operations.applications import ApplicationsState, ApplicationState
from entrypoints.portal.pages.operations.books import BooksState, account_line
from entrypoints.portal.pages.operations.consultation import TimelineState
from entrypoints.portal.pages.operations.given_up import GivenUpState
from entrypoints.portal.pages.operations.order import OrderState
from entrypoints.portal.pages.operations.work import WorkState
from tests.entrypoints.portal.dispute_answers import prepare_for_disputes
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.patient_answers import CONSULTATION, ORDER, order_view, payment_view
from tests.entrypoints.portal.pay_answers import PARTNER, prepare_for_pay
from tests.entrypoints.portal.physician_answers import aud, onboarding_view
from tests.entrypoints.portal.physician_clinic import prepare_for_physician
from tests.entrypoints.portal.staff_answers import (
    EVENT,
    SUCCESSOR,
    dead_reaction,
    dead_webhook,
    prepare_for_staff,
)
from tests.entrypoints.portal.tabs import PHYSICIAN, Clinic, open_state

_TIMELINE = f"/operations/x?consultation_id={to_wire('consultation', CONSULTATION)}"
_ORDER = f"/operations/x?order_id={to_wire('order', ORDER)}"
_APPLICATION = f"/operations/x?physician_id={to_wire('physician', PHYSICIAN)}"


@pytest.fixture(autouse=True)
def staffed_clinic(clinic: Clinic) -> Clinic:
    prepare_for_physician(clinic)
    prepare_for_staff(clinic)
    prepare_for_disputes(clinic)
    prepare_for_pay(clinic)
    clinic.answer(ViewPayment, payment_view(status=PaymentStatus.CAPTURED, captured_at=NOON))
    clinic.answer(CancelConsultation, None)
    return clinic


async def opened(state_class: Any, address: str = "/") -> Any:
    state = await open_state(state_class, "staff-token", address=address)
    await state.load()
    return state


class TestWork:
    def test_shows_every_queue_with_its_size(self) -> None:
        state = asyncio.run(opened(WorkState))

        assert [(queue.name, queue.size) for queue in state.queues] == [
            ("Steps that the workflow gave up", "1"),
            ("Messages from vendors that were given up", "1"),
            ("Consultations that are stuck", "2"),
            ("Orders at pharmacies", "1"),
            ("People whom nothing reached", "1"),
            ("Payouts to agree to", "1"),
            ("Payouts to look into", "1"),
            ("Disputes to answer", "1"),
            ("Payments to look into", "2"),
            ("Applications", "1"),
        ]

    def test_leads_from_who_was_not_reached_to_what_it_is_about(self) -> None:
        state = asyncio.run(opened(WorkState))

        (task,) = next(q for q in state.queues if q.name == "People whom nothing reached").tasks
        assert task.address == f"/operations/orders/{to_wire('order', SUCCESSOR)}"
        assert (task.title, task.tag) == ("Order failed", "Carrier")

    def test_leaves_out_what_this_reader_may_not_see(self, clinic: Clinic) -> None:
        clinic.answer(ListPayouts, AccessDenied("You may not do this."))

        state = asyncio.run(opened(WorkState))

        assert "Payouts to look into" not in [queue.name for queue in state.queues]
        assert state.phase == "ready"


class TestOrder:
    def test_a_warning_that_nobody_shows_is_not_settled(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(OrderState, _ORDER)
            await state.settle({"attention": "", "reason": "It is fine."})
            return state

        assert asyncio.run(scene()).trouble == "Look at the order again."
        assert clinic.arguments_of(SettleAttention) == []

    def test_says_what_is_odd_and_takes_what_was_found(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(OrderState, _ORDER)
            await state.settle(
                {"attention": state.attention, "reason": "The second was never collected."}
            )
            return state

        state = asyncio.run(scene())

        (settled,) = clinic.arguments_of(SettleAttention)
        assert settled["reason"] == "The second was never collected."
        assert settled["attention"] is AttentionReason.DISPENSED_TWICE
        assert state.odd == "It was handed out more often than prescribed."
        assert (state.fills, state.status, state.may_call_back) == ("2", "Collected", False)
        assert state.notice == "Noted. The order is off the list."
        assert [copy.address for copy in state.copies] == [
            f"/operations/orders/{to_wire('order', SUCCESSOR)}"
        ]

    def test_is_reached_from_the_work_list(self) -> None:
        state = asyncio.run(opened(WorkState))

        (task,) = next(q for q in state.queues if q.name == "Orders at pharmacies").tasks
        assert task.address == f"/operations/orders/{to_wire('order', ORDER)}"

    def test_is_called_back_as_far_as_the_pharmacy_can(self, clinic: Clinic) -> None:
        clinic.answer(TrackOrder, order_view(status=OrderStatus.READY))

        async def scene() -> Any:
            state = await opened(OrderState, _ORDER)
            assert state.may_call_back
            await state.call_back()
            return state

        state = asyncio.run(scene())

        assert (state.odd, state.notice) == ("", "The pharmacy does not give it back.")

    @pytest.mark.parametrize("reason", AttentionReason)
    def test_says_what_to_do_whatever_it_is(self, clinic: Clinic, reason: AttentionReason) -> None:
        clinic.answer(TrackOrder, order_view(attention=reason))

        state = asyncio.run(opened(OrderState, _ORDER))

        assert state.odd.endswith(".")
        assert state.to_do.endswith(".")


class TestGivenUp:
    def test_says_what_why_and_since_when(self) -> None:
        state = asyncio.run(opened(GivenUpState))

        (reaction,), (message,) = state.reactions, state.messages
        assert reaction.title == "Notify patient"
        assert reaction.detail.startswith("After “Payment authorised” in co_")
        assert reaction.cause == "Smtp refused, 12 tries"
        assert (
            reaction.address == f"/operations/consultations/{to_wire('consultation', CONSULTATION)}"
        )
        assert message.title == "Payout partner: payout.transfer.failed"
        assert message.cause == "Payout not found, 1 try"

    def test_tries_both_kinds_again(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(GivenUpState)
            await state.retry_reaction(state.reactions[0].key)
            await state.retry_message(state.messages[0].key)
            return state

        state = asyncio.run(scene())

        (reaction,) = clinic.arguments_of(ReviveReaction)
        (message,) = clinic.arguments_of(ReviveWebhook)
        assert (reaction["event_id"], reaction["name"]) == (EVENT, "NotifyPatient")
        assert message["webhook_id"] == dead_webhook().webhook_id
        assert state.notice.startswith("It is queued again.")

    def test_goes_on_where_the_first_page_ended(self, clinic: Clinic) -> None:
        def pages(*, cursor: str | None = None, **_: Any) -> Page[DeadReaction]:
            return Page((dead_reaction(),), "later" if cursor is None else None)

        async def scene() -> Any:
            state = await opened(GivenUpState)
            more = state.more_reactions
            await state.show_more_reactions()
            return state, more

        clinic.answer(ListDeadReactions, pages)
        state, more = asyncio.run(scene())

        assert more
        assert len(state.reactions) == 2
        assert not state.more_reactions


class TestTimeline:
    def test_shows_what_each_event_set_off(self) -> None:
        state = asyncio.run(opened(TimelineState, _TIMELINE))

        entry = state.entries[1]
        assert entry.name == "Payment authorised"
        assert [(effect.name, effect.words) for effect in entry.effects] == [
            ("Queue consultation", "Done"),
            ("Notify patient", "Given up"),
        ]

    def test_tries_a_reaction_again(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(TimelineState, _TIMELINE)
            await state.retry(state.entries[1].effects[1].key)
            return state

        state = asyncio.run(scene())

        (call,) = clinic.arguments_of(ReviveReaction)
        assert (call["event_id"], call["name"]) == (EVENT, "NotifyPatient")
        assert state.notice == "It is queued again."

    def test_shows_a_consultation_that_was_never_paid(self, clinic: Clinic) -> None:
        clinic.answer(ViewPayment, PaymentNotFound("None."))

        state = asyncio.run(opened(TimelineState, _TIMELINE))

        assert (state.phase, state.payment) == ("ready", "")


class TestApplications:
    def test_says_what_is_open(self) -> None:
        (one,) = asyncio.run(opened(ApplicationsState)).applicants

        assert one.open_steps == "Open: Licences, Contract"

    def test_confirms_a_licence_with_evidence(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(ApplicationState, _APPLICATION)
            key = state.licences[0].key
            await state.attest({"licence": key, "evidence": "AHPRA register, 22 November"})
            return state

        state = asyncio.run(scene())

        assert clinic.arguments_of(AttestLicence)[0]["evidence"] == "AHPRA register, 22 November"
        assert state.notice == "Your confirmation is noted."

    def test_offers_a_contract_under_a_plan_in_force(self, clinic: Clinic) -> None:
        from application.physicians.queries import ViewOnboarding

        clinic.answer(ViewOnboarding, onboarding_view(offered_contract=None))

        async def scene() -> Any:
            state = await opened(ApplicationState, _APPLICATION)
            assert state.may_offer
            assert [plan.key for plan in state.plans] == ["partner", "standard"]
            await state.offer({"plan": "nothing"})
            assert state.trouble
            await state.offer({"plan": "partner"})

        asyncio.run(scene())

        (offered,) = clinic.arguments_of(OfferContract)
        assert (offered["commission_plan_id"], offered["commission_plan_version"]) == (PARTNER, 1)


class TestMoney:
    def test_shows_both_sides_of_the_books(self) -> None:
        (books,) = asyncio.run(opened(BooksState)).books

        assert books.equal
        assert books.lines[0].debit == "A$1,284.00"
        assert books.lines[1].credit == "A$124.00"
        assert [line.owner for line in books.lines] == ["", "Dr Ada Moreau", "Dr Ada Moreau", ""]

    def test_puts_a_negative_balance_on_the_other_side(self) -> None:
        line = account_line(
            TrialBalanceLine(account="commission", type=AccountType.INCOME, balance=aud(-500))
        )

        assert (line.debit, line.credit) == ("A$5.00", "")

    def test_raises_its_voice_when_a_check_fails(self, clinic: Clinic) -> None:
        broken = Break(check=Check.DEBITS_EQUAL_CREDITS, subject="AUD", expected="100", found="99")
        clinic.answer(
            VerifyBooks,
            BooksVerified(
                at=NOON,
                results=(
                    CheckResult(check=Check.DEBITS_EQUAL_CREDITS, looked_at=9, breaks=(broken,)),
                ),
            ),
        )

        async def scene() -> Any:
            state = await opened(BooksState)
            await state.verify()
            return state

        state = asyncio.run(scene())

        assert not state.sound
        assert state.checks[0].words == "1 broken"
