"""
A physician becomes somebody who can be paid.
"""

from datetime import timedelta

from attrs import frozen

from application.payouts.ports import (
    FoundAccount,
    Payees,
    PayoutAccountGateway,
    PayoutsUnitOfWork,
)
from application.shared.access import (
    Actor,
    Role,
    require_person,
    require_role,
    require_self_physician,
    require_system,
)
from application.shared.ports import Clock, Ids
from application.shared.sweeps import work_through
from domain.payouts.payout_account import (
    PayoutAccount,
    PayoutAccountNotFound,
    PayoutAccountStatus,
)
from domain.shared.ids import PayoutAccountId, PhysicianId, to_wire

_BATCH = 100
_PATIENCE = timedelta(minutes=10)
_PATIENCE_WITH_ACTIVE = timedelta(days=1)
_UNFINISHED = (PayoutAccountStatus.OPENING, PayoutAccountStatus.CREATED)


@frozen
class OpenPayoutAccount:
    """
    Introduce a physician to the payout vendor, which then makes its own checks.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _ids: Ids
    _gateway: PayoutAccountGateway
    _payees: Payees

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> PayoutAccountId:
        """
        Opening it again goes on where it stopped.

        Raises:
            AccessDenied: Somebody else's.
            PhysicianNotFound: No such physician.
            TransferOutcomeUnknown: The vendor does not answer; ask again.
        """
        require_self_physician(actor, physician_id)
        payee = self._payees.get(physician_id)
        with self._uow as uow:
            account = uow.payout_accounts.of_physician(physician_id)
            if account is None:
                account = PayoutAccount.open(
                    id=PayoutAccountId(self._ids.new()),
                    physician_id=physician_id,
                    now=self._clock.now(),
                )
                uow.payout_accounts.add(account)
                uow.audit.record(
                    actor=actor,
                    action="payout_account.opened",
                    subject=to_wire("payout_account", account.id),
                )
                uow.commit()
        if account.status in _UNFINISHED:
            # The vendor keeps our identifier, so that an account that it made before a crash
            # is found again and not made twice.
            _record(self._uow, self._clock, account.id, self._gateway.open(account.id, payee))
        return account.id


@frozen
class RefreshPayoutAccount:
    """
    Look an account up at the vendor and follow what it says.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _gateway: PayoutAccountGateway

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        Ask as often as wanted: what is known already changes nothing.

        Raises:
            PayoutAccountNotFound: Not ours, or its own transaction has not committed yet.
            TransferOutcomeUnknown: The vendor does not answer.
        """
        require_role(actor, Role.FINANCE, Role.OPERATIONS)
        found = self._gateway.find_account(reference)
        account_id = found.payout_account_id
        if account_id is None:
            with self._uow as uow:
                account_id = uow.payout_accounts.by_reference(reference).id
        _record(self._uow, self._clock, account_id, found)


@frozen
class StartVerification:
    """
    Send the physician to the vendor's own page, to hand in what it wants.
    """

    _uow: PayoutsUnitOfWork
    _gateway: PayoutAccountGateway

    def __call__(self, *, actor: Actor, physician_id: PhysicianId, return_url: str) -> str:
        """
        Returns an address that works once.

        Args:
            return_url: Where the vendor sends the physician back to.

        Raises:
            AccessDenied: Somebody else, or a program.
            PayoutAccountNotFound: Open a payout account first.
            NothingToHandIn: The vendor asks for nothing.
            TransferOutcomeUnknown: The vendor does not answer; trying again is safe.
        """
        require_person(actor)
        require_self_physician(actor, physician_id)
        with self._uow as uow:
            account = uow.payout_accounts.of_physician(physician_id)
            if account is None or account.reference is None:
                raise PayoutAccountNotFound("Open a payout account first.")
            reference = account.reference_to_verify()
            uow.audit.record(
                actor=actor,
                action="payout_account.verification_started",
                subject=to_wire("payout_account", account.id),
            )
            uow.commit()
        return self._gateway.verification_page(reference, return_url=return_url)


@frozen
class SweepPayoutAccounts:
    """
    Ask about accounts of which no webhook told, and go on opening those that were left half-way.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _open: OpenPayoutAccount
    _refresh: RefreshPayoutAccount

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many were asked about.

        Raises:
            TransferOutcomeUnknown: The vendor does not answer; the rest waits for the next run.
        """
        require_system(actor)
        with self._uow as uow:
            waiting = uow.payout_accounts.to_refresh(
                checked_before=self._clock.now() - _PATIENCE,
                active_checked_before=self._clock.now() - _PATIENCE_WITH_ACTIVE,
                limit=_BATCH,
            )
            accounts = [uow.payout_accounts.get(account_id) for account_id in waiting]
        return work_through(accounts, lambda account: self._ask(actor, account))

    def _ask(self, actor: Actor, account: PayoutAccount) -> None:
        if account.reference is None or account.status in _UNFINISHED:
            self._open(actor=actor, physician_id=account.physician_id)
        else:
            self._refresh(actor=actor, reference=account.reference)


def _record(
    uow: PayoutsUnitOfWork, clock: Clock, account_id: PayoutAccountId, found: FoundAccount
) -> None:
    with uow:
        account = uow.payout_accounts.get(account_id)
        account.link(found.reference, now=clock.now())
        account.observe(found.status, requirements=found.requirements, now=clock.now())
        uow.payout_accounts.save(account)
        uow.commit()
