"""Names that people take for one another: opposites, near synonyms, and like spelling."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

# Each line is a family; a word may stand in several. Builtins, methods of builtin types, and
# the words that names are made of.
_FAMILIES = """
min max sum | any all | sorted reversed list | append extend add insert appendleft extendleft
add update discard remove | startswith endswith | lstrip rstrip strip | lower upper casefold
title capitalize | find rfind index rindex | keys values items | floor ceil round int trunc
first last | left right | start end stop | begin end | get pop setdefault | pop popleft popitem
split rsplit splitlines partition rpartition | ljust rjust center | encode decode
union intersection difference symmetric_difference | issubset issuperset isdisjoint
isdigit isalpha isalnum isnumeric isdecimal isspace | isupper islower istitle
dump dumps | load loads | match search fullmatch findall finditer | isinstance issubclass
year month day | hour minute second | width height | row col column | rows cols columns | x y z
prev next | previous next | before after | above below | top bottom | int float str bool complex
list tuple set frozenset dict deque | dict OrderedDict defaultdict Counter
read readline readlines | write writelines | seconds total_seconds microseconds days
sum len max | old new | src dst | source target | key value | parent child | lo hi mid
low high mid | enter exit | open close | push pop | inc dec | increment decrement | head tail
is_file is_dir exists | name stem suffix | join split | zip enumerate | map filter | ord chr
getattr setattr hasattr | deepcopy copy | isoformat strftime | count index | replace translate
parse format | to from | row line | key keys | value values | item items | true false | i j k
rstrip removesuffix | lstrip removeprefix | strip removeprefix removesuffix
extend update | clear pop | node nodes | quote unquote | abs round | div mod | now today utcnow
""".strip()
_KIN: dict[str, frozenset[str]] = {}
for _family in re.split(r"[|\n]", _FAMILIES):
    _words = _family.split()
    for _word in _words:
        _KIN[_word] = _KIN.get(_word, frozenset()) | (frozenset(_words) - {_word})

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def kin(word: str) -> frozenset[str]:
    """Words of the same families, without itself."""
    return _KIN.get(word, frozenset())


@lru_cache(maxsize=20_000)
def likeness(a: str, b: str) -> float:
    """How easily `a` is typed where `b` was meant: 0 for unrelated names, 1 for kin."""
    if a == b:
        return 1.0
    if b in _KIN.get(a, ()):
        return 1.0
    parts_a, parts_b = _parts(a), _parts(b)
    shared = len(set(parts_a) & set(parts_b))
    if len(parts_a) == len(parts_b) and shared == len(parts_a) - 1:
        differing = [(p, q) for p, q in zip(parts_a, parts_b, strict=True) if p != q]
        if all(q in _KIN.get(p, ()) for p, q in differing):
            return 1.0
    tokens = shared / max(len(set(parts_a) | set(parts_b)), 1)
    letters = SequenceMatcher(None, a.lower(), b.lower(), autojunk=False).ratio()
    return max(tokens, letters if letters >= 0.6 else 0.0)


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in _PARTS.findall(name))
