"""What may follow a name: {{ name | upper }}."""

import html


class Markup(str):
    """Text that is HTML already."""


def escape(value):
    """HTML for any value; markup stays as it is."""
    if isinstance(value, Markup):
        return value
    return Markup(html.escape(str(value)))


def raw(value):
    return Markup(value)


def upper(value):
    return str(value).upper()


def initials(value):
    """ "Ada Byron" as "A. B."; parts without a letter in front are left out."""
    return " ".join(f"{part[0].upper()}." for part in str(value).split() if part[0].isalpha())


def quoted(value):
    """In typographic quotes; the quotes are markup, the value is not."""
    return Markup(f"&ldquo;{value}&rdquo;")


def lines(value):
    """Line breaks as <br>."""
    return Markup("<br>".join(escape(line) for line in str(value).splitlines()))


FILTERS = {f.__name__: f for f in (raw, upper, initials, quoted, lines)}
