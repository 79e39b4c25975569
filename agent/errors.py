"""Every error that fixit raises on purpose.

    FixitError                     exit code 1 unless a subclass says otherwise
    ├── UsageError            2    a flag, a setting or a path that cannot be used
    │   ├── UnknownModel      2    a model name that LiteLLM cannot route
    │   ├── UnknownPrice      2    a model that nobody has priced; never taken as free
    │   ├── MissingKey        2    the model's provider wants a key that is not set
    │   └── DirtyTree         2    writing a patch would mix with uncommitted work
    ├── EnvironmentFailed     3    the sandbox, the test command or the endpoint does not work
    │   ├── SandboxError      3    a sandbox cannot start or keep its promises
    │   ├── TestsUncollectable 3   the test command runs, but finds or loads no test
    │   └── ModelError        3    the endpoint failed after its retries
    ├── BudgetExceeded        1    a reservation does not fit into what a limit leaves
    ├── LimitReached          1    a run was cut short, or not begun, at the deadline or the cap
    ├── PatchRefused          1    a candidate touches what it must not, or does not apply
    └── TraceError            3    a trace cannot be written or read

A message says what happened, on what, and what to do next. `hint` is the last part.
"""

from __future__ import annotations


class FixitError(Exception):
    """Base of all errors on purpose: a message, and a hint that says what to do."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(FixitError):
    """A flag, a setting or a path that cannot be used as given."""

    exit_code = 2


class UnknownModel(UsageError):
    """LiteLLM does not know to whom a call to this model goes."""


class UnknownPrice(UsageError):
    """Nobody has said what this model costs. Never taken as zero."""


class MissingKey(UsageError):
    """The provider of a named model wants a key that the environment does not hold."""


class DirtyTree(UsageError):
    """The user's tree has changes of its own where a patch would be written."""


class EnvironmentFailed(FixitError):
    """The sandbox, the test command or the model endpoint does not work here."""

    exit_code = 3


class SandboxError(EnvironmentFailed):
    """A sandbox cannot start, was lost, or cannot keep what it promises."""


class TestsUncollectable(EnvironmentFailed):
    """The test command ran, but no test could be found or loaded."""

    __test__ = False  # pytest collects classes named Test*


class ModelError(EnvironmentFailed):
    """A model's endpoint failed after all retries.

    `usage_unknown` is true when the provider may have charged for the call all the same.
    """

    def __init__(self, message: str, *, hint: str = "", usage_unknown: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.usage_unknown = usage_unknown


class BudgetExceeded(FixitError):
    """The worst case of a step does not fit into what a limit leaves. Nothing was spent."""


class LimitReached(FixitError):
    """The deadline or the cap has cut a run short, or leaves too little to begin it. It says
    nothing about what was run. `needs_s` and `needs_usd` are what such a run may take."""

    def __init__(
        self, message: str, *, hint: str = "", needs_s: float = 0.0, needs_usd: float = 0.0
    ) -> None:
        super().__init__(message, hint=hint)
        self.needs_s = needs_s
        self.needs_usd = needs_usd


class PatchRefused(FixitError):
    """A candidate edits a protected file, or does not apply to the tree."""


class TraceError(EnvironmentFailed):
    """A trace cannot be written or read."""
