from bells.pattern import check, matches
from bells.subscription import Subscription


class Bus:
    def __init__(self, on_error=None):
        self._subscriptions = []
        self._on_error = on_error

    def subscribe(self, pattern, listener, priority=0, once=False):
        subscription = Subscription(check(pattern), listener, priority, once)
        self._subscriptions.append(subscription)
        self._subscriptions.sort(key=lambda s: s.rank)
        return subscription

    def once(self, pattern, listener, priority=0):
        """Subscribe for a single call."""
        return self.subscribe(pattern, listener, priority, once=True)

    def unsubscribe(self, subscription):
        """Take a listener off; harmless when it is off already."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def publish(self, topic, **details):
        """Call every listener whose pattern fits; returns how many were called.

        A listener that raises is reported to `on_error` and does not stop the others; without
        `on_error` the exception goes to the publisher.
        """
        called = 0
        for subscription in self._subscriptions:
            if not matches(subscription.pattern, topic):
                continue
            if subscription.once:
                self.unsubscribe(subscription)
            called += 1
            try:
                subscription.listener(topic, **details)
            except Exception as error:
                if self._on_error is None:
                    raise
                self._on_error(subscription, error)
        return called

    def __len__(self):
        return len(self._subscriptions)
