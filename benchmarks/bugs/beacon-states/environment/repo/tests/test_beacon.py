import unittest

from beacon import Beacon, NotAllowed, State
from beacon.coast import Coast
from beacon.states import way


class StateTest(unittest.TestCase):
    def test_only_on_is_lit(self):
        self.assertEqual([state for state in State if state.lit], [State.ON])

    def test_a_fault_needs_service(self):
        self.assertTrue(State.FAULT.may_become(State.SERVICE))
        self.assertFalse(State.FAULT.may_become(State.ON))

    def test_service_ends_either_way(self):
        self.assertTrue(State.SERVICE.may_become(State.ON))
        self.assertTrue(State.SERVICE.may_become(State.OFF))
        self.assertFalse(State.SERVICE.may_become(State.FAULT))

    def test_a_lit_beacon_is_not_serviced(self):
        self.assertFalse(State.ON.may_become(State.SERVICE))

    def test_ways(self):
        self.assertEqual(way(State.OFF, State.OFF), [State.OFF])
        self.assertEqual(way(State.ON, State.SERVICE), [State.ON, State.OFF, State.SERVICE])


class BeaconTest(unittest.TestCase):
    def test_changes_are_remembered(self):
        beacon = Beacon("Skerry")
        beacon.become(State.ON)
        beacon.become(State.ON)
        beacon.become(State.FAULT)
        self.assertEqual(beacon.history, [State.OFF, State.ON, State.FAULT])

    def test_what_is_not_allowed(self):
        beacon = Beacon("Skerry", State.FAULT)
        with self.assertRaisesRegex(NotAllowed, "Skerry: fault cannot become on"):
            beacon.become(State.ON)
        self.assertIs(beacon.state, State.FAULT)

    def test_switched_off_after_service(self):
        beacon = Beacon("Skerry", State.SERVICE)
        beacon.become(State.OFF)
        self.assertEqual(beacon.history, [State.SERVICE, State.OFF])

    def test_steering(self):
        self.assertEqual(Beacon("Skerry", State.FAULT).steer(State.ON), 2)
        self.assertEqual(Beacon("Skerry", State.FAULT).steer(State.OFF), 2)


class CoastTest(unittest.TestCase):
    def setUp(self):
        self.coast = Coast("Skerry", "Holm", "Mole")

    def test_dusk(self):
        self.coast["Holm"].become(State.SERVICE)
        self.assertEqual(self.coast.dusk(), ["Holm"])
        self.assertEqual(self.coast.summary(), "2 on, 1 service")

    def test_a_day_of_service(self):
        self.coast["Holm"].become(State.ON)
        self.assertEqual(self.coast.service_day(), ["Skerry", "Mole"])
        self.assertEqual(self.coast.summary(), "2 off, 1 on")
