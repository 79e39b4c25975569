"""When which tunnel is closed, and why."""
