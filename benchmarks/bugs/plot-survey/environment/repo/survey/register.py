"""All plots of a parish."""

from survey.plot import Plot


class Register:
    def __init__(self):
        self.plots = []

    def enter(self, name, *corners):
        plot = Plot(name, corners)
        self.plots.append(plot)
        return plot

    def largest(self):
        return max(self.plots, key=lambda plot: plot.area(), default=None)

    def disputes(self):
        """Pairs of plots whose boxes overlap and that a clerk should look at."""
        pairs = []
        for index, one in enumerate(self.plots):
            for other in self.plots[index + 1:]:
                if one.box().overlaps(other.box()):
                    pairs.append((one.name, other.name))
        return pairs
