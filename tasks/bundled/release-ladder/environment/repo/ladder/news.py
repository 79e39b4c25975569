"""The sign at the door: what is new, for people who do not read changelogs."""

from ladder.pick import newest, since


def news(releases, installed, limits=""):
    """One line for a person."""
    best = newest(releases, limits)
    missed = [r for r in since(releases, installed) if r != best]
    if best is None or best == installed or best not in since(releases, installed):
        return f"{installed} is up to date"
    if not missed:
        return f"{best} is out"
    return f"{best} is out, and you missed {', '.join(missed)}"
