"""A pytest plugin beside the probe: what a run shows of the modules outside the repository, and
whether the worker had any that it should not have had. Sent into the sandbox with `worker.py`.

    modules   names, rewritten, inside, strict     where the worker is to learn; the last counts
    (inside: [file, whether its assertions are rewritten])
    shadowed  names                                this run means nothing: run it cold
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest


class Watch:
    """PYTEST_DONT_REWRITE. `thaw` is called once the installed plugins have been looked for."""

    def __init__(
        self,
        report: Any,
        *,
        is_outside: Callable[[str], bool],
        shadowed: Callable[[], list[str]],
        thaw: Callable[[], None],
        learn: bool,
    ) -> None:
        self._report, self._is_outside, self._shadowed = report, is_outside, shadowed
        self._thaw, self._learn = thaw, learn
        self._collected: set[str] = set()
        self._by_tests: set[str] = set()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self) -> Iterator[None]:
        self._thaw()
        yield

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: Any) -> None:
        self.look(session.config)
        self._collected = set(sys.modules)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """What tests import while they run is theirs: they may look at whether it was there."""
        if self._collected:
            self._by_tests = set(sys.modules) - self._collected

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: Any) -> None:
        """Some plugins import most of what they need when all tests are done."""
        if self._learn:
            self._tell(config)

    def look(self, config: Any) -> None:
        if names := self._shadowed():
            self._report.write("shadowed", names=names)
        if self._learn and config is not None:
            self._tell(config)

    def _tell(self, config: Any) -> None:
        names, rewritten, inside = [], [], []
        for name, module in list(sys.modules.items()):
            places = _places(module)
            if not places or name == "__main__" or name in self._by_tests:
                continue
            loader = type(getattr(module, "__loader__", None)).__name__
            is_rewritten = loader == "AssertionRewritingHook"
            if not all(self._is_outside(place) for place in places):
                inside.append([places[0], is_rewritten])
                continue
            names.append(name)
            if is_rewritten:
                rewritten.append(name)
        said = [*config.getini("filterwarnings"), *(config.getoption("pythonwarnings") or [])]
        strict = any(filter.lstrip().startswith("error") for filter in [*said, *sys.warnoptions])
        self._report.write(
            "modules", names=names, rewritten=rewritten, inside=inside, strict=strict
        )


def _places(module: Any) -> list[str]:
    """Where a module was read from; nothing for what is built in or made up."""
    spec = getattr(module, "__spec__", None)
    file = getattr(module, "__file__", None)
    if spec is None:
        return []
    if isinstance(file, str):
        return [file]
    try:
        return [str(place) for place in getattr(module, "__path__", [])]
    except Exception:
        return []
