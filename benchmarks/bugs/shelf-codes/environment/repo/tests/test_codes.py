import unittest

from shelves.check import check_digit
from shelves.code import BadCode, Place, read_code
from shelves.walk import pick_list, route


class CheckTest(unittest.TestCase):
    def test_digits(self):
        self.assertEqual(check_digit("A11-111"), 8)
        self.assertEqual(check_digit("B11-111"), 7)

    def test_one_wrong_digit_is_noticed(self):
        digits = {check_digit(f"A11-11{last}") for last in range(10)}
        self.assertEqual(len(digits), 10)


class CodeTest(unittest.TestCase):
    def test_a_long_code(self):
        self.assertEqual(Place("A", 11, 111).code(), "A11-111/8")

    def test_short_numbers_are_filled_up(self):
        self.assertEqual(Place("B", 7, 42).code(), "B07-042/1")
        self.assertEqual(Place("B", 10, 5).code(), "B10-005/0")

    def test_labels_can_be_read(self):
        for place in (Place("A", 11, 111), Place("F", 99, 999), Place("C", 20, 100)):
            with self.subTest(place=place):
                self.assertEqual(read_code(place.code()), place)

    def test_labels_with_zeros_can_be_read(self):
        for place in (Place("A", 1, 1), Place("F", 99, 9), Place("C", 2, 100)):
            with self.subTest(place=place):
                self.assertEqual(read_code(place.code()), place)

    def test_scanners_are_sloppy(self):
        self.assertEqual(read_code(" a11-111/8\n"), Place("A", 11, 111))

    def test_wrong_check_digits(self):
        with self.assertRaisesRegex(BadCode, "wrong check digit"):
            read_code("A11-111/7")

    def test_garbage(self):
        for text in ("", "A11-111", "G11-111/0", "A1-111/0"):
            with self.subTest(text=text), self.assertRaisesRegex(BadCode, "not a code"):
                read_code(text)

    def test_places_have_limits(self):
        for place in (("G", 1, 1), ("A", 0, 1), ("A", 100, 1), ("A", 1, 1000)):
            with self.subTest(place=place), self.assertRaises(BadCode):
                Place(*place)


class WalkTest(unittest.TestCase):
    def test_every_second_aisle_is_walked_backwards(self):
        codes = [Place(*place).code() for place in
                 [("B", 11, 100), ("B", 20, 100), ("A", 12, 300), ("A", 10, 200), ("D", 10, 100)]]
        self.assertEqual([(p.aisle, p.bay) for p in route(codes)],
                         [("A", 10), ("A", 12), ("B", 20), ("B", 11), ("D", 10)])

    def test_the_list(self):
        self.assertEqual(pick_list(["b11-111/7", "a11-111/8"]), ["A11-111/8", "B11-111/7"])
