"""What tokens cost: LiteLLM's bundled price map, and the user's own prices above it.

The map is read from the installed distribution, without importing litellm (seconds) and
without its network fetch (prices that drift between runs). An unknown price is an error; the
map's zeros mean "nobody filled this in" and count as unknown, for local servers too, since
only their owner knows what a token costs there.
"""

from __future__ import annotations

import difflib
import importlib.metadata
import importlib.util
import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from fixit_runtime.agent.errors import UnknownPrice, UsageError
from fixit_runtime.agent.ledger import Usage
from fixit_runtime.agent.seams import TokenPrices

MAP_FILE = "model_prices_and_context_window_backup.json"
PER_MILLION = 1e-6
WRITES_TEXT = frozenset({"chat", "completion", "responses"})
SAY_IT = (
    "say what it costs in USD per million tokens: --price '{model}=IN,OUT', "
    'or FIXIT_PRICES={{"{model}": [IN, OUT]}} in the environment'
)
_ABOVE = re.compile(r"(?:input|output)_cost_per_token_above_(\d+)k_tokens")

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Prices of a call whose prompt holds more than `above` tokens."""

    above: int
    prices: TokenPrices


@dataclass(frozen=True, slots=True)
class TieredPrices(TokenPrices):
    """Prices that rise with the prompt; the plain fields are those of short prompts.

    `cost` takes the usage of one call: a sum over calls would land on the wrong threshold.
    """

    thresholds: tuple[Threshold, ...] = ()  # ascending

    def cost(self, usage: Usage) -> float:
        prompt = usage.input + usage.cache_read + usage.cache_write
        passed = [t.prices for t in self.thresholds if prompt > t.above]
        # not super(): with slots, dataclass makes the class anew and super() loses it
        return passed[-1].cost(usage) if passed else TokenPrices.cost(self, usage)


@dataclass(frozen=True, slots=True)
class FixedPrices:
    """A PriceBook that holds just these prices, by exact model name."""

    by_model: Mapping[str, TokenPrices]

    def prices(self, model: str) -> TokenPrices:
        if model not in self.by_model:
            raise UnknownPrice(
                f"nobody has said what {model} costs", hint=SAY_IT.format(model=model)
            )
        return self.by_model[model]


@dataclass(frozen=True)
class ListPrices:
    """A PriceBook of list prices: the user's own first, then LiteLLM's map.

    `overrides` go by the exact name that the user calls the model by. An override is taken as
    it stands, zero included. Long-prompt surcharges are kept (`TieredPrices`); where reasoning
    tokens cost more than other output, all output is priced as reasoning; prices for the batch,
    flex and off-peak hours are left out, since fixit does not ask for them.
    """

    overrides: Mapping[str, TokenPrices]

    def __init__(self, overrides: Mapping[str, TokenPrices] | None = None) -> None:
        object.__setattr__(self, "overrides", dict(overrides or {}))

    @cached_property
    def source(self) -> str:
        """Where list prices come from."""
        return f"litellm {importlib.metadata.version('litellm')} price map"

    def prices(self, model: str) -> TokenPrices:
        """Prices of this model now. Raises UnknownPrice, with the nearest priced names."""
        if model in self.overrides:
            return self.overrides[model]
        entry = find(model)
        if entry is None:
            near = nearest(model)
            hint = f"names near to it: {', '.join(near)}; or " if near else ""
            raise UnknownPrice(
                f"the {self.source} does not list {model}", hint=hint + SAY_IT.format(model=model)
            )
        if reason := unpriced(entry):
            raise UnknownPrice(
                f"the {self.source} does not say what {model} costs: {reason}",
                hint=SAY_IT.format(model=model),
            )
        return _listed(entry, self.source)

    def spread(self) -> Iterator[tuple[str, TokenPrices]]:
        """Every text model with a known price, by name; the user's own prices first."""
        yield from sorted(self.overrides.items())
        for model, entry in sorted(price_map().items()):
            if model not in self.overrides and not unpriced(entry):
                yield model, _listed(entry, self.source)


def parse_prices(
    flags: Sequence[str] = (), table: Mapping[str, Sequence[float]] | None = None
) -> dict[str, TokenPrices]:
    """The user's prices: `MODEL=IN,OUT[,CACHE_READ[,CACHE_WRITE]]` flags over a table of the
    same numbers, in USD per million tokens.

    Raises:
        UsageError: not of this form, negative, or not finite.
    """
    rows = {model: (list(row), f"prices: {model}") for model, row in (table or {}).items()}
    for flag in flags:
        model, equals, numbers = flag.rpartition("=")
        try:
            row = [float(number) for number in numbers.split(",")]
        except ValueError:
            row = []
        rows[model.strip() if equals else ""] = (row, f"--price {flag}")
    return {model: _own(model, row, where) for model, (row, where) in rows.items()}


def _own(model: str, row: Sequence[float], where: str) -> TokenPrices:
    if not model or not 2 <= len(row) <= 4 or not all(math.isfinite(x) and x >= 0 for x in row):
        raise UsageError(
            f"cannot read {where}",
            hint="write --price MODEL=IN,OUT in USD per million tokens, "
            "for instance --price openai/my-model=0.5,1.5",
        )
    usd = [x * PER_MILLION for x in row]
    read, write = (*usd[2:], None, None)[:2]
    return TokenPrices(usd[0], usd[1], read, write, source="the user's own price")


@cache
def price_map() -> Mapping[str, Entry]:
    """LiteLLM's bundled map: model name -> its entry. Read once a process."""
    spec = importlib.util.find_spec("litellm")
    path = Path(spec.origin).parent / MAP_FILE if spec and spec.origin else Path()
    if path.is_file():
        data = json.loads(path.read_text(encoding="utf-8"))
    else:  # a litellm that keeps its map elsewhere: let it find the map itself
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
        os.environ["LITELLM_MODE"] = "PRODUCTION"
        import litellm

        data = litellm.model_cost
    return {name: entry for name, entry in data.items() if name != "sample_spec"}


def find(model: str) -> Entry | None:
    """The map's entry of a model: by its full name, or without the provider's prefix where the
    entry is that provider's own. Never another seller's price for the same model."""
    listed = price_map()
    if model in listed:
        return listed[model]
    provider, _, rest = model.partition("/")
    entry = listed.get(rest)
    seller = str(entry.get("litellm_provider", "")) if entry else ""
    return entry if re.fullmatch(rf"{re.escape(provider)}([-_].*)?", seller) else None


def nearest(model: str, most: int = 3) -> tuple[str, ...]:
    """Priced names that look like this one, likeliest first."""
    known = {name.lower(): name for name, e in price_map().items() if not unpriced(e)}
    tails: dict[str, list[str]] = {}
    for low, name in known.items():
        tails.setdefault(low.rpartition("/")[2], []).append(name)
    wanted = model.lower()
    alike = difflib.get_close_matches(wanted.rpartition("/")[2], tails, most, 0.75)
    near = [min(tails[tail], key=lambda name: (name.count("/"), name)) for tail in alike]
    near[1:1] = [known[low] for low in difflib.get_close_matches(wanted, known, most, 0.75)]
    return tuple(dict.fromkeys(near))[:most]


def unpriced(entry: Entry) -> str:
    """Why an entry gives no price per token; empty if it does."""
    if entry.get("mode") not in WRITES_TEXT:
        return f"it is listed for {entry.get('mode') or 'something else'}, not for text"
    if "input_cost_per_request" in entry or (
        entry.get("litellm_provider") == "perplexity" and "search_context_cost_per_query" in entry
    ):
        return "it is also billed by the request"
    if not (_number(entry, "input_cost_per_token") and _number(entry, "output_cost_per_token")):
        return "" if _ranges(entry) else "its price is missing or zero there"
    return ""


def _listed(entry: Entry, source: str) -> TokenPrices:
    ranges = _ranges(entry)
    if not ranges:
        steps = sorted({int(m[1]) for key in entry if (m := _ABOVE.fullmatch(key))})
        ranges = [(0, entry), *((k * 1000, _surcharged(entry, k)) for k in steps)]
    first, *rest = [Threshold(above, _plain(e, source)) for above, e in ranges]
    if not rest:
        return first.prices
    base = first.prices
    return TieredPrices(
        base.input, base.output, base.cache_read, base.cache_write, source, tuple(rest)
    )


def _plain(entry: Entry, source: str) -> TokenPrices:
    """The four prices of one row. A zero price of a cache kind counts as not given."""
    output = _number(entry, "output_cost_per_token") or 0.0
    reasoning = _number(entry, "output_cost_per_reasoning_token") or 0.0
    return TokenPrices(
        _number(entry, "input_cost_per_token") or 0.0,
        max(output, reasoning),
        _number(entry, "cache_read_input_token_cost"),
        _number(entry, "cache_creation_input_token_cost"),
        source,
    )


def _surcharged(entry: Entry, thousands: int) -> Entry:
    """The entry with the prices that hold above so many thousand tokens put in."""
    end = f"_above_{thousands}k_tokens"
    return {**entry, **{k.removesuffix(end): v for k, v in entry.items() if k.endswith(end)}}


def _ranges(entry: Entry) -> list[tuple[int, Entry]]:
    """`tiered_pricing` rows as (above so many tokens, row), ascending; empty without them."""
    rows = [
        (int(row["range"][0]), row)
        for row in entry.get("tiered_pricing") or ()
        if _number(row, "input_cost_per_token") and _number(row, "output_cost_per_token")
    ]
    return sorted(rows, key=lambda pair: pair[0])


def _number(entry: Entry, key: str) -> float | None:
    """A finite price above zero; None for anything else."""
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value > 0 else None
