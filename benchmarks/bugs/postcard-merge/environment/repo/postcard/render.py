"""Fills a template in."""

from postcard.filters import FILTERS, escape
from postcard.scan import TemplateError, scan


def render(template, data):
    """HTML of a template; a field that `data` lacks is empty.

    Raises TemplateError for a malformed field or an unknown filter.
    """
    out = []
    for piece in scan(template):
        if isinstance(piece, str):
            out.append(piece)
            continue
        value = _look_up(data, piece.path)
        for name in piece.filters:
            if name not in FILTERS:
                raise TemplateError(f"no filter {name!r}")
            value = FILTERS[name](value)
        out.append(escape(value))
    return "".join(out)


def _look_up(data, path):
    value = data
    for name in path:
        value = value.get(name, "") if isinstance(value, dict) else getattr(value, name, "")
    return value
