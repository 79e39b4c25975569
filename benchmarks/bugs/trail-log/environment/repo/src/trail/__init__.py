"""Reads the logs of many services and says what went wrong."""
