import pytest

from toll import Tariff, fee_cents, receipt
from toll.vehicle import Fuel, Unit, Vehicle

CAR = Unit(axles=2, tonnes=1.6)
LORRY = Unit(axles=3, tonnes=20)
PLAIN = Tariff()


def test_a_car_pays_the_base():
    assert fee_cents(Vehicle(CAR), PLAIN) == 300


def test_axles_beyond_two_cost():
    assert fee_cents(Vehicle(CAR, trailer=Unit(1, 0.5)), PLAIN) == 450


def test_a_heavy_lorry():
    assert fee_cents(Vehicle(LORRY), PLAIN) == 300 + 150 + 3 * 400


def test_a_heavy_trailer_behind_a_car():
    assert fee_cents(Vehicle(CAR, trailer=Unit(1, 7)), PLAIN) == 300 + 150 + 400


@pytest.mark.parametrize(
    ("trailer", "heavy_axles"),
    [(Unit(4, 20), 3), (Unit(4, 26), 7), (Unit(2, 14), 5)],
)
def test_trailers_are_looked_at_on_their_own(trailer, heavy_axles):
    vehicle = Vehicle(LORRY, trailer=trailer)

    assert fee_cents(vehicle, Tariff(base=0, axle=0, heavy=1)) == heavy_axles


def test_electric_cars_pay_three_quarters():
    assert fee_cents(Vehicle(CAR, Fuel.ELECTRIC), PLAIN) == 225


def test_residents_pay_half():
    assert fee_cents(Vehicle(CAR, Fuel.DIESEL, resident=True), PLAIN) == 150


@pytest.mark.parametrize(("axles", "tonnes"), [(0, 1), (2, 0), (2, -3)])
def test_units_are_real(axles, tonnes):
    with pytest.raises(ValueError, match="axles and a weight"):
        Unit(axles, tonnes)


def test_the_receipt():
    lines = receipt("pass", Vehicle(CAR, trailer=Unit(2, 1.25), resident=True)).splitlines()

    assert lines == [
        "road      pass",
        "axles     4",
        "weight    2.9 t",
        "to pay    4.50",
        "          resident",
    ]


def test_unknown_roads_are_named():
    with pytest.raises(LookupError, match="no tariff for 'moon'; there is bypass, coast, pass"):
        receipt("moon", Vehicle(CAR))
