"""Splits a template into text and fields."""

import re
from dataclasses import dataclass

_FIELD = re.compile(r"\{\{(.*?)\}\}")


class TemplateError(ValueError):
    pass


@dataclass(frozen=True)
class Field:
    path: tuple
    filters: tuple


def scan(template):
    """Yields str for text and Field for fields, in order."""
    place = 0
    for match in _FIELD.finditer(template):
        if match.start() > place:
            yield template[place : match.start()]
        yield _field(match[1])
        place = match.end()
    if place < len(template):
        yield template[place:]


def _field(inside):
    path, *filters = (part.strip() for part in inside.split("|"))
    if not path or not all(filters):
        raise TemplateError(f"not a field: {{{{{inside}}}}}")
    return Field(tuple(path.split(".")), tuple(filters))
