"""Reads the text of a .lamp file.

    # comments and empty lines are skipped
    [lamp]
    colour = white
    period = 5 s        # a comment may follow a blank

Settings before the first section belong to the section "".
"""

from lantern.values import value

COMMENT = "#"


class ConfigProblem(ValueError):
    """A line that is no setting; the message says which."""


def read(text):
    """Sections by name, each with its settings by name. Raises ConfigProblem."""
    sections = {}
    settings = sections.setdefault("", {})
    for number, line in enumerate(text.splitlines(), start=1):
        line = _without_comment(line)
        if not line:
            continue
        if line.startswith("[") and line.endswith("]"):
            settings = sections.setdefault(line[1:-1].strip(), {})
            continue
        if "=" not in line:
            raise ConfigProblem(f"line {number}: {line!r} is no setting")
        name, written = line.split("=")
        settings[name.strip()] = value(written.strip())
    return {name: settings for name, settings in sections.items() if settings}


def read_file(path):
    """The sections of a file; none where there is no file."""
    if not path.exists():
        return {}
    return read(path.read_text(encoding="utf-8"))


def _without_comment(line):
    if line.lstrip().startswith(COMMENT):
        return ""
    return line.split(f" {COMMENT}", 1)[0].strip()
