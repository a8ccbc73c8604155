"""
Lists to choose from in forms: places, time zones, languages, specialties.
"""

from zoneinfo import available_timezones

PLACES: list[tuple[str, str]] = [
    ("AU-ACT", "Australian Capital Territory"),
    ("AU-NSW", "New South Wales, Australia"),
    ("AU-NT", "Northern Territory, Australia"),
    ("AU-QLD", "Queensland, Australia"),
    ("AU-SA", "South Australia"),
    ("AU-TAS", "Tasmania, Australia"),
    ("AU-VIC", "Victoria, Australia"),
    ("AU-WA", "Western Australia"),
    ("FR", "France"),
    ("GB", "United Kingdom"),
    ("NZ", "New Zealand"),
    ("US-CA", "California, United States"),
    ("US-FL", "Florida, United States"),
    ("US-NY", "New York, United States"),
    ("US-TX", "Texas, United States"),
]

ZONES: list[tuple[str, str]] = [
    (zone, zone.replace("_", " ").replace("/", ", "))
    for zone in sorted(available_timezones())
    if zone.split("/")[0]
    in {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Pacific"}
] + [("UTC", "UTC")]

SPECIALTIES: list[tuple[str, str]] = [
    ("general_practice", "General practice"),
    ("dermatology", "Dermatology"),
    ("mental_health", "Mental health"),
    ("neurology", "Neurology"),
    ("paediatrics", "Paediatrics"),
    ("sexual_health", "Sexual health"),
    ("womens_health", "Women's health"),
]

LANGUAGES: list[tuple[str, str]] = [
    ("en", "English"),
    ("fr", "French"),
    ("de", "German"),
    ("es", "Spanish"),
    ("zh", "Chinese"),
]

_PLACE_NAMES = {"AU": "Australia", "US": "United States", **dict(PLACES)}
_SPECIALTY_NAMES = dict(SPECIALTIES)
_LANGUAGE_NAMES = dict(LANGUAGES)


def place_name(code: str) -> str:
    """The place in words; its code where we have no words for it."""
    return _PLACE_NAMES.get(code, code)


def specialty_name(code: str) -> str:
    """The specialty in words."""
    return _SPECIALTY_NAMES.get(code, code.replace("_", " ").capitalize())


def language_name(code: str) -> str:
    """The language in words."""
    return _LANGUAGE_NAMES.get(code.split("-", maxsplit=1)[0], code)
