"""Getting out: every table that is one's own as files, and back into an empty installation."""
