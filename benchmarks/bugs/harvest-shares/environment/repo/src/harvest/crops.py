from __future__ import annotations

from collections.abc import Mapping

from harvest.divide import divide
from harvest.members import Member, weights


def distribute(crops: Mapping[str, int], members: list[Member]) -> dict[str, dict[str, int]]:
    """Crates of every crop by member; crops of which there is nothing are left out."""
    shares = weights(members)
    table: dict[str, dict[str, int]] = {name: {} for name in shares}
    for crop, crates in crops.items():
        if not crates:
            continue
        for name, part in divide(crates, shares).items():
            if part:
                table[name][crop] = part
    return table


def notice(table: Mapping[str, Mapping[str, int]]) -> str:
    """The sheet on the barn door."""
    rows = []
    for name, parts in table.items():
        text = ", ".join(f"{crates} {crop}" for crop, crates in parts.items()) or "nothing"
        rows.append(f"{name}: {text}")
    return "\n".join(rows)
