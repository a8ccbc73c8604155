from datetime import timedelta
from uuid import UUID

import pytest

from application.reconciliation.answers import NotInFinance, RepairOutdated
from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from domain.identity.user import User
from domain.ledger.chart import BANK, PROCESSING, PROCESSOR_CLEARING, SUSPENSE
from domain.reconciliation.breaks import Break, BreakMoved, BreakStatus, OwnRepair
from domain.reconciliation.findings import BreakKind
from domain.reconciliation.matching import Rule
from domain.reconciliation.repairs import RepairRule
from domain.shared.contact import EmailAddress
from domain.shared.ids import UserId
from tests.fakes.money import A_PHYSICIAN, FINANCE, dollars
from tests.fakes.reconciliation_desk import BEN, ReconciliationDesk

ANNA = FINANCE
WHY = "A gift of the bank, agreed by letter."


@pytest.fixture
def unbooked(desk: ReconciliationDesk) -> Break:
    """A settlement of 96.80 after a fee of 3.20, at both ends and not in our books."""
    paid = desk.charge(desk.pay(), dollars(100), fee=320)
    desk.pay_out("po_1", dollars(96, 80), paid)
    desk.bank_tells(desk.line("b1", dollars(96, 80)))
    desk.compare()
    (only,) = desk.standing()
    return only


@pytest.fixture
def unnamed(desk: ReconciliationDesk) -> Break:
    desk.bank_tells(desk.line("b1", dollars(42), "thank you"))
    desk.compare()
    (only,) = desk.standing()
    return only


def current(desk: ReconciliationDesk, found: Break) -> Break:
    with desk.uow as uow:
        return uow.breaks.get(found.id)


class TestRepair:
    def test_two_people_book_what_was_missing(
        self, desk: ReconciliationDesk, unbooked: Break
    ) -> None:
        preview = desk.propose(
            actor=ANNA, break_id=unbooked.id, rule=RepairRule.SETTLEMENT, note="as told"
        )
        assert desk.money.balance(BANK) == dollars(0)

        desk.approve(actor=BEN, break_id=unbooked.id)

        assert len(preview) == 2
        assert desk.money.balance(BANK) == dollars(96, 80)
        assert desk.money.balance(PROCESSING) == dollars(3, 20)
        assert desk.money.balance(PROCESSOR_CLEARING) == dollars(0)
        assert current(desk, unbooked).status is BreakStatus.REPAIRED

    def test_afterwards_everything_is_matched(
        self, desk: ReconciliationDesk, unbooked: Break
    ) -> None:
        desk.propose(actor=ANNA, break_id=unbooked.id, rule=RepairRule.SETTLEMENT, note="")
        desk.approve(actor=BEN, break_id=unbooked.id)

        outcome = desk.compare()

        assert (outcome.booked, outcome.left, outcome.standing) == (0, 0, 0)
        assert desk.matches()[-1].rule is Rule.REPAIR

    def test_the_one_who_proposed_it_cannot_approve_it(
        self, desk: ReconciliationDesk, unnamed: Break
    ) -> None:
        desk.propose(actor=ANNA, break_id=unnamed.id, rule=RepairRule.SUSPENSE, note="")

        with pytest.raises(OwnRepair):
            desk.approve(actor=ANNA, break_id=unnamed.id)

        assert desk.money.balance(SUSPENSE) == dollars(0)

    def test_approving_twice_posts_once(self, desk: ReconciliationDesk, unnamed: Break) -> None:
        desk.propose(actor=ANNA, break_id=unnamed.id, rule=RepairRule.SUSPENSE, note="")

        first = desk.approve(actor=BEN, break_id=unnamed.id)
        second = desk.approve(actor=BEN, break_id=unnamed.id)

        assert first == second
        assert desk.money.balance(SUSPENSE) == dollars(42)

    def test_what_changed_in_between_is_not_repaired(
        self, desk: ReconciliationDesk, unnamed: Break
    ) -> None:
        desk.propose(actor=ANNA, break_id=unnamed.id, rule=RepairRule.SUSPENSE, note="")
        desk.settle("po_1", dollars(42), dollars(0))
        desk.reconcile(actor=SYSTEM)

        with pytest.raises((RepairOutdated, BreakMoved)):
            desk.approve(actor=BEN, break_id=unnamed.id)

        assert desk.money.balance(SUSPENSE) == dollars(0)

    def test_nothing_is_approved_that_was_not_proposed(
        self, desk: ReconciliationDesk, unnamed: Break
    ) -> None:
        with pytest.raises(BreakMoved):
            desk.approve(actor=BEN, break_id=unnamed.id)

    def test_a_rejected_one_can_be_proposed_anew(
        self, desk: ReconciliationDesk, unnamed: Break
    ) -> None:
        desk.propose(actor=ANNA, break_id=unnamed.id, rule=RepairRule.SUSPENSE, note="")
        desk.reject(actor=BEN, break_id=unnamed.id, reason="it is a fee")

        desk.propose(actor=ANNA, break_id=unnamed.id, rule=RepairRule.FEE, note="")
        desk.approve(actor=BEN, break_id=unnamed.id)

        assert desk.money.balance(PROCESSING) == -dollars(42)

    def test_a_duplicate_of_ours_is_booked_back(self, desk: ReconciliationDesk) -> None:
        paid = desk.charge(desk.pay(), dollars(100), fee=320)
        desk.pay_out("po_1", dollars(96, 80), paid)
        desk.bank_tells(desk.line("b1", dollars(96, 80)))
        for reference in ("po_1", "PO_1"):
            desk.settle(reference, dollars(96, 80), dollars(3, 20))
        desk.compare()
        (duplicate,) = desk.standing()
        assert duplicate.kind is BreakKind.DUPLICATE_HERE

        desk.propose(actor=ANNA, break_id=duplicate.id, rule=RepairRule.SETTLEMENT, note="")
        desk.approve(actor=BEN, break_id=duplicate.id)

        assert desk.money.balance(BANK) == dollars(96, 80)
        assert desk.compare().standing == 0

    @pytest.mark.parametrize("actor", [A_PHYSICIAN, SYSTEM])
    def test_takes_people_of_finance(
        self, desk: ReconciliationDesk, unnamed: Break, actor: Actor
    ) -> None:
        with pytest.raises(AccessDenied):
            desk.propose(actor=actor, break_id=unnamed.id, rule=RepairRule.SUSPENSE, note="")
        with pytest.raises(AccessDenied):
            desk.approve(actor=actor, break_id=unnamed.id)

    def test_is_audited_step_by_step(self, desk: ReconciliationDesk, unnamed: Break) -> None:
        desk.propose(actor=ANNA, break_id=unnamed.id, rule=RepairRule.SUSPENSE, note="")
        desk.approve(actor=BEN, break_id=unnamed.id)

        steps = [(record.action, record.actor) for record in desk.uow.audit.records[-2:]]
        assert steps == [
            ("reconciliation.repair_proposed", ANNA),
            ("reconciliation.repair_approved", BEN),
        ]


class TestExplain:
    def test_ends_a_break_until_its_facts_change(
        self, desk: ReconciliationDesk, unnamed: Break
    ) -> None:
        desk.explain(actor=ANNA, break_id=unnamed.id, explanation=WHY)

        outcome = desk.compare()

        assert (outcome.found, outcome.standing) == (0, 0)
        assert current(desk, unnamed).explanation == WHY

    def test_is_a_persons_word(self, desk: ReconciliationDesk, unnamed: Break) -> None:
        with pytest.raises(AccessDenied):
            desk.explain(actor=SYSTEM, break_id=unnamed.id, explanation=WHY)


class TestAssign:
    def employ(self, desk: ReconciliationDesk, roles: frozenset[Role]) -> UserId:
        user = User.register(
            id=UserId(UUID(int=77)),
            email=EmailAddress("ben@scripted.test"),
            name="Ben",
            password_hash="x",
            locale="en",
            time_zone="UTC",
            now=desk.now(),
            roles=roles,
        )
        with desk.uow as uow:
            uow.users.add(user)
            uow.commit()
        return user.id

    def test_gives_it_to_a_person(self, desk: ReconciliationDesk, unnamed: Break) -> None:
        user_id = self.employ(desk, frozenset({Role.FINANCE}))

        desk.assign(actor=ANNA, break_id=unnamed.id, user_id=user_id)

        assert current(desk, unnamed).owner_id == user_id

    def test_not_to_one_who_could_not_see_it(
        self, desk: ReconciliationDesk, unnamed: Break
    ) -> None:
        user_id = self.employ(desk, frozenset({Role.OPERATIONS}))

        with pytest.raises(NotInFinance):
            desk.assign(actor=ANNA, break_id=unnamed.id, user_id=user_id)

    def test_stays_theirs_when_it_is_found_again(
        self, desk: ReconciliationDesk, unnamed: Break
    ) -> None:
        user_id = self.employ(desk, frozenset({Role.FINANCE}))
        desk.assign(actor=ANNA, break_id=unnamed.id, user_id=user_id)
        desk.clock.pass_by(timedelta(days=1))

        desk.compare()

        assert current(desk, unnamed).owner_id == user_id
