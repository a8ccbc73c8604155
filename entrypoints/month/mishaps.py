"""
What vendors do wrong in the month, hour by hour; each fault comes round again and again.

Numbers are those under which the faults that the sandbox can produce are listed. A vendor's fault strikes the calls and webhooks of its hour alone: what has not struck by the end
of it is taken back, so that the count of those that did is true.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from attrs import define, field, frozen

from entrypoints.month.curtain import Curtain


class Hour(Enum):
    """When in a day."""

    JOINING = "joining"  # physicians apply
    ASKING = "asking"  # patients pay
    TAKING = "taking"  # cards are charged
    TREATING = "treating"
    AFTERWARDS = "afterwards"  # refunds and disputes
    PAYING = "paying"  # physicians are paid


@frozen
class Mishap:
    """
    A fault of a vendor.

    Args:
        match: Which calls or webhooks it strikes.
        more: The fault's own parameters.
        lone: It strikes once in its hour: a token is not refused again and again.
    """

    number: str
    vendor: str
    name: str
    match: Mapping[str, str] = field(factory=dict)
    more: Mapping[str, Any] = field(factory=dict)
    lone: bool = False


_CAPTURE = {"path": "*/capture", "method": "POST"}
_REFUND = {"path": "/v1/refunds", "method": "POST"}
_TRANSFER = {"path": "*/transfers/create", "method": "POST"}
_AUTHORISED = {"event": "payment_intent.amount_capturable_updated"}
_CHARGED = {"event": "payment_intent.succeeded"}
_REFUNDED = {"event": "refund.*"}
_DISPUTED = {"event": "charge.dispute.*"}
_TRANSFERRED = {"event": "payout.transfer.*"}
_AT_ONCE = {"seconds": 0.2}

CALENDAR: Mapping[Hour, Sequence[Sequence[Mishap]]] = {
    Hour.JOINING: (
        (
            Mishap("6", "airwallex", "account_stale_event"),
            Mishap("15", "airwallex", "token_expired", lone=True),
            Mishap("2", "stripe", "webhook_duplicate", {"event": "identity.*"}),
        ),
    ),
    Hour.ASKING: (
        (Mishap("1", "stripe", "webhook_before_response", _AUTHORISED),),
        (Mishap("2", "stripe", "webhook_duplicate", _AUTHORISED),),
        (Mishap("2", "stripe", "webhook_new_id_same_fact", _AUTHORISED),),
        (Mishap("lost", "stripe", "webhook_drop", _AUTHORISED),),
        (Mishap("12", "stripe", "webhook_stale_status", _AUTHORISED),),
        (Mishap("16", "stripe", "webhook_bad_signature", _AUTHORISED),),
        (Mishap("16", "stripe", "webhook_unknown_event", _AUTHORISED),),
        (Mishap("16", "stripe", "webhook_reserialised_body", _AUTHORISED),),
        (Mishap("13", "stripe", "webhook_shuffle", _AUTHORISED),),
    ),
    Hour.TAKING: (
        (Mishap("7", "stripe", "timeout_after_commit", _CAPTURE, _AT_ONCE),),
        (Mishap("15", "stripe", "respond_429", _CAPTURE),),
        (Mishap("18", "stripe", "fee_differs", more={"fee_minor": 250}),),
        (Mishap("15", "stripe", "respond_500_after_commit", _CAPTURE),),
        (Mishap("8", "stripe", "idempotency_key_in_use", _CAPTURE),),
        (Mishap("15", "stripe", "truncated_body", _CAPTURE),),
        (Mishap("15", "stripe", "respond_500_before", _CAPTURE),),
    ),
    Hour.TREATING: (
        (Mishap("13", "stripe", "webhook_delay", _CHARGED, {"seconds": 7200}),),
        (Mishap("lost", "stripe", "webhook_drop", _CHARGED),),
        (Mishap("16", "stripe", "webhook_old_timestamp", _CHARGED),),
        (Mishap("16", "stripe", "webhook_wrong_environment", _CHARGED),),
    ),
    Hour.AFTERWARDS: (
        (
            Mishap("lost", "stripe", "webhook_drop", _REFUNDED),
            Mishap("2", "stripe", "webhook_duplicate", _DISPUTED),
        ),
        (
            Mishap("7", "stripe", "timeout_after_commit", _REFUND, _AT_ONCE),
            Mishap("lost", "stripe", "webhook_drop", _DISPUTED),
        ),
        (
            Mishap("3", "stripe", "webhook_new_id_same_fact", _REFUNDED),
            Mishap("4", "stripe", "refund_pending"),
        ),
        (
            Mishap("15", "stripe", "respond_500_after_commit", _REFUND),
            Mishap("13", "stripe", "webhook_delay", _DISPUTED, {"seconds": 7200}),
        ),
    ),
    Hour.PAYING: (
        (
            Mishap("5", "airwallex", "transfer_fails_after_sent",
                   more={"failure_type": "BENEFICIARY_BANK_RETURNED"}),
            Mishap("7", "airwallex", "timeout_after_commit", _TRANSFER, _AT_ONCE),
        ),
        (
            Mishap("5", "airwallex", "transfer_returned_after_paid",
                   more={"failure_type": "ACCOUNT_INACTIVE_OR_DORMANT", "seconds": 30 * 3600}),
            Mishap("15", "airwallex", "respond_500_after_commit", _TRANSFER),
            Mishap("lost", "airwallex", "webhook_drop", _TRANSFERRED),
        ),
        (
            Mishap("18", "airwallex", "transfer_fee_differs", more={"amount": "2.50"}),
            Mishap("15", "airwallex", "token_expired", lone=True),
            Mishap("2", "airwallex", "webhook_duplicate", _TRANSFERRED),
        ),
        (
            Mishap("15", "airwallex", "respond_429", _TRANSFER),
            Mishap("15", "airwallex", "truncated_body", _TRANSFER),
            Mishap("16", "airwallex", "webhook_bad_signature", _TRANSFERRED),
        ),
    ),
}  # fmt: skip


@define(eq=False)
class Mishaps:
    """
    Lets them happen.

    Args:
        times: How often each strikes in its hour, if there is occasion.
    """

    curtain: Curtain
    times: int
    struck: Counter[tuple[str, str, str]] = field(factory=Counter, init=False)
    _hours: Counter[Hour] = field(factory=Counter, init=False)
    _scripted: dict[int, Mishap] = field(factory=dict, init=False)

    def begin(self, hour: Hour) -> None:
        """Script the next ones of an hour."""
        rounds = CALENDAR[hour]
        for mishap in rounds[self._hours[hour] % len(rounds)]:
            number = self.curtain.fault(
                mishap.vendor,
                mishap.name,
                times=self._times(mishap),
                match=dict(mishap.match),
                **mishap.more,
            )
            self._scripted[number] = mishap
        self._hours[hour] += 1

    def end(self) -> None:
        """Count what has struck; the rest will not any more."""
        left = self.curtain.faults_left()
        for number, mishap in self._scripted.items():
            strikes = self._times(mishap) - left.get(number, 0)
            if strikes:
                self.struck[mishap.number, mishap.vendor, mishap.name] += strikes
        self.curtain.clear_faults()
        self._scripted.clear()

    def _times(self, mishap: Mishap) -> int:
        return 1 if mishap.lone else self.times
