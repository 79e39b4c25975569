"""What holds where nobody says otherwise."""

DEFAULTS = {
    "cache": {"size": 512, "folder": ".cache"},
    "log": {"level": "info", "targets": ["stderr"]},
    "plugins": [],
}
