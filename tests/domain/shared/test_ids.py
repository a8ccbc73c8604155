from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.ids import WIRE_PREFIXES, MalformedIdentifier, from_wire, to_wire


@given(value=st.uuids(), kind=st.sampled_from(sorted(WIRE_PREFIXES)))
def test_an_identifier_survives_the_wire(value: UUID, kind: str) -> None:
    assert from_wire(kind, to_wire(kind, value)) == value


def test_prefixes_are_not_shared() -> None:
    assert len(set(WIRE_PREFIXES.values())) == len(WIRE_PREFIXES)


def test_sorts_outside_as_inside() -> None:
    early, late = UUID(int=1), UUID(int=2**120)

    assert to_wire("payout", early) < to_wire("payout", late)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "po_",
        "pt_00000000000000000000000000",
        "po_0000000000000000000000000",
        "po_0000000000000000000000000u",
        "po_80000000000000000000000000",
        "po_0000000000000000000000000'",
    ],
)
def test_refuses_what_is_no_payout(text: str) -> None:
    with pytest.raises(MalformedIdentifier):
        from_wire("payout", text)
