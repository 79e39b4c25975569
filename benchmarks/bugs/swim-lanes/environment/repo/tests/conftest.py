import pytest

from swim.meet import Meet


@pytest.fixture
def meet():
    meet = Meet(lanes=3)
    for name, time in [("Ada", 3100), ("Bo", 3000), ("Cleo", None), ("Dag", 3200), ("Eva", 3300)]:
        meet.enter(name, time)
    return meet
