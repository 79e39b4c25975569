import unittest

from parcels.label import Label, read_label
from parcels.tariff import tariff


class LabelTest(unittest.TestCase):
    def test_a_label_is_read(self):
        self.assertEqual(read_label("Mill / Ada / 1200 g"), Label("Mill", "Ada", 1200))

    def test_half_a_label_is_refused(self):
        for text in ("Mill / Ada", "Mill / Ada / heavy", ""):
            with self.assertRaisesRegex(ValueError, "not a label"):
                read_label(text)


class TariffTest(unittest.TestCase):
    def test_time_and_weight_are_paid(self):
        self.assertEqual(tariff(6, 1200), 430)
        self.assertEqual(tariff(6, 10_000), 430)
        self.assertEqual(tariff(6, 10_001), 830)
