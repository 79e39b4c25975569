"""Countries that we send to, and what it costs by zone."""

HOME = "DK"
COUNTRIES = {
    "denmark": "DK",
    "danmark": "DK",
    "sweden": "SE",
    "norway": "NO",
    "germany": "DE",
    "iceland": "IS",
}
ZONES = {"DK": 1, "SE": 2, "NO": 2, "DE": 2, "IS": 3}


def country_code(text):
    """The two letters of a country by name or code; None for anything else."""
    text = text.strip()
    if text.upper() in ZONES:
        return text.upper()
    return COUNTRIES.get(text.lower())
