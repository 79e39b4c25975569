"""Fires pots: ramp to a temperature, hold it, go on."""
