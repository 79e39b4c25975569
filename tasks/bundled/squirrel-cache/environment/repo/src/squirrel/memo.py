"""A decorator for functions that think long."""

from functools import wraps

from squirrel.cache import MISSING, Cache


def memo(room):
    """Remember the answers of a function of hashable arguments."""

    def decorate(function):
        cache = Cache(room)

        @wraps(function)
        def asked(*arguments):
            answer = cache.get(arguments, MISSING)
            if answer is MISSING:
                answer = function(*arguments)
                cache.put(arguments, answer)
            return answer

        asked.cache = cache
        return asked

    return decorate
