"""
What happens to a consultation's money afterwards: given back, taken back, fought over.
"""

from collections.abc import Callable, Mapping
from functools import partial

from attrs import define, field
from stripe import StripeClient

from application.payments.dispute_queries import ListDisputes
from application.payments.disputes import SubmitEvidence
from application.payments.queries import ViewPayment
from application.payments.refunds import QuoteRefund, RefundPayment
from domain.payments.evidence import Evidence
from domain.payments.refund import Bearer
from domain.shared.money import Money
from entrypoints.month.curtain import Curtain
from entrypoints.month.plan import Deed, Errand
from entrypoints.month.practice import Practice

_A_PART = 4


@define(eq=False)
class Incidents:
    """Runs the errands of a day."""

    practice: Practice
    curtain: Curtain
    disputes: dict[int, str] = field(factory=dict, init=False)

    def run(self, errand: Errand) -> None:
        """Do it."""
        deeds: Mapping[Deed, Callable[[int], None]] = {
            Deed.REFUND: self._give_back,
            Deed.REFUND_PART: self._refund_part,
            Deed.REFUND_BY_PLATFORM: self._refund_by_platform,
            Deed.REFUND_AT_VENDOR: self._refund_at_vendor,
            Deed.FAIL_REFUND: self._fail_refund,
            Deed.DISPUTE: self._dispute,
            Deed.ANSWER_DISPUTE: self._answer,
            Deed.WIN_DISPUTE: partial(self._at_the_bank, "win_dispute"),
            Deed.LOSE_DISPUTE: partial(self._at_the_bank, "lose_dispute"),
            Deed.DROP_DISPUTE: partial(self._at_the_bank, "withdraw_dispute"),
            Deed.WITHDRAW_AGAIN: partial(self._at_the_bank, "withdraw_dispute_funds"),
            Deed.REINSTATE: partial(self._at_the_bank, "reinstate_dispute_funds"),
        }
        deeds[errand.deed](errand.case)

    def _refund_part(self, case: int) -> None:
        self._give_back(case, amount=self._part(case))

    def _refund_by_platform(self, case: int) -> None:
        self._give_back(case, amount=self._part(case), bearer=Bearer.PLATFORM)

    def _give_back(
        self, case: int, *, amount: Money | None = None, bearer: Bearer = Bearer.SHARED
    ) -> None:
        clinic, operator = self.practice.clinic, self.practice.day.operator
        quote = clinic.use(QuoteRefund)(
            actor=operator,
            consultation_id=self.practice.consultations[case],
            amount=amount,
            bearer=bearer,
        )
        clinic.use(RefundPayment)(
            actor=operator, quote_id=quote.quote_id, reason="The patient was not content."
        )

    def _part(self, case: int) -> Money:
        payment = self.practice.clinic.use(ViewPayment)(
            actor=self.practice.day.operator, consultation_id=self.practice.consultations[case]
        )
        return payment.amount.allocate((1, _A_PART - 1))[0]

    def _refund_at_vendor(self, case: int) -> None:
        self.curtain.do("stripe/refund", payment_intent=self.practice.intents[case])

    def _fail_refund(self, case: int) -> None:
        made = self.practice.clinic.use(StripeClient).v1.refunds.list(
            {"payment_intent": self.practice.intents[case], "limit": 1}
        )
        self.curtain.do("stripe/fail_refund", id=made.data[0].id)

    def _dispute(self, case: int) -> None:
        made = self.curtain.do("stripe/create_dispute", payment_intent=self.practice.intents[case])
        self.disputes[case] = made["id"]

    def _answer(self, case: int) -> None:
        clinic, operator = self.practice.clinic, self.practice.day.operator
        (found,) = [
            each
            for each in clinic.use(ListDisputes)(actor=operator, limit=200).items
            if each.reference == self.disputes[case]
        ]
        clinic.use(SubmitEvidence)(
            actor=operator,
            dispute_id=found.dispute_id,
            evidence=Evidence(explanation="The service was given on the day of the payment."),
        )

    def _at_the_bank(self, action: str, case: int) -> None:
        self.curtain.do(f"stripe/{action}", id=self.disputes[case])
