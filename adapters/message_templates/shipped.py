"""
What notifications say, from files: one per language, and one for channels and links.

A paragraph that needs a fact which is not given is left out.
"""

import html
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime

from application.notifications.ports import RenderedMessage, TemplateUnknown
from domain.notifications import Channel

_FALLBACK = "en"
_MOMENTS = ("_at", "_by")


class ShippedTemplates:
    """
    The files beside this module.

    Args:
        portal_url: Where links lead.
    """

    def __init__(self, *, portal_url: str) -> None:
        self._portal_url = portal_url.rstrip("/")
        self._templates = _file("templates")
        self._languages = {
            one.name.removesuffix(".json"): _file(one.name.removesuffix(".json"))
            for one in files(__package__).iterdir()
            if one.name.endswith(".json") and one.name != "templates.json"
        }

    @property
    def names(self) -> Sequence[str]:
        """Every template."""
        return sorted(self._templates)

    def channels(self, template: str) -> tuple[Channel, ...]:
        return tuple(Channel(channel) for channel in self._template(template)["channels"])

    def render(
        self,
        template: str,
        *,
        channel: Channel,
        locale: str,
        time_zone: str,
        data: Mapping[str, str],
    ) -> RenderedMessage:
        language = locale.replace("_", "-").partition("-")[0]
        words = self._languages.get(language) or self._languages[_FALLBACK]
        shown = _shown(data, locale if language in self._languages else _FALLBACK, time_zone)
        link = self._link(template, data)
        subject = words[template]["subject"].format(**shown)
        paragraphs = [
            part.format(**shown) for part in words[template]["text"] if _fits(part, shown)
        ]
        if channel is Channel.SMS:
            text = words["_sms"].format(subject=subject, link=link)
            return RenderedMessage(subject="", text=text, html="")
        if channel is Channel.PORTAL:
            return RenderedMessage(subject=subject, text="\n\n".join(paragraphs), html="")
        return RenderedMessage(
            subject=subject,
            text="\n\n".join([*paragraphs, link, "--", words["_closing"]]),
            html=_page(language, paragraphs, link, words),
        )

    def _link(self, template: str, data: Mapping[str, str]) -> str:
        path: str = self._template(template)["path"]
        return self._portal_url + (path.format(**data) if _fits(path, data) else "/")

    def _template(self, name: str) -> Mapping[str, Any]:
        try:
            found: Mapping[str, Any] = self._templates[name]
        except KeyError:
            raise TemplateUnknown(f"there is no template {name}") from None
        return found


def _file(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def _fits(text: str, data: Mapping[str, str]) -> bool:
    return all(name is None or name in data for _, name, _, _ in Formatter().parse(text))


def _shown(data: Mapping[str, str], locale: str, time_zone: str) -> dict[str, str]:
    spoken = _locale(locale)
    zone = ZoneInfo(time_zone)
    return {
        name: format_datetime(datetime.fromisoformat(value), "long", tzinfo=zone, locale=spoken)
        if name.endswith(_MOMENTS)
        else value
        for name, value in data.items()
    }


def _locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(tag.partition("-")[0])


def _page(language: str, paragraphs: Sequence[str], link: str, words: Mapping[str, Any]) -> str:
    body = "".join(f"<p>{html.escape(part)}</p>" for part in paragraphs)
    return (
        f'<!doctype html><html lang="{html.escape(language)}"><body style="font-family:'
        'sans-serif;line-height:1.5;color:#1a1a1a;max-width:34em;margin:2em auto;padding:0 1em">'
        f'{body}<p><a href="{html.escape(link)}">{html.escape(words["_open"])}</a></p>'
        f'<p style="color:#666;font-size:.85em">{html.escape(words["_closing"])}</p>'
        "</body></html>"
    )
