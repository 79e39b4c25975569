import pytest

from optics import Lens


def test_values_are_kept():
    lens = Lens(100, 250, " collector ")

    assert (lens.focal, lens.place, lens.label) == (100.0, 250.0, "collector")


def test_a_value_may_change():
    lens = Lens(100, 250)
    lens.focal = -80

    assert lens.focal == -80
    assert lens.place == 250


@pytest.mark.parametrize(("focal", "place", "problem"), [(0, 1, "focal must not be 0"), (1, -1, "place must be 0 or more")])
def test_refused_values(focal, place, problem):
    with pytest.raises(ValueError, match=problem):
        Lens(focal, place)


@pytest.mark.parametrize("focal", ["100", None, True])
def test_numbers_are_numbers(focal):
    with pytest.raises(TypeError, match="focal must be a number"):
        Lens(focal, 1)


def test_a_refused_value_changes_nothing():
    lens = Lens(100, 1)
    with pytest.raises(ValueError):
        lens.focal = 0

    assert lens.focal == 100


def test_labels():
    with pytest.raises(ValueError, match="label must be a text"):
        Lens(1, 1, "  ")


def test_images():
    lens = Lens(100, 0)

    assert lens.image(200) == 200
    assert lens.image(100) is None
    assert lens.magnification(150) == -2


def test_lenses_do_not_share_values():
    first, second = Lens(100, 250, "first"), Lens(50, 400)

    assert (first.focal, first.place, first.label) == (100, 250, "first")
    assert (second.focal, second.place, second.label) == (50, 400, "lens")


def test_a_field_of_the_class():
    Lens(100, 250)

    assert Lens.focal.default == 50
    assert Lens.place.name == "place"
