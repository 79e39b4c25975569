"""Reminders that come again and again."""
