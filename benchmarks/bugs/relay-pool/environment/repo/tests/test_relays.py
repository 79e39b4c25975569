import asyncio
import unittest

from relays.probe import probe, probe_all
from relays.report import report
from relays.result import Result


class Stations:
    """Pretends to be stations; counts how many are asked at the same time."""

    def __init__(self):
        self.busy = 0
        self.most = 0

    async def ask(self, station):
        self.busy += 1
        self.most = max(self.most, self.busy)
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            if station == "swamp":
                raise OSError("no route")
            if station == "cave":
                await asyncio.Event().wait()
            return 10.0 + len(station)
        finally:
            self.busy -= 1


class ProbeTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.stations = Stations()

    async def test_one_station(self):
        self.assertEqual(await probe("hill", self.stations.ask), Result("hill", 14.0))

    async def test_one_station_raises(self):
        with self.assertRaises(OSError):
            await probe("swamp", self.stations.ask)

    async def test_results_are_in_order(self):
        results = await probe_all(["mill", "a", "dam"], self.stations.ask)
        self.assertEqual([result.volts for result in results], [14, 11, 13])

    async def test_nobody_to_ask(self):
        self.assertEqual(await probe_all([], self.stations.ask), [])

    async def test_only_some_at_once(self):
        names = [f"station {number}" for number in range(9)]
        results = await probe_all(names, self.stations.ask, at_once=2)
        self.assertEqual([result.station for result in results], names)
        self.assertEqual(self.stations.most, 2)

    async def test_errors_stop_nobody(self):
        results = await probe_all(["swamp", "hill"], self.stations.ask)
        self.assertEqual(results, [Result("swamp", error="no route"), Result("hill", 14.0)])

    async def test_silent_stations(self):
        asked = probe_all(["cave", "hill", "dam"], self.stations.ask, 1, timeout_s=0.2)
        results = await asyncio.wait_for(asked, 1.5)
        self.assertEqual([str(result) for result in results],
                         ["cave: timeout", "hill: 14.0 V", "dam: 13.0 V"])
        self.assertEqual(self.stations.busy, 0)

    async def test_somebody_is_asked(self):
        with self.assertRaisesRegex(ValueError, "one station"):
            await probe_all(["hill"], self.stations.ask, at_once=0)


class ReportTest(unittest.TestCase):
    def test_low_batteries(self):
        self.assertEqual(str(Result("a", 11.0)), "a: 11.0 V low")
        self.assertFalse(Result("a", error="timeout").ok)
        self.assertTrue(Result("a", 11.5).ok)

    def test_the_report(self):
        results = [Result("a", 12.0), Result("b", 11.0), Result("c", error="timeout")]
        self.assertEqual(report(results), "b: 11.0 V low\nc: timeout\n1 of 3 are well")
