"""
A commission plan is versioned data: a code that stays, and versions that never change.

    draft ──> published ──> withdrawn
      └────────────────────────^

A draft is written by one person and published by another. From then on nothing in it can
be changed; a new version takes its place. Neither publishing nor withdrawing ever touches
a booking that was made before.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from attrs import define, field, frozen

from domain.commission.events import (
    CommissionPlanPublished,
    CommissionPlanWithdrawn,
    PayTermsStay,
    PayTermsWillChange,
)
from domain.commission.scope import PlanLevel, PlanScope
from domain.commission.terms import MalformedPlan, Terms
from domain.shared.errors import Conflict, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import CommissionPlanId, PhysicianId, UserId

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST = 80


class PlanNotFound(NotFound):
    """No such commission plan, or no such version of it."""


class PlanSettled(Conflict):
    """This version was published or withdrawn and cannot be changed any more."""


class DraftExists(Conflict):
    """There is a draft of this plan already."""


class PlanCodeTaken(Conflict):
    """Another plan has this code."""


class DraftChanged(Conflict):
    """The draft is not the one that was looked at."""


class SecondPersonNeeded(Conflict):
    """Who wrote a draft cannot be the one who approves it."""


class NoticeTooShort(Conflict):
    """Physicians would not be told early enough."""


class LastPlan(Conflict):
    """Without it some bookings would have no plan."""


class PlanStatus(StrEnum):
    """How far a version has come."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@frozen(kw_only=True)
class PlanPolicy:
    """How early physicians are told of terms of pay that will change for them."""

    notice: timedelta = timedelta(days=14)


@frozen(kw_only=True)
class PlanContent:
    """
    All that a version says.

    Args:
        effective_from: From which booking on, if somebody has a wish.
    """

    name: str
    scope: PlanScope
    terms: Terms
    effective_from: datetime | None = None

    def __attrs_post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > _LONGEST:
            raise MalformedPlan("Give the plan a name of at most 80 letters.", field="name")
        if self.scope.level is PlanLevel.CAMPAIGN and self.effective_from is not None:
            raise MalformedPlan("A campaign begins on its first day.", field="effective_from")


@define(eq=False, kw_only=True)
class CommissionPlan(Aggregate):
    """
    One version of a plan.

    Args:
        revision: Rises with every change of the draft: who approves names the one they read.
        effective_from: The first booking that it can apply to, once published.
        ends_at: The first booking that it does not apply to any more, once withdrawn.
    """

    id: CommissionPlanId
    code: str = field()
    number: int
    content: PlanContent
    status: PlanStatus = PlanStatus.DRAFT
    revision: int = 1
    drafted_by: UserId | None = None
    drafted_at: datetime
    published_by: UserId | None = None
    published_at: datetime | None = None
    effective_from: datetime | None = None
    withdrawn_by: UserId | None = None
    withdrawn_at: datetime | None = None
    withdrawal_reason: str | None = None
    ends_at: datetime | None = None

    @code.validator
    def _check_code(self, _: object, code: str) -> None:
        if not _CODE.fullmatch(code) or len(code) > _LONGEST:
            raise MalformedPlan("A code is small letters, digits and hyphens.", field="code")

    @classmethod
    def draft(
        cls,
        *,
        id: CommissionPlanId,
        code: str,
        number: int,
        content: PlanContent,
        by: UserId,
        now: datetime,
    ) -> Self:
        """
        Write a first proposal of a version.

        Raises:
            MalformedPlan: It cannot be applied.
        """
        content.terms.require_currency()
        return cls(id=id, code=code, number=number, content=content, drafted_by=by, drafted_at=now)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.content.name

    @property
    def scope(self) -> PlanScope:
        """For which bookings it is meant."""
        return self.content.scope

    @property
    def terms(self) -> Terms:
        """What the platform keeps."""
        return self.content.terms

    def revise(self, content: PlanContent, *, by: UserId, now: datetime) -> None:
        """
        Change a draft. The same content again changes nothing.

        Raises:
            PlanSettled: It is no draft any more.
            MalformedPlan: It cannot be applied, or becomes another kind of plan.
        """
        self._require_draft()
        content.terms.require_currency()
        if content.scope.level is not self.scope.level:
            raise MalformedPlan("All versions of a plan are of one kind.", field="level")
        if content == self.content:
            return
        self.content = content
        self.revision += 1
        self.drafted_by, self.drafted_at = by, now

    def starts(self, *, earliest: datetime) -> datetime:
        """
        From which booking on it would apply, if it were published now.

        Raises:
            NoticeTooShort: That was wished for earlier than physicians can be told.
        """
        wanted = self.content.effective_from
        if wanted is not None and wanted < earliest:
            raise NoticeTooShort(
                f"This can take effect on {earliest:%-d %B %Y, %H:%M} UTC at the earliest: "
                "it is never retroactive, and physicians are told before their pay changes."
            )
        if wanted is not None:
            return wanted
        start = max(self.scope.starts_at or earliest, earliest)
        if self.scope.ends_at is not None and start >= self.scope.ends_at:
            raise NoticeTooShort("This campaign would be over before physicians can be told of it.")
        return start

    def publish(self, *, by: UserId, revision: int, earliest: datetime, now: datetime) -> None:
        """
        Approve it, as the second person. Doing so again changes nothing.

        Args:
            revision: The one that was read.
            earliest: Now, or the end of the notice if it changes anybody's pay.

        Raises:
            PlanSettled: It is no draft any more.
            SecondPersonNeeded: By the one who wrote it.
            DraftChanged: Another revision than the present one was read.
            NoticeTooShort: It was to take effect earlier.
        """
        if self.status is PlanStatus.PUBLISHED and self.published_by == by:
            return
        self._require_draft()
        if by == self.drafted_by:
            raise SecondPersonNeeded("Somebody else than the author approves a plan.")
        if revision != self.revision:
            raise DraftChanged("The draft was changed in the meantime. Read it again.")
        start = self.starts(earliest=earliest)
        self.status = PlanStatus.PUBLISHED
        self.published_by, self.published_at, self.effective_from = by, now, start
        self.record(
            CommissionPlanPublished(
                plan_id=self.id, plan_version=self.number, effective_from=start, occurred_at=now
            )
        )

    def withdraw(self, *, by: UserId, reason: str, earliest: datetime, now: datetime) -> None:
        """
        Apply it to no further booking. Doing so again changes nothing.

        A draft, and a version that has not begun to apply, goes at once.

        Raises:
            MalformedPlan: No reason is given.
        """
        if self.status is PlanStatus.WITHDRAWN:
            return
        if not reason.strip():
            raise MalformedPlan("Say why it is withdrawn.", field="reason")
        self.status = PlanStatus.WITHDRAWN
        self.withdrawn_by, self.withdrawn_at, self.withdrawal_reason = by, now, reason.strip()
        if self.effective_from is not None:
            self.ends_at = self.effective_from if self.effective_from > now else earliest
            self.record(
                CommissionPlanWithdrawn(
                    plan_id=self.id, plan_version=self.number, ends_at=self.ends_at, occurred_at=now
                )
            )

    def announce(self, physicians: Iterable[PhysicianId], *, now: datetime) -> None:
        """Have those told whose pay is changed by what was just published or withdrawn."""
        change = self.ends_at or self.effective_from
        if change is None:
            return
        called_off = self.ends_at is not None and self.ends_at == self.effective_from
        news = PayTermsStay if called_off else PayTermsWillChange
        for physician_id in physicians:
            self.record(
                news(
                    physician_id=physician_id,
                    plan_id=self.id,
                    plan_version=self.number,
                    effective_from=change,
                    occurred_at=now,
                )
            )

    def is_in_force(self, at: datetime) -> bool:
        """Whether it can apply to a booking made then."""
        return (
            self.effective_from is not None
            and self.effective_from <= at
            and (self.ends_at is None or at < self.ends_at)
        )

    def _require_draft(self) -> None:
        if self.status is not PlanStatus.DRAFT:
            raise PlanSettled("This version cannot be changed any more; draft a new one.")


def in_force(versions: Iterable[CommissionPlan], *, at: datetime) -> tuple[CommissionPlan, ...]:
    """Of every plan the latest version that applies to bookings made then, by code."""
    latest: dict[CommissionPlanId, CommissionPlan] = {}
    for plan in sorted(versions, key=lambda plan: plan.number):
        if plan.is_in_force(at):
            latest[plan.id] = plan
    return tuple(sorted(latest.values(), key=lambda plan: plan.code))


def require_another_default(
    plan: CommissionPlan, versions: Iterable[CommissionPlan], *, from_: datetime
) -> None:
    """
    Keep a default plan in force, whatever is withdrawn.

    Raises:
        LastPlan: This is the last one.
    """
    if plan.scope.level is not PlanLevel.DEFAULT or plan.effective_from is None:
        return
    others = (
        one
        for one in versions
        if one.scope.level is PlanLevel.DEFAULT
        and (one.id, one.number) != (plan.id, plan.number)
        and one.ends_at is None
        and one.is_in_force(from_)
    )
    if next(others, None) is None:
        raise LastPlan("Publish another default plan first: every booking needs one.")
