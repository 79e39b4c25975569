"""The repository's own files compiled once, never executed here. Sent into the sandbox with
`worker.py`: Python 3.8+, pytest 6+.

A run reads and executes every module as ever, but where the bytes of a file are those that were
compiled before, it takes the code that they gave. Nothing is written beside them, as there would
be by an interpreter that may cache byte code.
"""
# ruff: noqa: PTH113, PTH123

from __future__ import annotations

import ast
import contextlib
import importlib._bootstrap_external as machinery
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

MOST_BYTES = 2_000_000


class Compiled:
    """Code by file. `plain` is as Python compiles it, `rewritten` as pytest does tests."""

    def __init__(self) -> None:
        self._plain: dict[str, tuple[bytes, Any]] = {}
        self._rewritten: dict[str, tuple[bytes, Any]] = {}

    def add(self, path: str, rewritten: bool) -> None:
        """Compile a file, unless that fails or warns: then each run is to see it."""
        try:
            if not path.endswith(".py") or not os.path.isfile(path):
                return
            with open(path, "rb") as file:
                data = file.read(MOST_BYTES)
            if len(data) == MOST_BYTES:
                return
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                if rewritten:
                    self._rewritten[path] = data, _rewritten(data, path)
                else:
                    self._plain[path] = data, compile(data, path, "exec", dont_inherit=True)
        except Exception:  # of any kind, from parsers too
            return

    def use(self) -> None:
        """Have imports look here first; in a run."""
        if self._plain:
            loader: Any = machinery.SourceLoader
            loader.source_to_code = self._quick_compile(loader.source_to_code)
        if self._rewritten and sys.dont_write_bytecode:
            with contextlib.suppress(ImportError, AttributeError):
                from _pytest.assertion import rewrite

                rewrite._rewrite_test = self._quick_rewrite(rewrite._rewrite_test)

    def _quick_compile(self, original: Callable[..., Any]) -> Callable[..., Any]:
        known = self._plain

        def source_to_code(self: Any, data: Any, path: Any, **options: Any) -> Any:
            entry = known.get(path) if isinstance(path, str) and not options else None
            if entry is not None and entry[0] == data:
                return entry[1]
            return original(self, data, path, **options)

        return source_to_code

    def _quick_rewrite(self, original: Callable[..., Any]) -> Callable[..., Any]:
        known = self._rewritten

        def _rewrite_test(fn: Any, config: Any) -> Any:
            entry = known.get(str(fn))
            if entry is not None and not config.getini("enable_assertion_pass_hook"):
                with open(fn, "rb") as file:
                    if file.read() == entry[0]:
                        return None, entry[1]  # the first is for byte code on disk
            return original(fn, config)

        return _rewrite_test


def _rewritten(data: bytes, path: str) -> Any:
    """As pytest's `_rewrite_test` does it, where no plugin asks for passed assertions."""
    from _pytest.assertion.rewrite import rewrite_asserts

    tree = ast.parse(data, filename=path)
    rewrite_asserts(tree, data, path, None)
    return compile(tree, path, "exec", dont_inherit=True)
