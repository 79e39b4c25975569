"""The tiers of a run: the search tier, and the models that the user named. No others, ever."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from fixit_runtime.agent.errors import UnknownModel


class Kind(StrEnum):
    SEARCH = "search"  # templates and tests; no tokens
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Tier:
    """One line of the menu. A model's tier carries the name that the user called it by.

    It says nothing of ability: no figure is made up from a model's name. What a tier can do is
    the estimator's business (one assumption for all named models until traces teach better).
    """

    name: str
    model: str = ""
    kind: Kind = Kind.MODEL


SEARCH = Tier("search", kind=Kind.SEARCH)


def parse_models(text: str) -> tuple[str, ...]:
    """Model names out of `--model` or FIXIT_MODELS: commas or spaces between them, each once,
    in the order given.

    Raises:
        UnknownModel: one of them cannot be a model name.
    """
    names = tuple(dict.fromkeys(re.split(r"[\s,]+", text.strip(" \t\r\n,"))))
    for name in names:
        if name == SEARCH.name:
            raise UnknownModel(
                "search is not a model: the search tier is always there",
                hint="leave it out of --model",
            )
    return names if names != ("",) else ()


def tiers(models: Sequence[str], *, search: bool = True) -> tuple[Tier, ...]:
    """The tiers of a run, the search tier first."""
    named = tuple(Tier(name, model=name) for name in dict.fromkeys(models))
    return (SEARCH, *named) if search else named
