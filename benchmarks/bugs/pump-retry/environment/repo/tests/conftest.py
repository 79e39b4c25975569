import pytest

from pump.station import Station
from pump.tank import Tank


@pytest.fixture
def station():
    return Station(Tank(1000, 300))
