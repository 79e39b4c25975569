"""What is in the pantry, from sheets in our own strict kind of CSV."""
