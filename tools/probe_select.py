"""Which tests to run: sent into the sandbox with `probe.py`. Python 3.8+."""
# Strings and os.path: pytest takes no others.
# ruff: noqa: PTH110, PTH119, PTH120

from __future__ import annotations

import os


class Selection:
    """Which tests to run. Whole files are given to pytest and the rest is deselected: a test
    that is gone then has no result, where pytest would refuse to run any, and a nodeid may be
    spelled in any way that pytest itself writes it."""

    def __init__(self, nodeids: list[str] | None) -> None:
        self.all = nodeids is None
        self.nodeids = dict.fromkeys(nodeids or [])
        conftests = [n for n in self.nodeids if os.path.basename(n) == "conftest.py"]
        self.folders = tuple(n[: -len("conftest.py")] for n in conftests)

    def arguments(self) -> list[str] | None:
        """Paths for pytest; None for what the user's own command line says."""
        if self.all or "" in self.folders:
            return None
        paths: dict[str, None] = {}
        for nodeid in self.nodeids:
            path = nodeid.split("::")[0]
            if os.path.basename(path) == "conftest.py":
                path = os.path.dirname(path)
            while "[" in path:  # pytest reads a bracket in a path as parameters
                path = os.path.dirname(path)
            if os.path.exists(path or "."):
                paths[path or "."] = None
        return list(paths)

    def has(self, nodeid: str, ancestors: list[str]) -> bool:
        """By its own name, its name without parameters, its class, its file or its folder."""
        return (
            self.all
            or nodeid in self.nodeids
            or nodeid.partition("[")[0] in self.nodeids
            or nodeid.startswith(self.folders)
            or any(ancestor in self.nodeids for ancestor in ancestors)
        )
