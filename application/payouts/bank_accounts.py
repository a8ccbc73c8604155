"""
Which bank account a physician is paid to. The vendor keeps it, we do not.

What is about to be named is stored before the vendor is called, without the numbers. If our
process dies in between, the vendor is asked what it has of it, and the rest is done then.
"""

from datetime import timedelta

from attrs import frozen

from application.payouts.ports import (
    BankFingerprints,
    Payees,
    PayoutAccountGateway,
    PayoutsUnitOfWork,
)
from application.shared.access import (
    Actor,
    require_fresh_second_factor,
    require_person,
    require_self_physician,
    require_system,
)
from application.shared.ports import Clock, Ids
from application.shared.sweeps import work_through
from domain.payouts.payout_account import (
    BankDetails,
    BankLink,
    PayoutAccount,
    PayoutAccountNotFound,
)
from domain.shared.ids import BankLinkId, PayoutAccountId, PhysicianId, to_wire

_BATCH = 100
_ANSWER_WITHIN = timedelta(minutes=2)
"""Longer than any call lasts, so that one that is under way is not taken for a lost one."""


@frozen
class LinkBankAccount:
    """
    Name the bank account that a physician is paid to.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _ids: Ids
    _gateway: PayoutAccountGateway
    _payees: Payees
    _fingerprints: BankFingerprints

    def __call__(self, *, actor: Actor, physician_id: PhysicianId, bank: BankDetails) -> None:
        """
        Naming the same account again changes nothing; another one waits for a cooling-off time.

        Raises:
            AccessDenied: Not the physician in person.
            StepUpRequired: They have a second factor, and gave it too long ago.
            PayoutAccountNotFound: Open a payout account first.
            MalformedBankDetails: The vendor says that it cannot be right.
            TransferOutcomeUnknown: The vendor does not answer; ask again.
        """
        require_person(actor)
        require_self_physician(actor, physician_id)
        require_fresh_second_factor(actor, now=self._clock.now())
        fingerprint = self._fingerprints.of(bank)
        account = self._account(physician_id)
        if account.bank is not None and account.bank.fingerprint == fingerprint:
            return
        payee = self._payees.get(physician_id)
        self._gateway.validate_beneficiary(payee, bank)
        link = self._intend(actor, account.id, bank, fingerprint)
        beneficiary = self._gateway.find_beneficiary(link.id)
        if beneficiary is None:
            beneficiary = self._gateway.add_beneficiary(payee, bank, link.id)
        finish_link(
            self._uow,
            self._clock,
            actor=actor,
            account_id=account.id,
            link=link,
            beneficiary=beneficiary,
        )

    def _account(self, physician_id: PhysicianId) -> PayoutAccount:
        with self._uow as uow:
            account = uow.payout_accounts.of_physician(physician_id)
        if account is None:
            raise PayoutAccountNotFound("Open a payout account first.")
        return account

    def _intend(
        self, actor: Actor, account_id: PayoutAccountId, bank: BankDetails, fingerprint: str
    ) -> BankLink:
        with self._uow as uow:
            account = uow.payout_accounts.get(account_id)
            link = account.begin_linking(
                BankLink(
                    id=BankLinkId(self._ids.new()),
                    last_four=bank.last_four,
                    fingerprint=fingerprint,
                    currency=bank.currency,
                    country=bank.country,
                    started_at=self._clock.now(),
                )
            )
            uow.payout_accounts.save(account)
            uow.audit.record(
                actor=actor,
                action="payout_account.bank_link_started",
                subject=to_wire("payout_account", account.id),
                details={"last_four": bank.last_four},
            )
            uow.commit()
        return link


@frozen
class SweepBankLinks:
    """
    Finish what was left half-way when bank details were named.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock
    _gateway: PayoutAccountGateway

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many were looked into.

        Raises:
            TransferOutcomeUnknown: The vendor does not answer; the rest waits for the next run.
        """
        require_system(actor)
        with self._uow as uow:
            started_before = self._clock.now() - _ANSWER_WITHIN
            left = uow.payout_accounts.to_relink(started_before=started_before, limit=_BATCH)
        return work_through(left, lambda account_id: self._repair(actor, account_id))

    def _repair(self, actor: Actor, account_id: PayoutAccountId) -> None:
        with self._uow as uow:
            link = uow.payout_accounts.get(account_id).linking
        if link is None:
            return
        beneficiary = self._gateway.find_beneficiary(link.id)
        if beneficiary is not None:
            finish_link(
                self._uow,
                self._clock,
                actor=actor,
                account_id=account_id,
                link=link,
                beneficiary=beneficiary,
            )
            return
        with self._uow as uow:
            account = uow.payout_accounts.get(account_id)
            account.lose_link(link.id, now=self._clock.now())
            uow.payout_accounts.save(account)
            uow.commit()


def finish_link(
    uow: PayoutsUnitOfWork,
    clock: Clock,
    *,
    actor: Actor,
    account_id: PayoutAccountId,
    link: BankLink,
    beneficiary: str,
) -> None:
    """Note that the vendor has it; what was replaced meanwhile is left as it is."""
    with uow:
        account = uow.payout_accounts.get(account_id)
        if account.linking is None or account.linking.id != link.id:
            return
        account.link_bank(link.linked(beneficiary), now=clock.now())
        uow.payout_accounts.save(account)
        uow.audit.record(
            actor=actor,
            action="payout_account.bank_linked",
            subject=to_wire("payout_account", account.id),
            details={"last_four": link.last_four},
        )
        uow.commit()
