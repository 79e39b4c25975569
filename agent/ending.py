"""How a command of `fixit` ends."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from fixit_runtime.agent.errors import FixitError


def end(work: Callable[[], int]) -> None:
    """Run it, and end with its exit code; an error on purpose is one message on stderr."""
    try:
        code = work()
    except KeyboardInterrupt:
        code = 130
    except FixitError as error:
        sys.stderr.write(f"fixit: {error}\n")
        code = error.exit_code
    raise typer.Exit(code)
