from __future__ import annotations

from collections.abc import Iterable

from relays.result import Result


def report(results: Iterable[Result]) -> str:
    """Stations with trouble, and how many are well."""
    results = list(results)
    lines = [str(result) for result in results if not result.ok]
    lines.append(f"{sum(result.ok for result in results)} of {len(results)} are well")
    return "\n".join(lines)
