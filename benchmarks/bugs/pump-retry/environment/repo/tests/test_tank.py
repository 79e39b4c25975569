import pytest

from pump.tank import Empty, Tank


@pytest.mark.parametrize(("rain", "over", "litres"), [(0, 0, 300), (200, 0, 500), (900, 200, 1000)])
def test_rain(rain, over, litres):
    tank = Tank(1000, 300)

    assert tank.rain(rain) == over
    assert tank.litres == litres


def test_all_or_none():
    tank = Tank(1000, 300)
    with pytest.raises(Empty, match="301 l wanted, 300 l there"):
        tank.draw(301)
    tank.draw(300)

    assert tank.litres == 0
