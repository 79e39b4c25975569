from __future__ import annotations

from collections import Counter

from trail.journal import Journal


def digest(journal: Journal) -> str:
    """Errors and warnings a service, most first; then the slowest line."""
    counts = Counter(line.service for line in journal.at_least("WARNING"))
    rows = [f"{count:>3} {service}" for service, count in counts.most_common()]
    timed = [line for line in journal.lines if line.ms is not None]
    if timed:
        slowest = max(timed, key=lambda line: line.ms or 0)
        rows.append(f"slowest: {slowest.service} {slowest.ms} ms")
    if journal.rejected:
        rows.append(f"{len(journal.rejected)} lines rejected")
    return "\n".join(rows)
