"""Changes money at the harbour."""
