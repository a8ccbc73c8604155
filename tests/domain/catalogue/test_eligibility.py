"""
Who may use a service.
"""

from datetime import date
from typing import Any

import pytest

from domain.catalogue.eligibility import (
    Eligibility,
    Ineligibility,
    MalformedEligibility,
    NotEligible,
    age_on,
)
from domain.shared.jurisdiction import Jurisdiction

TODAY = date(2026, 3, 2)
LIMITS = Eligibility.from_data(
    {"jurisdictions": ["AU", "US-CA"], "minimum_age": 18, "maximum_age": 65, "sexes": ["female"]}
)
PATIENT: dict[str, Any] = {
    "born_on": date(1990, 1, 1),
    "sex": "female",
    "place": Jurisdiction("AU-NSW"),
    "on": TODAY,
}


class TestEligibility:
    def test_admits_who_is_within_all_limits(self) -> None:
        LIMITS.require(**PATIENT)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"born_on": date(2008, 3, 3)}, Ineligibility.TOO_YOUNG),
            ({"born_on": date(1960, 3, 2)}, Ineligibility.TOO_OLD),
            ({"sex": "male"}, Ineligibility.SEX),
            ({"place": Jurisdiction("US-NY")}, Ineligibility.PLACE),
            ({"place": Jurisdiction("US")}, Ineligibility.PLACE),
        ],
    )
    def test_names_the_limit(self, change: dict[str, Any], reason: Ineligibility) -> None:
        with pytest.raises(NotEligible) as refused:
            LIMITS.require(**{**PATIENT, **change})

        assert refused.value.reasons == (reason,)

    def test_admits_on_the_very_birthday(self) -> None:
        LIMITS.require(**{**PATIENT, "born_on": date(2008, 3, 2)})

    def test_survives_being_written_and_read(self) -> None:
        assert Eligibility.from_data(LIMITS.data()) == LIMITS

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"jurisdictions": []},
            {"jurisdictions": ["AU"], "minimum_age": 40, "maximum_age": 30},
            {"jurisdictions": ["AU"], "minimum_age": -1},
            {"jurisdictions": ["AU"], "minimum_age": "18"},
            {"jurisdictions": ["AU"], "sexes": ["f"]},
        ],
    )
    def test_refuses_limits_that_leave_nobody(self, data: dict[str, Any]) -> None:
        with pytest.raises(MalformedEligibility):
            Eligibility.from_data(data)


def test_a_leap_day_child_is_a_year_older_on_1_march() -> None:
    assert age_on(born_on=date(2008, 2, 29), on=date(2026, 2, 28)) == 17
    assert age_on(born_on=date(2008, 2, 29), on=date(2026, 3, 1)) == 18
