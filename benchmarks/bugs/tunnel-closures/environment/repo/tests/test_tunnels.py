import unittest

from tunnels.closures import closures, is_open, open_hours
from tunnels.notice import moment, notice
from tunnels.work import Closure, Work


def spans(*works):
    return [(closure.start, closure.end) for closure in closures(works)]


class WorkTest(unittest.TestCase):
    def test_a_line(self):
        self.assertEqual(Work.read(" 8-10 wash the walls\n"), Work(8, 10, "wash the walls"))

    def test_nonsense(self):
        for line in ("", "8-10", "8 wash", "10-8 wash", "160-170 wash"):
            with self.subTest(line=line), self.assertRaises(ValueError):
                Work.read(line)


class ClosureTest(unittest.TestCase):
    def test_nothing_to_do(self):
        self.assertEqual(closures([]), [])

    def test_one_work(self):
        self.assertEqual(closures([Work(8, 10, "wash")]), [Closure(8, 10, ("wash",))])

    def test_works_far_apart(self):
        self.assertEqual(spans(Work(50, 52, "b"), Work(8, 10, "a")), [(8, 10), (50, 52)])

    def test_overlapping_works(self):
        self.assertEqual(closures([Work(9, 12, "paint"), Work(8, 10, "wash")]),
                         [Closure(8, 12, ("wash", "paint"))])

    def test_works_without_a_gap(self):
        self.assertEqual(spans(Work(8, 10, "a"), Work(10, 12, "b"), Work(13, 14, "c")),
                         [(8, 12), (13, 14)])

    def test_a_work_inside_another(self):
        self.assertEqual(spans(Work(8, 20, "a"), Work(9, 10, "b"), Work(19, 21, "c")), [(8, 21)])

    def test_a_reason_is_named_once(self):
        works = [Work(8, 10, "wash"), Work(9, 11, "paint"), Work(10, 12, "wash")]
        self.assertEqual(closures(works)[0].reasons, ("wash", "paint"))

    def test_open_hours(self):
        found = closures([Work(0, 10, "a"), Work(20, 168, "b")])
        self.assertEqual(open_hours(found), [(10, 20)])
        self.assertEqual(open_hours([]), [(0, 168)])

    def test_open_or_closed(self):
        found = closures([Work(8, 10, "a")])
        self.assertEqual([is_open(found, hour) for hour in (7, 8, 9, 10)], [True, False, False, True])


class NoticeTest(unittest.TestCase):
    def test_moments(self):
        self.assertEqual([moment(h) for h in (0, 32, 167, 168)],
                         ["Mon 0:00", "Tue 8:00", "Sun 23:00", "Sun 24:00"])

    def test_an_open_tunnel(self):
        self.assertEqual(notice("Holm tunnel", []), "Holm tunnel is open all week.")

    def test_hours_count_once(self):
        works = [Work(8, 10, "wash"), Work(9, 12, "paint")]
        self.assertEqual(notice("Holm tunnel", works),
                         "Holm tunnel is closed for 4 hours:\nMon 8:00 to Mon 12:00 (wash, paint)")
