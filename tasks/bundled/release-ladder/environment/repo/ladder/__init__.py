"""Which release is newer, and which one will do."""
