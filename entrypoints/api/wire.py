"""
Identifiers, money and enums as they travel.
"""

from typing import Annotated, Any
from uuid import UUID

from attrs import frozen
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from domain.shared.ids import WIRE_PREFIXES, MalformedIdentifier, from_wire, to_wire
from domain.shared.money import Money


def _pattern(kind: str) -> str:
    return f"^{WIRE_PREFIXES[kind]}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"


@frozen
class FromWire:
    """In a body: `Annotated[UUID, FromWire("service")]` reads `sv_…`."""

    kind: str

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": _pattern(self.kind)}

    def _read(self, value: Any) -> UUID:
        try:
            return from_wire(self.kind, str(value))
        except MalformedIdentifier as error:
            raise ValueError(str(error)) from error


@frozen
class ToWire:
    """In a resource: `Annotated[str, ToWire("service")]` writes `sv_…`."""

    kind: str

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._write)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": _pattern(self.kind)}

    def _write(self, value: UUID) -> str:
        return to_wire(self.kind, value)


class Amount(BaseModel):
    """Money in minor units: 4500 and AUD are 45 dollars."""

    amount: int = Field(description="In minor units of the currency.")
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217.")


class AmountIn(BaseModel):
    """Money in minor units: 4500 and AUD are 45 dollars."""

    model_config = ConfigDict(extra="forbid")

    amount: int = Field(ge=1, le=1_000_000_000_000, description="In minor units of the currency.")
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217.")

    def money(self) -> Money:
        """Read it."""
        return Money.of(self.amount, self.currency)


def _amount(value: Any) -> Any:
    if isinstance(value, Money):
        return Amount(amount=value.minor, currency=value.currency.code)
    return value


# A resource's amount, read from Money.
AmountOut = Annotated[Amount, BeforeValidator(_amount)]


def _text(value: Any) -> str:
    for name in ("value", "code"):
        found = getattr(value, name, None)
        if isinstance(found, str):
            return found
    return str(value)


# A resource's code, read from an enum, an e-mail address, a jurisdiction…
Code = Annotated[str, BeforeValidator(_text)]
