import unittest

from vault import NotEnough, UnknownLoan, UnknownVariety, Vault


class LoanTest(unittest.TestCase):
    def setUp(self):
        self.vault = Vault()
        self.vault.store("Crimson bean", 10)

    def test_stored_packets_are_free(self):
        self.assertEqual(self.vault.free("Crimson bean"), 10)

    def test_promised_packets_are_not_free(self):
        self.vault.promise("Ines", "Crimson bean", 4)
        self.assertEqual(self.vault.free("Crimson bean"), 6)

    def test_nobody_gets_more_than_is_free(self):
        self.vault.promise("Ines", "Crimson bean", 4)
        with self.assertRaises(NotEnough) as caught:
            self.vault.promise("Piet", "Crimson bean", 7)
        self.assertEqual(caught.exception.free, 6)

    def test_handing_out_empties_the_shelf(self):
        number = self.vault.promise("Ines", "Crimson bean", 4)
        self.vault.hand_out(number)
        self.assertEqual(self.vault.free("Crimson bean"), 6)

    def test_a_harvest_comes_back(self):
        number = self.vault.promise("Ines", "Crimson bean", 4)
        self.vault.hand_out(number)
        self.vault.bring_back(number, 9)
        self.assertEqual(self.vault.free("Crimson bean"), 15)

    def test_cancelling_frees_the_packets(self):
        number = self.vault.promise("Ines", "Crimson bean", 4)
        self.vault.cancel(number)
        self.assertEqual(self.vault.free("Crimson bean"), 10)

    def test_somebody_else_gets_the_cancelled_packets(self):
        self.vault.promise("Ines", "Crimson bean", 1)
        number = self.vault.promise("Ines", "Crimson bean", 9)
        self.vault.cancel(number)
        self.vault.promise("Piet", "Crimson bean", 8)
        self.assertEqual(self.vault.free("Crimson bean"), 1)

    def test_a_cancelled_loan_cannot_be_handed_out(self):
        number = self.vault.promise("Ines", "Crimson bean", 4)
        self.vault.cancel(number)
        with self.assertRaises(UnknownLoan):
            self.vault.hand_out(number)

    def test_open_loans(self):
        first = self.vault.promise("Ines", "Crimson bean", 1)
        second = self.vault.promise("Ines", "Crimson bean", 1)
        self.vault.promise("Piet", "Crimson bean", 1)
        self.vault.cancel(first)
        self.assertEqual(self.vault.open_loans("Ines"), [second])

    def test_unknown_varieties(self):
        with self.assertRaises(UnknownVariety):
            self.vault.free("Moon melon")


class JournalTest(unittest.TestCase):
    def test_everything_is_noted_in_order(self):
        vault = Vault()
        vault.store("Leek", 3)
        vault.cancel(vault.promise("Ines", "Leek", 2))
        notes = [(entry.number, entry.what, entry.packets) for entry in vault.journal.of("Leek")]
        self.assertEqual(notes, [(1, "store", 3), (2, "promise", 2), (3, "cancel", 2)])

    def test_nothing_is_stored_for_nothing(self):
        with self.assertRaises(ValueError):
            Vault().store("Leek", 0)


if __name__ == "__main__":
    unittest.main()
