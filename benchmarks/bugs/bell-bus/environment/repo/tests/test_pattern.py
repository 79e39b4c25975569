import unittest

from bells.pattern import check, matches


class PatternTest(unittest.TestCase):
    def test_what_matches(self):
        for pattern, topic in [
            ("door.front", "door.front"),
            ("door.*", "door.front"),
            ("*.*.opened", "door.front.opened"),
            ("door.#", "door.front.opened"),
            ("door.#", "door"),
            ("#", "anything.at.all"),
        ]:
            with self.subTest(pattern=pattern, topic=topic):
                self.assertTrue(matches(pattern, topic))

    def test_what_does_not(self):
        for pattern, topic in [
            ("door.front", "door.back"),
            ("door.*", "door"),
            ("door.*", "door.front.opened"),
            ("door.front.#", "door"),
        ]:
            with self.subTest(pattern=pattern, topic=topic):
                self.assertFalse(matches(pattern, topic))

    def test_malformed_patterns(self):
        for pattern in ("", "door..front", "#.door"):
            with self.subTest(pattern=pattern), self.assertRaises(ValueError):
                check(pattern)
