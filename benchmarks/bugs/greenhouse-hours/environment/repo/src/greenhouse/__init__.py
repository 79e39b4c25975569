"""Light, heat and their price."""
