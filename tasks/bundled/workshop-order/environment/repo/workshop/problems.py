"""What can be wrong with a plan."""


class UnknownJob(LookupError):
    """A job waits for one that nobody has described."""


class CircularJobs(ValueError):
    """Jobs that wait for each other.

    `loop` names them in the order of waiting and ends with the job that it begins with:
    ["glue", "clamp", "glue"] when gluing waits for clamping and clamping for gluing.
    """

    def __init__(self, loop):
        super().__init__(" waits for ".join(loop))
        self.loop = list(loop)
