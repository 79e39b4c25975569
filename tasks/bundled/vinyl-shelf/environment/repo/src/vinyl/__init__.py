"""A shelf of records and the sleeves around them."""
