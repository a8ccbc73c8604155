"""
Old news that vendors tell again: what was true once, days after it is not.
"""

from attrs import define, field

from domain.payouts.payout import PayoutStatus
from entrypoints.month.curtain import Curtain
from entrypoints.month.paydays import Paydays

_CAME_BACK = frozenset({PayoutStatus.FAILED, PayoutStatus.RETURNED})
_A_FEW = 3


@define(eq=False)
class Echoes:
    """Vendors' late messages."""

    curtain: Curtain
    paydays: Paydays
    told: int = field(default=0, init=False)

    def sound(self) -> None:
        """Tell of transfers that came back that they are paid, and of old refunds once more."""
        payouts = self.paydays.seen()
        came_back = [each for each in payouts if each.status in _CAME_BACK]
        paid = [each for each in payouts if each.status is PayoutStatus.PAID]
        for status, some in (("PAID", came_back), ("PROCESSING", paid)):
            for payout in some[:_A_FEW]:
                if payout.reference is not None:
                    self.curtain.do(
                        "airwallex/send_stale_transfer_event",
                        transfer_id=payout.reference,
                        status=status,
                    )
                    self.told += 1
        for number in self.curtain.deliveries("stripe", "refund.created")[-_A_FEW:]:
            self.curtain.do(f"deliveries/{number}/resend")
            self.told += 1
