"""Only tiers that the user named, in the order named."""

from __future__ import annotations

import pytest

from fixit_runtime.agent.demand.catalog import SEARCH, Kind, parse_models, tiers
from fixit_runtime.agent.errors import UnknownModel


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        (" , ", ()),
        ("openai/a", ("openai/a",)),
        ("b,a", ("b", "a")),
        ("b a\tb, a ,c", ("b", "a", "c")),
    ],
)
def test_names_are_split_at_commas_and_spaces_and_taken_once_in_order(
    text: str, names: tuple[str, ...]
) -> None:
    assert parse_models(text) == names


def test_search_is_no_model() -> None:
    with pytest.raises(UnknownModel, match="always there"):
        parse_models("openai/a,search")


def test_the_menu_holds_search_and_the_named_models_and_nothing_else() -> None:
    assert tiers(()) == (SEARCH,)
    assert [(t.name, t.model, t.kind) for t in tiers(("x/b", "x/a", "x/b"))] == [
        ("search", "", Kind.SEARCH),
        ("x/b", "x/b", Kind.MODEL),
        ("x/a", "x/a", Kind.MODEL),
    ]
    assert [t.name for t in tiers(("x/b",), search=False)] == ["x/b"]
