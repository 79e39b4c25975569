import unittest

from bells import Bus


class BusTest(unittest.TestCase):
    def setUp(self):
        self.bus = Bus()
        self.heard = []

    def listener(self, name):
        return lambda topic, **details: self.heard.append(name)

    def test_a_listener_hears_its_topic(self):
        self.bus.subscribe("door.*", self.listener("porter"))
        self.assertEqual(self.bus.publish("door.front"), 1)
        self.assertEqual(self.bus.publish("window"), 0)
        self.assertEqual(self.heard, ["porter"])

    def test_details_are_handed_over(self):
        self.bus.subscribe("#", lambda topic, who: self.heard.append((topic, who)))
        self.bus.publish("door.front", who="Ada")
        self.assertEqual(self.heard, [("door.front", "Ada")])

    def test_priorities_then_order_of_subscription(self):
        self.bus.subscribe("#", self.listener("b"))
        self.bus.subscribe("#", self.listener("c"))
        self.bus.subscribe("#", self.listener("a"), priority=-1)
        self.bus.publish("door")
        self.assertEqual(self.heard, ["a", "b", "c"])

    def test_nobody_hears_after_leaving(self):
        subscription = self.bus.subscribe("#", self.listener("a"))
        self.bus.unsubscribe(subscription)
        self.bus.unsubscribe(subscription)
        self.assertEqual(self.bus.publish("door"), 0)

    def test_once_is_once(self):
        self.bus.once("door", self.listener("a"))
        self.bus.publish("door")
        self.bus.publish("door")
        self.assertEqual(self.heard, ["a"])
        self.assertEqual(len(self.bus), 0)

    def test_neighbours_of_a_one_time_listener(self):
        self.bus.once("door", self.listener("a"))
        self.bus.subscribe("door", self.listener("b"))
        self.bus.subscribe("door", self.listener("c"))
        self.assertEqual(self.bus.publish("door"), 3)
        self.assertEqual(self.heard, ["a", "b", "c"])

    def test_a_listener_may_leave_while_it_is_called(self):
        def leaver(topic):
            self.heard.append("leaver")
            self.bus.unsubscribe(subscription)

        subscription = self.bus.subscribe("door", leaver)
        self.bus.subscribe("door", self.listener("stayer"))
        self.bus.publish("door")
        self.bus.publish("door")
        self.assertEqual(self.heard, ["leaver", "stayer", "stayer"])

    def test_listeners_of_listeners_start_with_the_next_event(self):
        def host(topic):
            self.bus.once("door", self.listener("guest"))

        self.bus.once("door", host)
        self.assertEqual(self.bus.publish("door"), 1)
        self.assertEqual(self.bus.publish("door"), 1)
        self.assertEqual(self.heard, ["guest"])

    def test_errors_go_to_the_publisher(self):
        self.bus.subscribe("door", lambda topic: 1 / 0)
        with self.assertRaises(ZeroDivisionError):
            self.bus.publish("door")

    def test_errors_can_be_reported(self):
        bus = Bus(on_error=lambda subscription, error: self.heard.append(type(error)))
        bus.subscribe("door", lambda topic: 1 / 0)
        bus.subscribe("door", self.listener("b"))
        self.assertEqual(bus.publish("door"), 2)
        self.assertEqual(self.heard, [ZeroDivisionError, "b"])
