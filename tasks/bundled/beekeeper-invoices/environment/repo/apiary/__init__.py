"""Invoices for honey, wax and visiting bees."""
