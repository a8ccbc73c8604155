"""
The checklist that a physician passes before seeing patients.

It is derived from the physician's record, never stored, so that it cannot disagree.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from attrs import frozen

from domain.physicians.identity_check import IdentityCheck, IdentityCheckStatus
from domain.physicians.licence import ATTESTATIONS_NEEDED, Licence, LicenceStatus


class StepName(StrEnum):
    """The steps, in the order in which they are usually taken."""

    IDENTITY = "identity"
    LICENCES = "licences"
    CONTRACT = "contract"
    PAYOUT_ACCOUNT = "payout_account"


class StepState(StrEnum):
    """How a step stands."""

    TO_DO = "to_do"
    WAITING = "waiting"  # the next move is not the physician's
    ATTENTION = "attention"  # something went wrong
    DONE = "done"


class Party(StrEnum):
    """Who has to act."""

    PHYSICIAN = "physician"
    PLATFORM = "platform"
    VENDOR = "vendor"


class PayoutAccountState(StrEnum):
    """Mirrors the payout account, which lives elsewhere."""

    NONE = "none"
    OPENED = "opened"  # applied for; the vendor is looking at it
    ACTIVE = "active"
    RESTRICTED = "restricted"


class ContractState(StrEnum):
    """Whether there is something to sign, and whether it was."""

    NONE = "none"
    OFFERED = "offered"
    SIGNED = "signed"


@frozen(kw_only=True)
class Step:
    """One line of the checklist. A step that is done misses nothing and waits for nobody."""

    name: StepName
    state: StepState
    missing: str | None = None
    who_acts: Party | None = None

    @property
    def is_done(self) -> bool:
        """Whether it is behind us."""
        return self.state is StepState.DONE


@frozen
class Checklist:
    """All steps."""

    steps: tuple[Step, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing stands in the way of the first patient."""
        return all(step.is_done for step in self.steps)


def identity_step(check: IdentityCheck | None) -> Step:
    """The physician is who they say they are."""
    name = StepName.IDENTITY
    if check is None or check.status is IdentityCheckStatus.CANCELLED:
        return _to_do(name, "Prove your identity with a photo document.")
    if check.status is IdentityCheckStatus.VERIFIED:
        return _done(name)
    if check.status is IdentityCheckStatus.PROCESSING:
        return _waiting(name, "Your document is being checked.", Party.VENDOR)
    if check.status is IdentityCheckStatus.FAILED:
        return _attention(
            name, f"The check did not succeed ({check.failure or 'unknown'}). Try again."
        )
    return _to_do(name, "Finish the identity check that you began.")


def licences_step(licences: Iterable[Licence], *, today: date) -> Step:
    """At least one licence is verified and in force."""
    name, every = StepName.LICENCES, tuple(licences)
    if any(licence.holds_on(today) for licence in every):
        return _done(name)
    claimed = [licence for licence in every if licence.status is LicenceStatus.CLAIMED]
    if claimed:
        return _licence_being_checked(claimed[0])
    if not every:
        return _to_do(name, "Add a licence, with its number and last day.")
    return _attention(
        name, " ".join(_licence_trouble(licence) for licence in every) + " Add a valid licence."
    )


def contract_step(state: ContractState) -> Step:
    """The terms of pay are agreed."""
    name = StepName.CONTRACT
    if state is ContractState.SIGNED:
        return _done(name)
    if state is ContractState.OFFERED:
        return _to_do(name, "Read and sign your contract.")
    return _waiting(name, "The platform reviews your application and offers a contract.")


def payout_account_step(state: PayoutAccountState) -> Step:
    """Earnings can be paid out."""
    name = StepName.PAYOUT_ACCOUNT
    if state is PayoutAccountState.ACTIVE:
        return _done(name)
    if state is PayoutAccountState.OPENED:
        return _waiting(name, "Your payout account is being reviewed.", Party.VENDOR)
    if state is PayoutAccountState.RESTRICTED:
        return _attention(name, "Your payout account is restricted. Complete its details.")
    return _to_do(name, "Open a payout account.")


def _licence_being_checked(licence: Licence) -> Step:
    name, where = StepName.LICENCES, licence.jurisdiction
    if licence.kind.has_registry:
        return _waiting(name, f"The registry is asked about your {where} licence.", Party.VENDOR)
    left = ATTESTATIONS_NEEDED - len(licence.attestations)
    return _waiting(name, f"{left} of our staff must still confirm your {where} licence.")


def _licence_trouble(licence: Licence) -> str:
    if licence.status is LicenceStatus.REFUSED and licence.refusal is not None:
        reason = licence.refusal.value.replace("_", " ")
        return f"{licence.jurisdiction} was refused: {reason}."
    return f"{licence.jurisdiction} expired on {licence.expires_on.isoformat()}."


def _done(name: StepName) -> Step:
    return Step(name=name, state=StepState.DONE)


def _to_do(name: StepName, missing: str) -> Step:
    return Step(name=name, state=StepState.TO_DO, missing=missing, who_acts=Party.PHYSICIAN)


def _waiting(name: StepName, missing: str, who: Party = Party.PLATFORM) -> Step:
    return Step(name=name, state=StepState.WAITING, missing=missing, who_acts=who)


def _attention(name: StepName, missing: str) -> Step:
    return Step(name=name, state=StepState.ATTENTION, missing=missing, who_acts=Party.PHYSICIAN)
