import asyncio

import pytest

from courier import Depot
from courier.report import report


def test_nothing_to_do(depot):
    assert asyncio.run(depot.deliver()) == {}
    assert report(depot.parcels) == "all delivered"


def test_an_open_door(depot):
    depot.accept("mill")

    assert asyncio.run(depot.deliver()) == {"delivered": 1}
    assert depot.parcels[0].tries == 1


def test_parcels_are_numbered(depot):
    depot.accept("mill", "forge")
    depot.accept("inn")

    assert [parcel.number for parcel in depot.parcels] == [1, 2, 3]


def test_a_second_try(depot):
    depot.accept("forge")

    assert asyncio.run(depot.deliver()) == {"delivered": 1}
    assert depot.parcels[0].remarks == ["try 1: nobody home"]


def test_nobody_home_at_all(depot):
    depot.accept("inn", "mill")

    assert asyncio.run(depot.deliver()) == {"returned": 1, "delivered": 1}
    assert report(depot.parcels) == "#1 to inn: try 3: nobody home"


def test_an_unknown_address_is_tried_once(depot, street):
    depot.accept("moon")

    assert asyncio.run(depot.deliver()) == {"returned": 1}
    assert street.rung == ["moon"]


def test_delivered_parcels_stay_delivered(depot):
    depot.accept("mill")
    asyncio.run(depot.deliver())
    depot.accept("mill")

    assert asyncio.run(depot.deliver()) == {"delivered": 2}
    assert [parcel.tries for parcel in depot.parcels] == [1, 1]


@pytest.mark.parametrize("couriers", [1, 5])
def test_the_number_of_couriers_does_not_matter(street, couriers):
    depot = Depot(street.ring, couriers, most_tries=2)
    depot.accept("mill", "forge", "inn", "moon")

    assert asyncio.run(depot.deliver()) == {"delivered": 2, "returned": 2}
