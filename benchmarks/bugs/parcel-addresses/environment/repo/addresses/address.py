import re
from dataclasses import dataclass

from addresses.countries import country_code

_TOWN = re.compile(r"(?:[A-Z]{1,2}-)?(\d{3,5})\s+(.+)")


class AddressError(ValueError):
    pass


@dataclass(frozen=True)
class Address:
    name: str
    street: tuple
    code: str
    town: str
    country: str


def parse(text):
    """An address as people write it: name, street lines, town, and perhaps a country.

    Raises AddressError where the name, a street line or the town is missing.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    country = country_code(lines[-1]) if lines else None
    if country is not None:
        lines.pop()
    if len(lines) < 3:
        raise AddressError("name, street and town are needed")
    match = _TOWN.fullmatch(lines[-1])
    if match is None:
        raise AddressError(f"not a town: {lines[-1]!r}")
    return Address(lines[0], tuple(lines[1:-1]), match[1], match[2], country)
