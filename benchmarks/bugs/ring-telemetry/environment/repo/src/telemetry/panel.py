from __future__ import annotations

from collections.abc import Iterable

from telemetry.channel import Channel

ARROWS = {-1: "falling", 0: "steady", 1: "rising"}


def row(channel: Channel) -> str:
    """ "battery 12.4 V rising"."""
    latest = channel.latest()
    if latest is None:
        return f"{channel.name} no data"
    trend = channel.trend()
    arrow = ARROWS[(trend > 0) - (trend < 0)]
    return f"{channel.name} {latest.value:.1f} {channel.unit} {arrow}"


def panel(channels: Iterable[Channel]) -> str:
    return "\n".join(row(channel) for channel in sorted(channels, key=lambda c: c.name))
