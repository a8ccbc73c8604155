"""
What we answer a dispute with.
"""

from attrs import frozen

from domain.shared.errors import InvalidInput

LONGEST_EXPLANATION = 20_000


class UnfitEvidence(InvalidInput):
    """Nothing that could be sent to a bank."""


@frozen(kw_only=True)
class Evidence:
    """
    What we say to the bank. Nothing clinical belongs here: it leaves the platform.

    Args:
        explanation: In the words of the member of staff who answers.
        service_on: The day of the service, as the bank is to read it.
        product: What was sold.
        receipt: What was paid, and what was given back.
        refund_policy: The terms that the patient agreed to when they booked.
        activity: When what was done for the patient.
    """

    explanation: str
    service_on: str | None = None
    product: str | None = None
    receipt: str | None = None
    refund_policy: str | None = None
    activity: str | None = None

    def __attrs_post_init__(self) -> None:
        if not 0 < len(self.explanation.strip()) <= LONGEST_EXPLANATION:
            raise UnfitEvidence(
                f"Explain it in at most {LONGEST_EXPLANATION:,} characters.", field="explanation"
            )
