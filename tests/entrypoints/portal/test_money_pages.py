"""
The pages of refunds and disputes without a browser.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.payments.dispute_queries import ListUndecidedDisputes, ViewDispute
from application.payments.disputes import AssignDispute, SubmitEvidence
from application.payments.evidence import DraftEvidence
from application.payments.refunds import QuoteRefund, RefundPayment
from application.payments.review import EndDisputeReview, EndPaymentReview
from application.shared.access import AccessDenied
from application.shared.pages import Page
from domain.payments.dispute import DisputeStatus
from domain.payments.refund import Bearer, QuoteNoLongerTrue
from domain.shared.ids import to_wire
from entrypoints.portal.pages.operations.dispute import DisputeState
from entrypoints.portal.pages.operations.disputes import DisputesState
from entrypoints.portal.pages.operations.payment import StaffPaymentState
from tests.entrypoints.portal.dispute_answers import (
    DISPUTE,
    dispute_view,
    prepare_for_disputes,
)
from tests.entrypoints.portal.patient_answers import CONSULTATION
from tests.entrypoints.portal.physician_answers import aud
from tests.entrypoints.portal.staff_answers import prepare_for_staff
from tests.entrypoints.portal.tabs import AN_OPERATOR, Clinic, open_state

_PAYMENT = f"/x?consultation_id={to_wire('consultation', CONSULTATION)}"
_DISPUTE = f"/x?dispute_id={to_wire('dispute', DISPUTE)}"


@pytest.fixture(autouse=True)
def finance(clinic: Clinic) -> Clinic:
    prepare_for_staff(clinic)
    prepare_for_disputes(clinic)
    return clinic


def after(state_class: Any, address: str, *deeds: tuple[Any, ...]) -> Any:
    """The page after these handlers were called."""

    async def scene() -> Any:
        state = await open_state(state_class, "staff-token", address=address)
        await state.load()
        for name, *arguments in deeds:
            await getattr(state, name)(*arguments)
        return state

    return asyncio.run(scene())


class TestPayment:
    def test_shows_every_refund_and_how_far_it_has_come(self) -> None:
        state = after(StaffPaymentState, _PAYMENT)

        assert (state.sum, state.refunded, state.may_refund) == ("A$49.00", "A$10.00", True)
        assert [(one.sum, one.status) for one in state.refunds] == [
            ("A$10.00", "With the patient"),
            ("A$5.00", "Came back"),
        ]

    def test_a_quote_says_who_bears_it_before_anything_is_refunded(self, clinic: Clinic) -> None:
        state = after(StaffPaymentState, _PAYMENT, ("quote_refund", {"amount": "12,50"}))

        assert state.quote == "A$49.00"
        assert state.quote_shares == [
            "From our commission: A$9.70",
            "From the platform fee: A$5.00",
            "From the physician's pending earnings: A$34.30",
        ]
        (asked,) = clinic.arguments_of(QuoteRefund)
        assert (asked["amount"], asked["bearer"]) == (aud(1_250), Bearer.SHARED)
        assert clinic.arguments_of(RefundPayment) == []

    def test_without_an_amount_all_that_is_left_is_quoted(self, clinic: Clinic) -> None:
        after(StaffPaymentState, _PAYMENT, ("quote_refund", {"amount": " ", "goodwill": "on"}))

        (asked,) = clinic.arguments_of(QuoteRefund)
        assert (asked["amount"], asked["bearer"]) == (None, Bearer.PLATFORM)

    @pytest.mark.parametrize(
        ("written", "trouble"),
        [
            ("a lot", "Write an amount such as 12.50."),
            ("NaN", "Write an amount such as 12.50."),
            ("12.345", "12.345 has more places than AUD has."),
        ],
    )
    def test_what_is_no_amount_is_refused(self, clinic: Clinic, written: str, trouble: str) -> None:
        state = after(StaffPaymentState, _PAYMENT, ("quote_refund", {"amount": written}))

        assert state.trouble == trouble
        assert clinic.arguments_of(QuoteRefund) == []

    def test_what_was_quoted_is_refunded(self, clinic: Clinic) -> None:
        state = after(
            StaffPaymentState,
            _PAYMENT,
            ("quote_refund", {}),
            ("refund", {"reason": "Complaint upheld"}),
        )

        (asked,) = clinic.arguments_of(RefundPayment)
        assert asked["reason"] == "Complaint upheld"
        assert (state.quote, state.notice) == ("", "The refund is on its way.")

    def test_a_quote_that_is_not_true_any_more_says_so(self, clinic: Clinic) -> None:
        clinic.answer(RefundPayment, QuoteNoLongerTrue("Things changed since this quote."))

        state = after(
            StaffPaymentState, _PAYMENT, ("quote_refund", {}), ("refund", {"reason": "Late"})
        )

        assert state.trouble == "Things changed since this quote."

    def test_a_quote_is_let_go(self, clinic: Clinic) -> None:
        state = after(StaffPaymentState, _PAYMENT, ("quote_refund", {}), ("drop_quote",))

        assert (state.quote, state.quote_shares) == ("", [])
        assert clinic.arguments_of(RefundPayment) == []

    def test_what_has_to_be_looked_into_is_said_and_answered(self, clinic: Clinic) -> None:
        state = after(StaffPaymentState, _PAYMENT, ("end_review", {"note": "By phone."}))

        assert state.review == "Money was given back on the processor's own pages"
        (asked,) = clinic.arguments_of(EndPaymentReview)
        assert asked["note"] == "By phone."


class TestDisputes:
    def test_lists_the_most_urgent_first_with_owner_and_time(self) -> None:
        (line,) = after(DisputesState, "/x").disputes

        assert (line.reason, line.status) == ("Fraudulent", "Waits for our evidence")
        assert (line.left, line.left_tone) == ("2 days left", "harm")
        assert (line.owner, line.sum) == ("Nobody yet", "A$49.00")

    def test_shows_decided_ones_when_asked(self) -> None:
        state = after(DisputesState, "/x", ("show_every", True))

        assert [one.status for one in state.disputes] == ["Waits for our evidence", "Won"]
        assert [one.left for one in state.disputes] == ["2 days left", ""]

    def test_goes_on_where_the_first_page_ended(self, clinic: Clinic) -> None:
        clinic.answer(ListUndecidedDisputes, Page((dispute_view(),), "next"))

        state = after(DisputesState, "/x", ("more",))

        assert len(state.disputes) == 2
        assert clinic.arguments_of(ListUndecidedDisputes)[1]["cursor"] == "next"

    def test_is_not_for_those_who_may_not(self, clinic: Clinic) -> None:
        clinic.answer(ListUndecidedDisputes, AccessDenied("You may not do this."))

        assert after(DisputesState, "/x").phase == "forbidden"


class TestDispute:
    def test_shows_what_would_be_sent_and_what_happened(self) -> None:
        state = after(DisputeState, _DISPUTE)

        assert state.takes_evidence
        assert state.service_on == "2026-11-20"
        assert len(state.documents) == 4
        assert [each.what for each in state.history] == [
            "The bank opened it",
            "The processor took A$49.00, and a fee of A$15.00",
            "A reminder of the time limit was sent",
        ]

    def test_is_taken_on(self, clinic: Clinic) -> None:
        clinic.answer(ViewDispute, dispute_view(owner_id=AN_OPERATOR.user_id))

        state = after(DisputeState, _DISPUTE, ("take",))

        assert (state.owner, state.is_mine) == ("You", True)
        assert len(clinic.arguments_of(AssignDispute)) == 1

    def test_evidence_is_sent_in_the_words_of_a_person(self, clinic: Clinic) -> None:
        state = after(
            DisputeState,
            _DISPUTE,
            ("submit", {"explanation": "They came.", "service_on": "2026-11-21"}),
        )

        (asked,) = clinic.arguments_of(SubmitEvidence)
        assert asked["evidence"].explanation == "They came."
        assert asked["evidence"].service_on == "2026-11-21"
        assert state.notice == "The evidence is with the bank."

    @pytest.mark.parametrize(
        "form", [{"explanation": " "}, {"explanation": "They came.", "service_on": "soon"}]
    )
    def test_what_is_no_evidence_is_not_sent(self, clinic: Clinic, form: dict[str, str]) -> None:
        state = after(DisputeState, _DISPUTE, ("submit", form))

        assert state.trouble != ""
        assert clinic.arguments_of(SubmitEvidence) == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"evidence_due_at": datetime.now(UTC) - timedelta(minutes=1)},
            {"status": DisputeStatus.UNDER_REVIEW},
            {"status": DisputeStatus.LOST},
        ],
    )
    def test_takes_no_evidence_when_it_is_not_our_turn(
        self, clinic: Clinic, changes: dict[str, Any]
    ) -> None:
        clinic.answer(ViewDispute, dispute_view(**changes))

        assert not after(DisputeState, _DISPUTE).takes_evidence
        assert clinic.arguments_of(DraftEvidence) == []

    def test_what_has_to_be_looked_into_is_said_and_answered(self, clinic: Clinic) -> None:
        clinic.answer(ViewDispute, dispute_view(review="unrecognised_status"))

        state = after(DisputeState, _DISPUTE, ("end_review", {"note": "Asked them."}))

        assert state.review == "The processor reports an unknown status"
        (asked,) = clinic.arguments_of(EndDisputeReview)
        assert asked["note"] == "Asked them."
