"""Which badge opens which door of the observatory."""
