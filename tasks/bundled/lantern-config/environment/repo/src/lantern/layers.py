"""Settings over settings: what the keeper says beats what the maker said."""


def over(above, below):
    """Sections of both, settings of `above` first. Neither is changed."""
    names = [*below, *(name for name in above if name not in below)]
    return {name: {**below.get(name, {}), **above.get(name, {})} for name in names}


def lookup(sections, dotted, default=None):
    """The setting "section.name", or the default."""
    section, _, name = dotted.rpartition(".")
    return sections.get(section, {}).get(name, default)
