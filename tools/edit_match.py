"""Put lines in place of lines that occur exactly once in a text.

Three ways to find them, the next only where the one before finds nothing: as they are; but for
spaces at the ends of lines; and but for one indentation that all of them lack or have too much.
More than one place is never guessed between. Lines that stay as they were keep their bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from fixit_runtime.tools.source import newline_of, split_lines

_SHOWN_AROUND = 2
_MANY = 20


@dataclass(frozen=True, slots=True)
class NotOnce:
    """The lines occur at none or at several places. `lines` are their first lines from 1;
    `shown` is what comes nearest where there is none."""

    lines: tuple[int, ...]
    shown: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    own_indent: str  # of the text at this place
    given_indent: str  # of the lines searched for
    exact: bool


def replace_once(text: str, search: Sequence[str], replace: Sequence[str]) -> str | NotOnce:
    """The text with `replace` in the one place of `search` (lines without their ends).

    New lines end as those around them do; a last line without an end stays without.
    """
    lines = split_lines(text)
    contents = [line.rstrip("\r\n") for line in lines]
    places = _places(contents, search)
    if len(places) != 1:
        shown = "" if places else nearest(contents, search)
        return NotOnce(tuple(place.start + 1 for place in places), shown)
    place = places[0]
    end = place.start + len(search)
    old = lines[place.start : end]
    new = _merge(old, search, replace, place, _end_of(old[0]) or newline_of(text))
    if new and not _end_of(old[-1]):
        new[-1] = new[-1].rstrip("\r\n")
    return "".join([*lines[: place.start], *new, *lines[end:]])


def nearest(contents: Sequence[str], search: Sequence[str]) -> str:
    """The lines of a file that come nearest to these, with a few around; "" where none do."""
    at = _likeliest_start(contents, search)
    if at is None:
        return ""
    first = max(0, at - _SHOWN_AROUND)
    last = min(len(contents), at + min(len(search), _MANY) + _SHOWN_AROUND)
    return "\n".join(contents[first:last])


def _places(contents: Sequence[str], search: Sequence[str]) -> list[_Place]:
    as_is = [_Place(at, "", "", True) for at in _occurrences(contents, search, str)]
    if as_is:
        return as_is
    spaced = [_Place(at, "", "", False) for at in _occurrences(contents, search, str.rstrip)]
    return spaced or list(_indented(contents, search))


def _occurrences(
    contents: Sequence[str], search: Sequence[str], key: Callable[[str], str]
) -> Iterator[int]:
    own, given = [key(line) for line in contents], [key(line) for line in search]
    for at in range(len(own) - len(given) + 1):
        if own[at] == given[0] and own[at : at + len(given)] == given:
            yield at


def _indented(contents: Sequence[str], search: Sequence[str]) -> Iterator[_Place]:
    """Places that have the same text with another common indentation."""
    given_indent = _indent(search)
    wanted = _shifted(search, given_indent)
    for at in _occurrences(contents, search, str.strip):
        window = contents[at : at + len(search)]
        if _shifted(window, _indent(window)) == wanted:
            yield _Place(at, _indent(window), given_indent, False)


def _indent(lines: Sequence[str]) -> str:
    """The white space that all lines begin with, blank ones aside."""
    indents = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    least, most = min(indents, default=""), max(indents, default="")
    differ = (at for at, letter in enumerate(least) if most[at] != letter)
    return least[: next(differ, len(least))]


def _shifted(lines: Sequence[str], indent: str) -> list[str]:
    return [line.rstrip()[len(indent) :] for line in lines]


def _merge(
    old: Sequence[str],
    search: Sequence[str],
    replace: Sequence[str],
    place: _Place,
    newline: str,
) -> list[str]:
    """The new lines with their ends; what `replace` repeats of `search` is taken from `old`."""
    tidy = str if place.exact else str.rstrip
    before, after = [tidy(line) for line in search], [tidy(line) for line in replace]
    merged: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        kept = old[a:b] if tag == "equal" else [_reindent(x, place) for x in replace[c:d]]
        merged += [line if _end_of(line) else line + newline for line in kept]
    return merged


def _reindent(line: str, place: _Place) -> str:
    """A line that was written for the indentation of the search, at that of the place."""
    if place.own_indent == place.given_indent or not line.strip():
        return line
    if line.startswith(place.given_indent):
        return place.own_indent + line.removeprefix(place.given_indent)
    if place.own_indent.endswith(place.given_indent):
        return place.own_indent.removesuffix(place.given_indent) + line
    surplus = len(place.given_indent) - len(place.own_indent)
    return line[min(surplus, len(line) - len(line.lstrip())) :]


def _end_of(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _likeliest_start(contents: Sequence[str], search: Sequence[str]) -> int | None:
    """Where most lines of the search would stand in their places; else where the longest of
    them has the most similar one."""
    own: dict[str, list[int]] = {}
    for at, line in enumerate(contents):
        own.setdefault(line.strip(), []).append(at)
    votes: dict[int, int] = {}
    for offset, line in enumerate(search):
        places = own.get(line.strip(), []) if line.strip() else []
        for at in places if len(places) <= _MANY else []:
            start = max(0, at - offset)
            votes[start] = votes.get(start, 0) + len(line.strip())
    if votes:
        return max(votes, key=lambda start: (votes[start], -start))
    longest = max(search, key=lambda line: len(line.strip()), default="").strip()
    similar = get_close_matches(longest, own, n=1) if longest else []
    return max(0, own[similar[0]][0] - _index(search, longest)) if similar else None


def _index(search: Sequence[str], stripped: str) -> int:
    return next(at for at, line in enumerate(search) if line.strip() == stripped)
