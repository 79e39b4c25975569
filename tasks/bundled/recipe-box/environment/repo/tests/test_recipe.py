import unittest

from recipebox.recipe import Recipe


def pancakes():
    return Recipe("Pancakes", 2, ["Stir.", "Fry."]).need("flour", 100, "g").need("eggs", 3)


class RecipeTest(unittest.TestCase):
    def test_a_card_as_text(self):
        self.assertEqual(
            pancakes().card().splitlines(),
            ["Pancakes (for 2)", "100 g flour", "3 eggs", "1. Stir.", "2. Fry."],
        )

    def test_an_ingredient_named_twice_is_added(self):
        self.assertEqual(pancakes().need("flour", 50, "g").needs["flour"], (150, "g"))

    def test_twice_the_eaters_need_twice_the_eggs(self):
        big = pancakes().for_eaters(4)
        self.assertEqual(big.needs, {"flour": (200, "g"), "eggs": (6, "")})
        self.assertEqual(big.steps, ["Stir.", "Fry."])

    def test_a_bigger_card_is_a_card_of_its_own(self):
        small = pancakes()
        small.for_eaters(4).step("Call everybody.")
        self.assertEqual(small.steps, ["Stir.", "Fry."])

    def test_new_cards_begin_without_steps(self):
        soup = Recipe("Soup").step("Chop.").step("Boil.")
        bread = Recipe("Bread").step("Knead.")
        self.assertEqual(soup.steps, ["Chop.", "Boil."])
        self.assertEqual(bread.steps, ["Knead."])
        self.assertEqual(Recipe("Water").steps, [])

    def test_somebody_must_eat_it(self):
        with self.assertRaisesRegex(ValueError, "Soup"):
            Recipe("Soup", 0)
