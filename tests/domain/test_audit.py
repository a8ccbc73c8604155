import random
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from attrs import evolve

from domain.audit import (
    CHAINS,
    AuditEntry,
    AuditRoot,
    ChainedEntry,
    ChainHead,
    Tampering,
    UnfitForAudit,
    check_chain,
)
from domain.shared.ids import AuditEntryId

NOW = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)


def an_entry(number: int = 1, patient: int | None = 7) -> AuditEntry:
    return AuditEntry(
        id=AuditEntryId(uuid.UUID(int=number)),
        recorded_at=NOW + timedelta(seconds=number),
        actor_kind="person",
        actor_id=uuid.UUID(int=99),
        actor_label="person",
        actor_roles=("physician",),
        action="patient.read",
        subject="pt_1",
        patient_id=uuid.UUID(int=patient) if patient is not None else None,
        reason="treatment",
        details={"ground": "treatment"},
    )


def a_chain(length: int = 20) -> list[ChainedEntry]:
    head = ChainHead(3)
    links = []
    for number in range(1, length + 1):
        links.append(ChainedEntry.after(head, an_entry(number)))
        head = links[-1].head
    return links


def kinds(links: list[ChainedEntry], *ends: ChainHead) -> set[Tampering]:
    return {finding.tampering for finding in check_chain(links, chain=3, ends=ends)}


def test_an_untouched_chain_holds() -> None:
    links = a_chain()

    assert kinds(links, links[-1].head, links[4].head, ChainHead(3)) == set()


def test_all_of_a_patient_stands_in_one_chain() -> None:
    assert {an_entry(n, patient=7).chain for n in range(50)} == {an_entry().chain}
    assert len({an_entry(1, patient=n).chain for n in range(500)}) == CHAINS


@pytest.mark.parametrize(
    "change",
    [
        {"action": "patient.listed"},
        {"subject": "pt_2"},
        {"reason": None},
        {"reason": "treatmenT"},
        {"actor_id": None},
        {"actor_kind": "system"},
        {"actor_label": "x"},
        {"actor_roles": ()},
        {"patient_id": uuid.UUID(int=8)},
        {"details": {}},
        {"details": {"ground": "treatment", "more": ""}},
        {"recorded_at": NOW},
        {"id": AuditEntryId(uuid.UUID(int=1234))},
    ],
)
def test_an_edit_of_any_field_is_found(change: dict[str, Any]) -> None:
    links = a_chain()
    links[9] = evolve(links[9], entry=evolve(links[9].entry, **change))

    assert kinds(links) == {Tampering.EDITED}


def test_an_edit_with_its_hash_made_to_fit_is_found() -> None:
    links = a_chain()
    forged = evolve(links[9].entry, action="nothing.happened")
    links[9] = ChainedEntry.after(links[8].head, forged)

    assert kinds(links) == {Tampering.UNLINKED}


def test_a_gap_is_found() -> None:
    links = a_chain()
    del links[9]

    assert Tampering.MISSING in kinds(links)


def test_a_gap_that_was_closed_is_found() -> None:
    links = a_chain()
    shifted = [evolve(link, sequence=link.sequence - 1) for link in links[10:]]

    assert Tampering.EDITED in kinds(links[:9] + shifted)


def test_a_change_of_order_is_found() -> None:
    links = a_chain()
    links[4], links[5] = links[5], links[4]

    assert Tampering.MISSING in kinds(links)


def test_a_cut_off_end_is_found_by_the_head() -> None:
    links = a_chain()

    assert kinds(links[:-1], links[-1].head) == {Tampering.TRUNCATED}
    assert kinds([], links[-1].head) == {Tampering.TRUNCATED}


def test_a_chain_written_anew_is_found_by_a_signed_root() -> None:
    links = a_chain()
    head = links[3].head
    anew = links[:4]
    for number in range(100, 116):
        anew.append(ChainedEntry.after(head, an_entry(number)))
        head = anew[-1].head

    assert kinds(anew, anew[-1].head) == set()
    assert kinds(anew, links[10].head) == {Tampering.REWRITTEN}


def test_a_thousand_random_tamperings_are_found() -> None:
    links = a_chain(60)
    chance = random.Random(20260304)
    for _ in range(1000):
        tampered = list(links)
        place = chance.randrange(len(links))
        match chance.randrange(4):
            case 0:
                entry = evolve(links[place].entry, subject=f"pt_{chance.random()}")
                tampered[place] = evolve(links[place], entry=entry)
            case 1:
                del tampered[place]
            case 2:
                other = (place + chance.randrange(1, len(links))) % len(links)
                tampered[place], tampered[other] = tampered[other], tampered[place]
            case _:
                del tampered[place:]
        assert kinds(tampered, links[-1].head), place


def test_the_same_instant_in_another_zone_hashes_the_same() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=11)))
    here, there = an_entry(), evolve(an_entry(), recorded_at=elsewhere + timedelta(seconds=1))

    assert ChainedEntry.after(ChainHead(3), here).hash == (
        ChainedEntry.after(ChainHead(3), there).hash
    )


def test_a_root_survives_being_written_down() -> None:
    root = AuditRoot(NOW, (ChainHead(1, 5, b"\x01" * 32), ChainHead(0)))

    read = AuditRoot.parse(root.statement())

    assert read.statement() == root.statement()
    assert read.head(1) == ChainHead(1, 5, b"\x01" * 32)
    assert read.head(9) == ChainHead(9)


@pytest.mark.parametrize(
    "change",
    [{"action": ""}, {"subject": ""}, {"recorded_at": datetime(2026, 1, 1)}, {"reason": "x" * 501}],  # noqa: DTZ001
)
def test_refuses_what_the_trail_cannot_hold(change: dict[str, Any]) -> None:
    with pytest.raises(UnfitForAudit):
        evolve(an_entry(), **change)
