"""A template that adds several entries at once to a display, as its like displays have them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from fixit_runtime.tools.repair.context import Draft, Site
from fixit_runtime.tools.repair.entries import after_last, fitting, whole_number
from fixit_runtime.tools.repair.subjects import own_members, parameters_of

_TRIED = 6
_SEEN = 100  # displays of the file that are compared
_MOST = 4  # entries that are added together
_DISPLAYS = (ast.List, ast.Tuple, ast.Set)


def entries(site: Site) -> Iterator[Draft]:
    """Two or more entries more: what another display of the file has besides, members of the
    same class, numbers left out of a row, texts that the tests name together. To a dict also a
    single one, made like the last: `"a": self.a` gives `"b": self.b`."""
    displays = [n for n in site.nodes if isinstance(n, _DISPLAYS) and n.elts]
    displays = [n for n in displays if isinstance(getattr(n, "ctx", ast.Load()), ast.Load)]
    tables = [n for n in site.nodes if isinstance(n, ast.Dict) and n.keys and n.keys[-1]]
    count = len(displays) + len(tables)
    for display in displays:
        groups = dict(_more(site, display.elts))
        for texts, share in groups.items():
            yield _added(site, display.elts[-1], texts, 0.8 * share / len(groups) / count)
    for table in tables:
        made = dict(_pairs(site, table))
        for texts, share in made.items():
            yield _added(site, table.values[-1], texts, 0.9 * share / len(made) / count)


def _added(site: Site, last: ast.expr, texts: Sequence[str], share: float) -> Draft:
    """The entries after the last one, each on a line of its own where that one has its own."""
    draft = after_last(site, last, texts[0], share)
    (piece,) = draft.replacements
    gap = piece.text.removesuffix(texts[0])
    whole = gap + gap.join(texts)
    replaced = type(piece)(piece.start, piece.end, whole)
    return Draft((replaced,), share, f"add {', '.join(texts)}")


def _more(site: Site, elts: list[ast.expr]) -> Iterator[tuple[tuple[str, ...], float]]:
    """Groups of texts that could follow the elements, with weights up to 1."""
    held = [site.text(each) for each in elts]
    for other in _like(site, held):
        yield other[:_MOST], 1.0
    yield from _row(elts)
    options = [text for text, _ in fitting(site, elts)]
    members = isinstance(elts[-1], ast.Attribute)
    if members and 2 <= len(options) <= _MOST:
        yield tuple(options), 0.8
    for pair in [*pairwise(options)][:_TRIED]:
        yield pair, 0.5
    if len(options) > 2:
        yield (options[0], options[2]), 0.3
        yield tuple(options[:3]), 0.3


def _like(site: Site, held: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """What other displays of the file that share two entries have besides."""
    own = set(held)
    found: list[tuple[str, ...]] = []
    module = site.module
    displays: list[ast.List | ast.Tuple | ast.Set] = [*module.all(ast.List), *module.all(ast.Tuple)]
    for display in [*displays, *module.all(ast.Set)][:_SEEN]:
        texts = [site.text(each) for each in display.elts]
        rest = tuple(text for text in texts if text not in own)
        if rest and len(own & set(texts)) >= min(2, len(own)) and "\n" not in "".join(rest):
            found.append(rest)
    yield from list(dict.fromkeys(found))[:_TRIED]


def _row(elts: list[ast.expr]) -> Iterator[tuple[tuple[str, ...], float]]:
    """The next two and three numbers of a row."""
    values = [whole_number(each) for each in elts]
    if len(values) < 2 or any(value is None for value in values):
        return
    whole = [value for value in values if value is not None]
    step = whole[-1] - whole[-2]
    if step:
        for size in (2, 3):
            yield tuple(str(whole[-1] + step * n) for n in range(1, size + 1)), 0.6


def _pairs(site: Site, table: ast.Dict) -> Iterator[tuple[tuple[str, ...], float]]:
    """Groups of `key: value` that could follow the last pair of a dict."""
    key, value = table.keys[-1], table.values[-1]
    assert key is not None
    held = {site.text(each) for each in table.keys if each is not None}
    yield from _of_like_tables(site, table, held)
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        quote = site.text(key)[-1]
        shaped = list(_shaped(site, key.value, value, quote, held))
        for pair in shaped[:_TRIED]:
            yield (pair,), 0.6
        for two in [*pairwise(shaped)][:_TRIED]:
            yield two, 0.5
        if 2 < len(shaped) <= _MOST:
            yield tuple(shaped), 0.5


def _of_like_tables(
    site: Site, table: ast.Dict, held: set[str]
) -> Iterator[tuple[tuple[str, ...], float]]:
    """Pairs of other dicts of the file that share a key with this one."""
    for other in site.module.all(ast.Dict)[:_SEEN]:
        if other is table:
            continue
        pairs = [(site.text(k), site.text(v)) for k, v in zip(other.keys, other.values, strict=True)
                 if k is not None]  # fmt: skip
        rest = [(k, v) for k, v in pairs if k not in held and "\n" not in v and len(v) <= 60]
        if len(pairs) > len(rest):
            rows = [f"{k}: {v}" for k, v in rest[:_MOST]]
            for row in rows:
                yield (row,), 0.8
            if len(rows) > 1:
                yield tuple(rows), 1.0


def _shaped(site: Site, key: str, value: ast.expr, quote: str, held: set[str]) -> Iterator[str]:
    """Pairs like `"key": value` where the key's own word stands in the value, for other words:
    parameters, locals, and what self holds."""
    text = site.text(value)
    if not re.search(rf"\b{re.escape(key)}\b", text) or "\n" in text:
        return
    if f"self.{key}" in text:
        words = [member.partition(".")[2] for member in own_members(site)]
    elif isinstance(value, ast.Name):
        words = [*parameters_of(site), *(near.name for near in site.near_values(_TRIED))]
    else:
        owner = site.module.receiver(value) if isinstance(value, ast.Attribute) else None
        seen = site.module.members.get(owner, Counter[str]()) if owner else Counter[str]()
        words = [*seen, *(s for s in site.clues.strings if s.isidentifier())]
    told = sorted(dict.fromkeys(words), key=lambda word: word not in site.clues.strings)
    for word in told:
        if f"{quote}{word}{quote}" not in held:
            other = re.sub(rf"\b{re.escape(key)}\b", word, text)
            yield f"{quote}{word}{quote}: {other}"
