"""The probe, and beside it what tells a warm worker what the tests import: sent into the sandbox
with `probe.py`, where a run is of the whole suite. Python 3.8+, pytest 6+."""
# Strings and os.path: as in the probe.
# ruff: noqa: PTH120

from __future__ import annotations

import os
from typing import Any

from fixit_runtime.tools.probe import Report
from fixit_runtime.tools.probe import main as run
from fixit_runtime.tools.worker_preload import OPEN_PLACES, Path
from fixit_runtime.tools.worker_watch import Watch


def main(config: dict[str, Any]) -> int:
    """As `probe.main`."""
    report = Report(config["report"])
    scratch = os.path.dirname(config["report"])
    watch = Watch(
        report,
        is_outside=Path([config["root"], scratch, *OPEN_PLACES]).is_outside,
        shadowed=list,
        thaw=lambda: None,
        learn=True,
    )
    return run(config, report, (watch,))
