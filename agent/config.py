"""Settings of a run: flags, then FIXIT_* variables, then the repository's own file.

A repository is not trusted: what its `fixit.toml` or `[tool.fixit]` says may choose tests and
models, say what a fix and time are worth, and lower the spend cap. It can never open the sandbox,
redirect model calls, say what tokens cost, raise the cap, have a file of the host read, say how
well tiers do, or make fixit write; nor let patches edit tests, or have one shown that is less
likely right than the default rule asks for: by lot, by another policy, or at a lower price of a
wrong one (`FILE_MAY_NOT_SET`, `_loosened`).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from fixit_runtime.agent.economy import RISK_TO_VALUE, Prices
from fixit_runtime.agent.errors import UsageError
from fixit_runtime.agent.ledger import Limits

_WRITES = ("allow_dirty", "answer", "apply", "branch", "commit", "output", "resume", "state")
_LOOSENS = ("allow_test_edits", "explore", "policy")
FILE_MAY_NOT_SET = frozenset(
    (
        *(*_WRITES, *_LOOSENS),
        *("api_base", "autonomy_file", "beliefs", "ca_bundle", "learn", "price", "prices"),
        "search_weights",
    )
)
MODEL_CAP_USD = 1.0  # the spend cap where models are named and the user gave none
DEADLINE_S = 900.0


class Settings(BaseSettings):
    """Everything that a person can set. Times in seconds, money in USD."""

    model_config = SettingsConfigDict(
        env_prefix="FIXIT_", extra="forbid", frozen=True, env_parse_none_str="none"
    )

    test: str | None = None
    failing: tuple[str, ...] = ()
    junit: Path | None = None
    models: str = ""
    price: tuple[str, ...] = ()
    prices: dict[str, list[float]] = Field(default_factory=dict)
    api_base: str | None = None
    search: bool = True
    allow: tuple[str, ...] = ()  # tiers; empty for all that are named
    search_order: Literal["trained", "untrained"] = "trained"
    search_weights: Path | None = None  # of the trained order, in place of those that ship
    beliefs: Path | None = None  # a fit of one's own, in place of the figures that are assumed
    learn: bool = True  # whether the outcomes in the state folder count too
    value: float = Field(5.0, ge=0)
    max_cost: float | None = Field(None, ge=0)
    deadline: float = Field(DEADLINE_S, gt=0)
    latency_price: float = Field(10.0, ge=0)
    risk_price: float | None = Field(None, ge=0)
    max_risk: float | None = Field(None, ge=0, le=1)
    cpu_price: float = Field(0.05, ge=0)
    sandbox: Literal["auto", "docker", "local", "unsafe-local"] = "auto"
    image: str | None = None
    base_image: str | None = None
    ca_bundle: Path | None = None
    python: Path | None = None
    apply: bool = False
    allow_dirty: bool = False
    branch: str | None = None
    commit: bool = False
    output: Path | None = None
    format: Literal["text", "json"] = "text"
    state: Path | None = None
    resume: str | None = None
    answer: str | None = None
    policy: str = "index"
    seed: int = 0
    explore: float = Field(0.0, ge=0, le=1)
    allow_test_edits: bool = False
    autonomy: dict[str, Any] = Field(default_factory=dict)  # the repository's own: it may tighten
    autonomy_file: Path | None = None  # the user's own: it may say anything

    @field_validator("value", "deadline", "latency_price", "risk_price", "cpu_price", "max_cost")
    @classmethod
    def _finite(cls, amount: float | None) -> float | None:
        if amount is not None and not math.isfinite(amount):
            raise ValueError("must be a finite number")
        return amount

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings

    @property
    def economy(self) -> Prices:
        return Prices.of(
            self.value,
            latency_usd_per_hour=self.latency_price,
            risk_usd=self.risk_price,
            cpu_usd_per_hour=self.cpu_price,
        )

    @property
    def limits(self) -> Limits:
        """The hard limits. Naming a model sets a spend cap of $1 unless the user gave one."""
        capped = MODEL_CAP_USD if self.models else math.inf
        cost = capped if self.max_cost is None else self.max_cost
        risk = math.inf if self.max_risk is None else self.max_risk
        return Limits(cost_usd=cost, deadline_s=self.deadline, risk_events=risk)


def load(root: Path, flags: dict[str, Any]) -> Settings:
    """Settings for this repository. Flags that are None or empty count as not given.

    Raises:
        UsageError: an unknown or ill-formed setting, naming it and where it stands.
    """
    given = {k: v for k, v in flags.items() if v is not None and v != () and v != []}
    try:
        named = Settings(**given)
    except ValidationError as error:
        raise UsageError(_explain(error, "a flag or FIXIT_* variable"), hint=_HINT) from error
    file, where = _file_settings(root)
    extra = {k: v for k, v in file.items() if k not in named.model_fields_set}
    if not extra:
        return named
    try:
        both = Settings(**{**extra, **{k: getattr(named, k) for k in named.model_fields_set}})
    except ValidationError as error:
        raise UsageError(_explain(error, str(where)), hint=_HINT) from error
    _refuse(_loosened(both, named, extra), where)
    return both


_HINT = "`fixit run --help` lists the settings; in a file their dashes are underscores"


def _file_settings(root: Path) -> tuple[dict[str, Any], Path]:
    """What fixit.toml, or else [tool.fixit] of pyproject.toml, sets."""
    for name in ("fixit.toml", "pyproject.toml"):
        path = root / name
        if not path.is_file():
            continue
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            if name == "pyproject.toml":
                continue  # pytest itself will say what is wrong with it
            raise UsageError(f"cannot read {path}: {error}", hint="correct or remove it") from error
        table = data if name == "fixit.toml" else data.get("tool", {}).get("fixit")
        if isinstance(table, dict) and table:
            table = {k.replace("-", "_"): v for k, v in table.items()}
            return _checked(table, path), path
    return {}, root


def _checked(table: dict[str, Any], path: Path) -> dict[str, Any]:
    forbidden = sorted(FILE_MAY_NOT_SET & table.keys())
    if table.get("sandbox") == "unsafe-local":
        forbidden.append('sandbox = "unsafe-local"')
    _refuse(forbidden, path)
    if isinstance(table.get("models"), list):
        table["models"] = ",".join(table["models"])
    return table


def _loosened(settings: Settings, named: Settings, extra: Collection[str]) -> list[str]:
    """What of the file's own settings would loosen a limit, with all others in force. A wrong
    patch may cost less only as far as it did without the file."""
    loose, now, before = [], settings.economy, named.economy
    if "max_cost" in extra and (settings.max_cost or 0.0) > MODEL_CAP_USD:
        loose.append(f"max_cost above {MODEL_CAP_USD:g}")
    cheaper = now.risk_usd * before.value_usd < before.risk_usd * now.value_usd
    if cheaper and now.risk_usd < RISK_TO_VALUE * now.value_usd:
        if "risk_price" in extra:
            loose.append(f"risk_price below {RISK_TO_VALUE:g} x value")
        else:
            loose.append(f"value above risk_price / {RISK_TO_VALUE:g}")
    return loose


def _refuse(forbidden: Sequence[str], path: Path) -> None:
    if forbidden:
        raise UsageError(
            f"{path} sets {', '.join(forbidden)}, which a repository may not decide",
            hint="give it as a flag or a FIXIT_* variable instead",
        )


def _explain(error: ValidationError, where: str) -> str:
    parts = []
    for item in error.errors():
        name = ".".join(str(part) for part in item["loc"]) or "settings"
        parts.append(
            f"{name.replace('_', '-')}: {item['msg'].lower().removeprefix('value error, ')}"
        )
    return f"cannot use {where}: " + "; ".join(parts)
