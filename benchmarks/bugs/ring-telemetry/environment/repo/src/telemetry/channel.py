"""Samples with their times, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

from telemetry.ring import Ring


@dataclass(frozen=True)
class Sample:
    at: float
    value: float


class Channel:
    def __init__(self, name: str, unit: str, size: int = 60) -> None:
        self.name = name
        self.unit = unit
        self._samples: Ring[Sample] = Ring(size)

    def record(self, at: float, value: float) -> None:
        """Samples come in order of time."""
        if len(self._samples) and at <= self._samples[-1].at:
            raise ValueError(f"{self.name}: sample at {at} is too late")
        self._samples.append(Sample(at, value))

    def latest(self) -> Sample | None:
        return self._samples[-1] if len(self._samples) else None

    def mean(self) -> float:
        return sum(sample.value for sample in self._samples) / len(self._samples)

    def trend(self) -> float:
        """Change a second between the oldest and the latest sample; 0 with fewer than two."""
        samples = list(self._samples)
        if len(samples) < 2:
            return 0.0
        first, last = samples[0], samples[-1]
        return (last.value - first.value) / (last.at - first.at)

    def largest_step(self) -> float:
        samples = list(self._samples)
        steps = (abs(b.value - a.value) for a, b in zip(samples, samples[1:]))
        return max(steps, default=0.0)
