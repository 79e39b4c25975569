import unittest

from recipebox.box import Box
from recipebox.recipe import Recipe


class BoxTest(unittest.TestCase):
    def setUp(self):
        self.box = Box(
            [
                Recipe("waffles").need("flour", "1/2", "kg").need("eggs", 2),
                Recipe("Dumplings").need("flour", "1/4", "kg").need("plums", 8),
            ]
        )

    def test_titles_are_sorted_like_words(self):
        self.assertEqual(self.box.titles(), ["Dumplings", "waffles"])

    def test_recipes_are_found_by_what_is_in_the_house(self):
        self.assertEqual(self.box.find("flour"), ["Dumplings", "waffles"])
        self.assertEqual(self.box.find("plums"), ["Dumplings"])

    def test_a_shopping_list_adds_up(self):
        self.assertEqual(
            self.box.shopping("waffles", "Dumplings"), ["2 eggs", "¾ kg flour", "8 plums"]
        )

    def test_a_new_card_replaces_the_old_one(self):
        self.box.put(Recipe("waffles").need("oats", 1, "kg"))
        self.assertEqual(self.box.find("flour"), ["Dumplings"])

    def test_cards_written_one_after_the_other_stay_apart(self):
        titles = ["Porridge", "Compote", "Tea"]
        cards = [Recipe(title).step(f"Make {title.lower()}.") for title in titles]
        self.assertEqual(
            [card.card().splitlines()[1:] for card in cards],
            [["1. Make porridge."], ["1. Make compote."], ["1. Make tea."]],
        )
