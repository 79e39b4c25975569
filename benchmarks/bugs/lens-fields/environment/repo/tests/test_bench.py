import pytest

from optics import Bench, Lens


def test_one_lens():
    bench = Bench()
    bench.put(Lens(100, 200))

    assert bench.image_place() == 400


def test_two_lenses():
    bench = Bench()
    bench.put(Lens(50, 500))
    bench.put(Lens(100, 200))

    assert bench.image_place() == 600


def test_no_lens_changes_nothing():
    assert Bench().image_place(30) == 30


def test_benches_have_their_own_length():
    short = Bench(300)
    long = Bench()
    long.put(Lens(100, 800))

    with pytest.raises(ValueError, match="lens does not stand on the bench"):
        short.put(Lens(100, 800))


def test_at_infinity():
    bench = Bench()
    bench.put(Lens(100, 100))

    assert bench.image_place() is None
