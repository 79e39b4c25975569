import pytest

from weather.client import Client
from weather.memo import Memo
from weather.place import Place


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Service:
    def __init__(self):
        self.asked = []

    def __call__(self, latitude, longitude, days):
        self.asked.append((latitude, longitude, days))
        return [latitude / 2 + day for day in range(days)]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def client(service, clock):
    return Client(service, Memo(clock))


@pytest.fixture
def holm():
    return Place("Holm", 20.0, 10.04)
