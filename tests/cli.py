"""The real `fixit` command in a process of its own, on small repositories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

COMMAND = [sys.executable, "-m", "fixit_runtime.agent"]
QUIET = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"}

SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": """
        DELIVERY = 4
        FREE_FROM = 50


        def total(prices):
            amount = sum(prices)
            if amount > FREE_FROM:
                return amount
            return amount + DELIVERY


        def cheapest(prices):
            return min(prices)
    """,
    "tests/test_cart.py": """
        from shop.cart import cheapest, total


        def test_delivery_is_free_from_fifty_on():
            assert total([20, 30]) == 50


        def test_one_thing_for_fifty_is_enough():
            assert total([50.0]) == 50.0


        def test_more_is_free_too():
            assert total([51]) == 51


        def test_delivery_comes_on_top():
            assert total([10]) == 14
            assert total([]) == 4


        def test_hardly_below_the_limit():
            assert total([49.5]) == 53.5
            assert total([49]) == 53


        def test_cheapest():
            assert cheapest([3, 1, 2]) == 1
    """,
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
}
BUG, FIX = "    if amount > FREE_FROM:\n", "    if amount >= FREE_FROM:\n"
GREEN = {**SHOP, "shop/cart.py": SHOP["shop/cart.py"].replace("> FREE", ">= FREE")}


@dataclass(frozen=True)
class Ran:
    """A finished `fixit`."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        result = json.loads(self.out)
        assert isinstance(result, dict)
        return result


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write these files; texts are dedented."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return root


def fixit(*arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None,
          timeout: float = 240.0) -> Ran:  # fmt: skip
    """Run it to the end, without FIXIT_* or key variables of the machine that tests."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("FIXIT_") and "KEY" not in k}
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**clean, **QUIET, **(env or {})},
        cwd=cwd,
        timeout=timeout,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def tree(root: Path) -> dict[str, bytes]:
    """Every file of the repository but fixit's own folder and git's, with its bytes."""
    return {
        p.relative_to(root).as_posix(): p.read_bytes()
        for p in sorted(root.rglob("*"))
        if p.is_file() and not {".fixit", ".git"} & set(p.relative_to(root).parts)
    }


def git(root: Path, *arguments: str) -> str:
    """Real git, without the machine's configuration."""
    env = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    return subprocess.run(
        ["git", *arguments], cwd=root, env=env, capture_output=True, text=True, check=True
    ).stdout
