"""Asks many weather stations whether they are well."""
