from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    name: str
    hours: int
    active: bool = True


def weights(members: list[Member]) -> dict[str, int]:
    """Hours of work by name; who left gets nothing and does not appear."""
    return {member.name: member.hours for member in members if member.active}
