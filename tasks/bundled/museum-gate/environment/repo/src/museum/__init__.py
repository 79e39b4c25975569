"""The turnstiles of a museum of clocks."""
