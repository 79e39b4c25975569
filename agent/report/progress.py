"""Progress on stderr: one line a step, what it expects before, what it brought after."""

from __future__ import annotations

import sys
from typing import TextIO

from fixit_runtime.agent.report.text import money
from fixit_runtime.agent.seams import Booking, Decision


class Progress:
    """Prints with rich where stderr is a terminal, and plainly where it is not."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        from rich.console import Console

        self.quiet = quiet
        self.spent_usd = 0.0
        self.console = Console(
            file=stream or sys.stderr, highlight=False, soft_wrap=True, markup=False
        )

    def say(self, text: str) -> None:
        if not self.quiet:
            self.console.print(f"fixit: {text}", style="dim")

    def decided(self, decision: Decision) -> None:
        if self.quiet:
            return
        self.console.print(f"  {decision.step + 1:>2} {decision.chosen:<16} {decision.reason}")

    def booked(self, booking: Booking) -> None:
        if self.quiet:
            return
        self.spent_usd += booking.spend.usd
        style = {"accept": "green", "reject": "yellow", "failed": "red"}.get(booking.verdict, "")
        self.console.print(
            f"     {'':<16} {booking.verdict}: {booking.detail} "
            f"[{money(booking.spend.usd)}, {booking.spend.seconds:.1f}s; "
            f"P {booking.p_after:.2f}, spent {money(self.spent_usd)}]",
            style=style,
        )
