"""
Request parameters: Stripe's bracketed form encoding, and reading them with its errors.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entrypoints.sandbox.stripe.errors import StripeError, invalid, missing


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """
    ``a[b][0]=x`` and ``a[b][]=x`` to ``{"a": {"b": ["x"]}}``.
    """
    tree: dict[str, Any] = {}
    for key, value in pairs:
        head, _, rest = key.partition("[")
        path = [head, *rest.removesuffix("]").split("][")] if rest else [head]
        node = tree
        for step in path[:-1]:
            below = node.setdefault(step, {})
            if not isinstance(below, dict):
                raise invalid(head, f"Invalid parameter: {key}")
            node = below
        last = path[-1] or str(len(node))
        node[last] = value
    return {key: _with_lists(value) for key, value in tree.items()}


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdigit() for key in node):
        return [_with_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _with_lists(value) for key, value in node.items()}


class Params:
    """
    The parameters of one request.
    """

    def __init__(self, values: dict[str, Any], within: str = "") -> None:
        self.values = values
        self._within = within

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def only(self, allowed: Iterable[str]) -> None:
        """
        Refuse parameters that the endpoint does not know.
        """
        if unknown := sorted(set(self.values) - set(allowed)):
            raise StripeError(
                400,
                f"Received unknown parameter{'s' if len(unknown) > 1 else ''}: {', '.join(unknown)}",
                code="parameter_unknown",
                param=self._named(unknown[0]),
                remembered=False,
            )

    def text(self, name: str) -> str | None:
        """
        A text; absent and empty (which unsets) are both ``None``.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise invalid(self._named(name), f"Invalid string: {name}", "parameter_invalid_string")
        return value

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise missing(self._named(name))
        return value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value is not None and value not in choices:
            raise invalid(self._named(name), f"Invalid {name}: must be one of {', '.join(choices)}")
        return value

    def integer(self, name: str, *, at_least: int | None = None) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            value = int(text)
        except ValueError:
            raise invalid(
                self._named(name), f"Invalid integer: {text}", "parameter_invalid_integer"
            ) from None
        if at_least is not None and value < at_least:
            raise invalid(
                self._named(name),
                f"This value must be greater than or equal to {at_least}.",
                "parameter_invalid_integer",
            )
        return value

    def boolean(self, name: str, *, default: bool = False) -> bool:
        text = self.text(name)
        if text is None:
            return default
        if text not in {"true", "false"}:
            raise invalid(self._named(name), f"Invalid boolean: {text}")
        return text == "true"

    def mapping(self, name: str) -> Params:
        value = self.values.get(name)
        if isinstance(value, list):
            value = {str(index): item for index, item in enumerate(value)}
        if value in (None, ""):
            value = {}
        if not isinstance(value, dict):
            raise invalid(self._named(name), "Invalid object", "parameter_invalid_object")
        return Params(value, self._named(name))

    def items(self, name: str) -> list[Any]:
        value = self.values.get(name)
        if value in (None, ""):
            return []
        if not isinstance(value, list):
            raise invalid(self._named(name), "Invalid array", "parameter_invalid_array")
        return value

    def metadata(self, onto: dict[str, str] | None = None) -> dict[str, str]:
        """
        The given metadata merged over what there was; an empty value removes its key.
        """
        merged = dict(onto or {})
        if "metadata" in self.values and self.values["metadata"] == "":
            return {}
        for key, value in self.mapping("metadata").values.items():
            if not isinstance(value, str):
                raise invalid("metadata", "Metadata values must be strings")
            if len(key) > 40 or len(value) > 500:
                raise invalid(
                    "metadata", "Metadata keys have up to 40, values up to 500 characters"
                )
            if value == "":
                merged.pop(key, None)
            else:
                merged[key] = value
        if len(merged) > 50:
            raise invalid("metadata", "Metadata has up to 50 keys")
        return merged

    def _named(self, name: str) -> str:
        return f"{self._within}[{name}]" if self._within else name
