"""Areas and borders of fields, in metres."""
