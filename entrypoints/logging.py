"""
Structured logs, one JSON object a line, with what might be PHI or a secret taken out.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Names under which somebody might log a person's data or a secret by mistake.
_WITHHELD = re.compile(
    r"(?i)(password|secret|token|authorization|cookie|api_?key|signature|email|phone|first_name|"
    r"last_name|full_name|date_of_birth|dob|address|answers?|notes?|message_body|allerg|diagnos|"
    r"medication|account_number|card)"
)
_EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[a-zA-Z]{2,}")
_LONG_DIGITS = re.compile(r"(?<![\w-])\+?\d[\d ]{8,}\d(?![\w-])")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values under telling names, and what looks like an address, number or credential."""
    return {
        key: "[withheld]" if _WITHHELD.search(key) else _clean(value)
        for key, value in event.items()
    }


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        value = _BEARER.sub(r"\1 [withheld]", value)
        value = _EMAIL.sub("[email]", value)
        return _LONG_DIGITS.sub("[number]", value)
    if isinstance(value, dict):
        return redact(None, "", value)
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def configure_logging(level: str, *, process: str) -> None:
    """
    Send structlog and the standard library's logging to stderr as JSON, redacted.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _with_process(process),
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("httpx", "httpcore", "stripe", "twilio", "procrastinate", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _with_process(name: str) -> Any:
    def add(_l: Any, _m: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = name
        return event

    return add
