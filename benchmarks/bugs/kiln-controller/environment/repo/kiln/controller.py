"""The state machine that the hardware ticks once a minute."""

from enum import Enum


class Phase(Enum):
    IDLE = "idle"
    RAMP = "ramp"
    HOLD = "hold"
    DONE = "done"


class Controller:
    """Ticked with the measured temperature; `heat` says whether the coils are on."""

    def __init__(self, tolerance=5):
        self.tolerance = tolerance
        self.phase = Phase.IDLE
        self.log = []
        self._steps = ()
        self._at = 0
        self._held = 0

    @property
    def target(self):
        """The temperature to reach or hold now; None when there is nothing to do."""
        if self.phase in (Phase.RAMP, Phase.HOLD):
            return self._steps[self._at].celsius
        return None

    def load(self, steps):
        """Start a program. Raises RuntimeError while another one runs."""
        if self.phase in (Phase.RAMP, Phase.HOLD):
            raise RuntimeError("a firing is in progress")
        if not steps:
            raise ValueError("a program needs a step")
        self._steps = tuple(steps)
        self._at = 0
        self._enter(Phase.RAMP)

    def abort(self):
        if self.phase in (Phase.RAMP, Phase.HOLD):
            self._enter(Phase.IDLE)

    def heat(self, celsius):
        return self.target is not None and celsius < self.target

    def tick(self, celsius):
        """One minute has passed, and it is this hot now. Returns the phase."""
        if self.phase is Phase.RAMP:
            if celsius >= self.target - self.tolerance:
                self._enter(Phase.HOLD)
        elif self.phase is Phase.HOLD:
            if celsius < self.target - 4 * self.tolerance:
                self._enter(Phase.RAMP)
                return self.phase
            self._held += 1
            if self._held >= self._steps[self._at].minutes:
                self._next()
        return self.phase

    def _next(self):
        self._at += 1
        if self._at == len(self._steps):
            self._enter(Phase.DONE)
        else:
            self._enter(Phase.RAMP)

    def _enter(self, phase):
        self.log.append((self.phase.value, phase.value))
        self.phase = phase
