import unittest

from survey.plot import Plot
from survey.point import Box
from survey.register import Register

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]


def moved(corners, east, north):
    return [(x + east, y + north) for x, y in corners]


class PlotTest(unittest.TestCase):
    def test_the_area(self):
        self.assertEqual(Plot("a", SQUARE).area(), 100)

    def test_the_area_the_other_way_round(self):
        self.assertEqual(Plot("a", SQUARE[::-1]).area(), 100)

    def test_the_area_elsewhere(self):
        self.assertEqual(Plot("a", moved(SQUARE, -50, 20)).area(), 100)

    def test_the_border(self):
        self.assertEqual(Plot("a", [(0, 0), (3, 0), (3, 4)]).border(), 12)

    def test_corners(self):
        with self.assertRaisesRegex(ValueError, "three corners"):
            Plot("a", SQUARE[:2])

    def test_a_box_at_the_origin(self):
        self.assertEqual(Plot("a", SQUARE).box(), Box(0, 0, 10, 10))

    def test_a_box_across_the_meridian(self):
        self.assertEqual(Plot("a", moved(SQUARE, -4, -4)).box(), Box(-4, -4, 6, 6))

    def test_a_box_in_the_south_west(self):
        self.assertEqual(Plot("a", moved(SQUARE, -50, -70)).box(), Box(-50, -70, -40, -60))

    def test_a_box_in_the_north_east(self):
        box = Plot("a", moved(SQUARE, 50, 70)).box()
        self.assertEqual(box, Box(50, 70, 60, 80))
        self.assertEqual((box.width, box.height), (10, 10))


class RegisterTest(unittest.TestCase):
    def setUp(self):
        self.register = Register()

    def test_the_largest(self):
        self.assertIsNone(self.register.largest())
        self.register.enter("small", *SQUARE)
        large = self.register.enter("large", (0, 0), (40, 0), (0, 20))
        self.assertIs(self.register.largest(), large)

    def test_overlapping_plots_are_disputed(self):
        self.register.enter("mill", *SQUARE)
        self.register.enter("brook", *moved(SQUARE, 5, 5))
        self.assertEqual(self.register.disputes(), [("mill", "brook")])

    def test_neighbours_are_not(self):
        self.register.enter("mill", *SQUARE)
        self.register.enter("brook", *moved(SQUARE, -10, 0))
        self.assertEqual(self.register.disputes(), [])

    def test_plots_far_apart_are_not(self):
        self.register.enter("mill", *moved(SQUARE, 100, 100))
        self.register.enter("brook", *moved(SQUARE, 200, 200))
        self.assertEqual(self.register.disputes(), [])
