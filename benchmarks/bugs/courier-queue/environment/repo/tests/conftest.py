import asyncio

import pytest

from courier import Depot
from courier.parcel import NobodyHome, NoSuchAddress


class Street:
    """Doors that open after some tries; None never opens."""

    def __init__(self, **doors):
        self.doors = doors
        self.rung = []

    async def ring(self, address):
        await asyncio.sleep(0)
        self.rung.append(address)
        if address not in self.doors:
            raise NoSuchAddress(address)
        if self.doors[address] is None:
            raise NobodyHome
        if self.doors[address] > 0:
            self.doors[address] -= 1
            raise NobodyHome


@pytest.fixture
def street():
    return Street(mill=0, forge=1, inn=None)


@pytest.fixture
def depot(street):
    return Depot(street.ring)
