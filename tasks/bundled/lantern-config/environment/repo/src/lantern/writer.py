"""Sections back to text, so that `read(write(sections)) == sections`."""

from lantern.values import value


def write(sections):
    """The text of a .lamp file."""
    parts = []
    for name, settings in sections.items():
        head = [f"[{name}]"] if name else []
        parts.append("\n".join(head + [f"{key} = {_words(v)}" for key, v in settings.items()]))
    return "\n\n".join(parts) + "\n"


def _words(setting):
    if isinstance(setting, bool):
        return "yes" if setting else "no"
    text = str(setting)
    plain = not isinstance(setting, str) or value(text) == text
    return text if plain else f'"{text}"'
