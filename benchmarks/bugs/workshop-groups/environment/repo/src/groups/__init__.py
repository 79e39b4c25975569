"""People in groups, groups in groups, and what they may do."""
