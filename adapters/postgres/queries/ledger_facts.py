"""
Which entries there must be, by what payments, refunds, disputes, earnings, holds and payouts say.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from domain.ledger.journal import Reason, key_of
from domain.shared.ids import to_wire

_STATES = text("""
    select 'payment' as kind, id, 'captured' as state from payment where captured_at is not null
    union all
    select 'consultation', consultation_id, 'delivered' from payment where delivery is not null
    union all
    -- An earning that was refunded in full before it cleared has nothing left to mature.
    select 'lot', l.id, 'matured' from lot l where l.status = 'available'
    and l.amount_minor > coalesce((
        select sum((r.shares->>'pending')::bigint) from refund r
        where r.consultation_id = l.consultation_id and r.status <> 'failed'
    ), 0) + coalesce((
        select sum((d.shares->>'pending')::bigint) from dispute d
        where d.consultation_id = l.consultation_id
    ), 0)
    union all
    select 'refund', id, case
        when (shares->>'patient_funds')::bigint > 0 then 'refunded_before'
        else 'refunded_after' end from refund
    union all
    select 'refund', id, 'refund_failed' from refund where status = 'failed'
    union all
    select 'dispute', dispute_id, case when amount_minor < 0
        then 'dispute_opened' else 'dispute_won' end from dispute_movement
    union all
    select 'dispute', id, 'dispute_lost' from dispute where losses > 0
    union all
    select 'dispute', id, 'dispute_loss_undone' from dispute
    where losses > case when beyond_minor is null then 0 else 1 end
    union all
    select 'hold', id, 'hold_' || status from hold where reason = 'review'
    union all
    select 'payout', id, case when status = 'failed' and reference is null
        then 'failed_before_sending' else status end from payout
""")

_KEYS = text("""
    select idempotency_key from ledger.journal_entry
    where reason not in (
        'processor_settled', 'float_funded', 'float_funding_reversed', 'capital_paid_in',
        'currency_converted', 'debt_recovered', 'recovery_returned', 'reconciliation_repaired'
    )
""")

_TAKEN = text("""
    select p.id, p.amount_minor, p.status, coalesce((
        select sum(u.amount_minor) from lot_use u
        where u.taken_by = w.wire and u.returned_at is null
    ), 0) as taken
    from payout p
    join unnest(cast(:ids as uuid[]), cast(:wires as text[])) as w(id, wire) on w.id = p.id
""")

_REQUESTED = (Reason.PAYOUT_REQUESTED,)
_SUBMITTED = (*_REQUESTED, Reason.PAYOUT_SUBMITTED)
_POSTED: dict[str, tuple[Reason, ...]] = {
    "captured": (Reason.PAYMENT_CAPTURED,),
    "delivered": (Reason.SERVICE_DELIVERED,),
    "matured": (Reason.EARNING_MATURED,),
    "refunded_before": (Reason.REFUND_BEFORE_DELIVERY,),
    "refunded_after": (Reason.REFUND_AFTER_DELIVERY,),
    "refund_failed": (Reason.REFUND_FAILED,),
    "dispute_opened": (Reason.DISPUTE_OPENED,),
    "dispute_won": (Reason.DISPUTE_WON,),
    "dispute_lost": (Reason.DISPUTE_LOST,),
    "dispute_loss_undone": (Reason.DISPUTE_LOSS_UNDONE,),
    "hold_placed": (Reason.HOLD_PLACED,),
    "hold_released": (Reason.HOLD_PLACED, Reason.HOLD_RELEASED),
    "awaiting_approval": _REQUESTED,
    "requested": _REQUESTED,
    "sending": _REQUESTED,
    "unknown": _REQUESTED,
    "cancelled": (*_REQUESTED, Reason.PAYOUT_CANCELLED),
    "declined": (*_REQUESTED, Reason.PAYOUT_CANCELLED),
    "failed_before_sending": (*_REQUESTED, Reason.PAYOUT_FAILED),
    "submitted": _SUBMITTED,
    "failed": (*_SUBMITTED, Reason.PAYOUT_FAILED),
    "paid": (*_SUBMITTED, Reason.PAYOUT_PAID),
    "returned": (*_SUBMITTED, Reason.PAYOUT_PAID, Reason.PAYOUT_RETURNED),
}
_GIVEN_BACK = frozenset({"cancelled", "declined", "failed", "returned"})


def compare_facts(connection: Connection) -> list[tuple[str, Any, Any]]:
    """For every fact and every entry: is there the other one, once?"""
    wanted = set(_wanted(connection.execute(_STATES).all()))
    # An earning can mature in two parts: what a failed refund gave back names that refund too.
    posted = {":".join(row.idempotency_key.split(":")[:2]) for row in connection.execute(_KEYS)}
    return [(key, int(key in wanted), int(key in posted)) for key in sorted(wanted | posted)]


def compare_payouts_with_lots(connection: Connection) -> list[tuple[str, Any, Any]]:
    """For every payout: does what it took from earnings add up to it?"""
    ids = [row.id for row in connection.execute(text("select id from payout"))]
    wires = {payout_id: to_wire("payout", payout_id) for payout_id in ids}
    rows = connection.execute(_TAKEN, {"ids": ids, "wires": list(wires.values())})
    return [
        (
            wires[row.id],
            0 if row.status in _GIVEN_BACK else row.amount_minor,
            int(row.taken),
        )
        for row in rows
    ]


def _wanted(states: Iterable[Any]) -> Iterable[str]:
    for kind, row_id, state in states:
        for reason in _POSTED[state]:
            yield key_of(reason, to_wire(kind, UUID(str(row_id))))
