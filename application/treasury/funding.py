"""
Money goes from our bank to the payout vendor, and sometimes back.
"""

from datetime import datetime

from attrs import frozen

from application.shared.access import Actor, Role, require_role, require_system
from application.shared.ports import Clock, Ids
from application.treasury.bookings import post_once
from application.treasury.ports import PayoutFloat, TreasuryUnitOfWork
from domain.ledger import posting_rules
from domain.ledger.journal import JournalDraft, Reason, key_of
from domain.shared.ids import FloatFundingId, to_wire
from domain.shared.money import Money
from domain.treasury.funding import FloatFunding, FloatFundingNotFound


@frozen
class RecordFloatFunding:
    """
    Note that the balance at the payout vendor was topped up from our bank.
    """

    _uow: TreasuryUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self, *, actor: Actor, amount: Money, reference: str, occurred_at: datetime
    ) -> FloatFundingId:
        """
        Answers the open request of the currency, if there is one.

        Args:
            reference: The bank's reference; the same one again posts nothing new.

        Raises:
            AccessDenied: Not finance staff.
            MalformedFunding: Not an amount above zero.
            ReferenceTaken: The reference was recorded with another amount.
        """
        require_role(actor, Role.FINANCE)
        now = self._clock.now()
        with self._uow as uow:
            request = uow.funding_requests.open_in(amount.currency)
            funding = FloatFunding.book(
                id=FloatFundingId(self._ids.new()),
                reference=reference,
                amount=amount,
                occurred_at=occurred_at,
                request=request,
                now=now,
            )
            post_once(
                uow,
                JournalDraft(
                    reason=Reason.FLOAT_FUNDED,
                    cause=reference,
                    occurred_at=occurred_at,
                    postings=posting_rules.float_funded(amount),
                ),
            )
            known = uow.float_fundings.find([reference])
            if known is not None:
                return known.id
            if request is not None:
                request.receive(amount, now=now)
                uow.funding_requests.save(request)
            uow.float_fundings.add(funding)
            uow.audit.record(
                actor=actor,
                action="float.funded",
                subject=to_wire("float_funding", funding.id),
                details={"reference": reference},
            )
            uow.commit()
        return funding.id


@frozen
class ReverseFloatFunding:
    """
    Note that a bank took back what had been sent to the payout vendor.
    """

    _uow: TreasuryUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        The request that it had answered is open again.

        Raises:
            AccessDenied: Not finance staff.
            FloatFundingNotFound: Nothing was sent under this reference.
            FundingAlreadyReversed: It was noted before.
        """
        require_role(actor, Role.FINANCE)
        _reverse(self._uow, self._clock.now(), actor, [reference])


@frozen
class RefreshFloatDeposit:
    """
    Look a deposit up at the vendor; one that was taken back undoes what we noted as sent.
    """

    _uow: TreasuryUnitOfWork
    _clock: Clock
    _float: PayoutFloat

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        Ask as often as wanted. A deposit that our books do not know is left to reconciliation.

        Raises:
            DepositNotFound: The vendor does not know it.
            FloatUnknown: The vendor does not answer.
        """
        require_system(actor)
        deposit = self._float.deposit(reference)
        if not deposit.taken_back:
            return
        with self._uow as uow:
            funding = uow.float_fundings.find(deposit.known_as)
        if funding is not None and funding.reversed_at is None:
            _reverse(self._uow, self._clock.now(), actor, deposit.known_as)


def _reverse(
    uow: TreasuryUnitOfWork, now: datetime, actor: Actor, known_as: tuple[str, ...] | list[str]
) -> None:
    with uow:
        funding = uow.float_fundings.find(known_as)
        if funding is None:
            raise FloatFundingNotFound("Nothing was sent under this reference.")
        funding.reverse(now=now)
        uow.float_fundings.save(funding)
        uow.journal.post(
            JournalDraft(
                reason=Reason.FLOAT_FUNDING_REVERSED,
                cause=funding.reference,
                occurred_at=now,
                postings=posting_rules.float_funding_reversed(funding.amount),
                resolves=key_of(Reason.FLOAT_FUNDED, funding.reference),
            )
        )
        _ask_again(uow, funding, now)
        uow.audit.record(
            actor=actor,
            action="float.funding_reversed",
            subject=to_wire("float_funding", funding.id),
            details={"reference": funding.reference},
        )
        uow.commit()


def _ask_again(uow: TreasuryUnitOfWork, funding: FloatFunding, now: datetime) -> None:
    if funding.funding_request_id is None:
        return
    standing = uow.funding_requests.open_in(funding.amount.currency)
    if standing is not None and standing.id != funding.funding_request_id:
        standing.add(funding.amount, now=now)
    else:
        standing = uow.funding_requests.get(funding.funding_request_id)
        standing.take_back(funding.amount, now=now)
    uow.funding_requests.save(standing)
