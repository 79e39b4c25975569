"""A sketchpad of letters, with second thoughts."""
