"""
The National Provider Identifier of the United States: ten digits, the last a check digit.

The check digit is Luhn's over `80840` and the number (CMS, "Requirements for NPI and
NPI check digit"); 80840 stands for US health care.
"""

_PREFIX = "80840"
_LENGTH = 10
_NINE = 9


def is_npi(number: str) -> bool:
    """Whether the number can be an NPI: its shape and check digit, not its existence."""
    if len(number) != _LENGTH or not number.isascii() or not number.isdigit():
        return False
    return number[0] in "12" and _luhn(_PREFIX + number) % 10 == 0


def _luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - _NINE if value > _NINE else value
    return total
