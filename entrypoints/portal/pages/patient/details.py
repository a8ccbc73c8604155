"""
Who and where the patient is, for the patient to change.
"""

from typing import Any

import reflex as rx

from application.patients.queries import ViewPatient
from application.patients.record import ChangePatientDetails
from domain.patients.patient import PersonName, PostalAddress, Sex
from domain.shared.contact import PhoneNumber
from domain.shared.errors import InvalidInput
from domain.shared.jurisdiction import Jurisdiction
from entrypoints.portal.components.forms import choice_field, submit, text_field
from entrypoints.portal.components.frames import patient_frame
from entrypoints.portal.components.parts import actions, card, link_button, page_head, stack
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.places import LANGUAGES, PLACES, ZONES
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, actor_of, ask, opening

ROUTE = "/profile/details"

_SEXES = [
    ("female", "Female"),
    ("male", "Male"),
    ("other", "Other"),
    ("unknown", "I prefer not to say"),
]


class UnknownChoice(InvalidInput):
    """Not one of the answers that were offered."""


class DetailsState(PageState, rx.State):
    """The details as they are stored."""

    given: str = ""
    family: str = ""
    sex: str = ""
    phone: str = ""
    line: str = ""
    city: str = ""
    postal_code: str = ""
    place: str = ""
    zone: str = ""
    locale: str = ""

    @allowed(Audience.PATIENT)
    async def load(self) -> None:
        """Show them."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PATIENT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Replace all of them, and go back to the profile."""
        async with acting(self):
            actor = await actor_of(self)
            await ask(self, ChangePatientDetails, patient_id=actor.patient_id, **details_of(form))
            return rx.redirect("/profile")
        return None

    async def _fill(self) -> None:
        actor = await actor_of(self)
        patient = await ask(self, ViewPatient, patient_id=actor.patient_id)
        self.given, self.family = patient.name.given, patient.name.family
        self.sex, self.phone = patient.sex.value, patient.phone or ""
        self.place, self.zone, self.locale = (
            patient.place.code,
            patient.time_zone,
            patient.locale.partition("-")[0],
        )
        if patient.address is not None:
            self.line, self.city = patient.address.line, patient.address.city
            self.postal_code = patient.address.postal_code


def details_of(form: dict[str, Any]) -> dict[str, Any]:
    """
    What the form says. An address is given in full or not at all.

    Raises:
        UnknownChoice: An answer that was not offered.
        MalformedName, MalformedContact, MalformedAddress, MalformedJurisdiction: As they say.
    """

    def text(name: str) -> str:
        return str(form.get(name, "")).strip()

    place = Jurisdiction(text("place"))
    address = [text(name) for name in ("line", "city", "postal_code")]
    return {
        "name": PersonName(given=text("given"), family=text("family")),
        "sex": _sex(text("sex")),
        "phone": PhoneNumber.parse(text("phone")) if text("phone") else None,
        "address": PostalAddress(
            line=address[0], city=address[1], postal_code=address[2], place=place
        )
        if any(address)
        else None,
        "place": place,
        "time_zone": text("time_zone"),
        "locale": text("locale"),
    }


def _sex(written: str) -> Sex:
    try:
        return Sex(written)
    except ValueError:
        raise UnknownChoice("Choose one of the answers.", field="sex") from None


def page() -> rx.Component:
    """The form."""
    return patient_frame(
        phased(
            DetailsState,
            stack(
                page_head(
                    "Your details",
                    "Physicians and pharmacies rely on them.",
                    back=("Profile", "/profile"),
                ),
                notices(DetailsState),
                card(
                    rx.el.form(
                        _person(),
                        _whereabouts(),
                        actions(
                            submit("Save", disabled=DetailsState.busy),
                            link_button("Leave it as it is", "/profile"),
                        ),
                        on_submit=DetailsState.save,
                        class_name="stack",
                    )
                ),
                class_name="wide",
            ),
        ),
        here="/profile",
    )


def _person() -> rx.Component:
    return rx.el.div(
        _text("Given name", "given", DetailsState.given, required=True),
        _text("Family name", "family", DetailsState.family, required=True),
        choice_field(
            "Sex", "sex", _SEXES, default_value=DetailsState.sex, hint="As in your medical record."
        ),
        _text(
            "Mobile number",
            "phone",
            DetailsState.phone,
            type="tel",
            auto_complete="tel",
            hint="With its country code, such as +61 412 345 678.",
        ),
        choice_field("Language", "locale", LANGUAGES, default_value=DetailsState.locale),
        choice_field("Time zone", "time_zone", ZONES, default_value=DetailsState.zone),
        class_name="fields",
    )


def _whereabouts() -> rx.Component:
    return rx.el.div(
        choice_field(
            "Where you are",
            "place",
            PLACES,
            default_value=DetailsState.place,
            hint="Your physician must be licensed there.",
        ),
        _text("Street and number", "line", DetailsState.line, hint="For medicines that are sent."),
        _text("Town", "city", DetailsState.city),
        _text("Postal code", "postal_code", DetailsState.postal_code),
        class_name="fields",
    )


def _text(label: str, name: str, value: Any, **properties: Any) -> rx.Component:
    return text_field(label, name, default_value=value, **properties)
