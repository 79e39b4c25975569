from __future__ import annotations

from collections.abc import Iterable, Mapping

from letters.compose import compose
from letters.pieces import LetterError


def mailing(
    source: str, people: Iterable[Mapping[str, object]]
) -> tuple[dict[str, str], dict[str, str]]:
    """Letters by name, and problems by name."""
    letters: dict[str, str] = {}
    problems: dict[str, str] = {}
    for person in people:
        name = str(person["name"])
        try:
            letters[name] = compose(source, person)
        except LetterError as error:
            problems[name] = str(error)
    return letters, problems
