"""Topics such as "door.front.opened" and the patterns that catch them."""


def matches(pattern, topic):
    """`*` stands for one word, a final `#` for any number of words, none included."""
    wanted = pattern.split(".")
    words = topic.split(".")
    if wanted[-1] == "#":
        wanted.pop()
        words = words[: len(wanted)]
    if len(wanted) != len(words):
        return False
    return all(want in ("*", word) for want, word in zip(wanted, words))


def check(pattern):
    words = pattern.split(".")
    if not all(words) or "#" in words[:-1]:
        raise ValueError(f"not a pattern: {pattern!r}")
    return pattern
