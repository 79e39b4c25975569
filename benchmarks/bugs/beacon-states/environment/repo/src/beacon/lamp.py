from beacon.states import State, way


class NotAllowed(Exception):
    def __init__(self, name, before, after):
        super().__init__(f"{name}: {before.value} cannot become {after.value}")


class Beacon:
    def __init__(self, name, state=State.OFF):
        self.name = name
        self.state = state
        self.history = [state]

    def become(self, state):
        """Change state. Raises NotAllowed; staying as it is changes nothing."""
        if state is self.state:
            return
        if not self.state.may_become(state):
            raise NotAllowed(self.name, self.state, state)
        self.state = state
        self.history.append(state)

    def steer(self, goal):
        """Go to a state by the shortest way; returns the number of changes."""
        steps = way(self.state, goal)[1:]
        for state in steps:
            self.become(state)
        return len(steps)
