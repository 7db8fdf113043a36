"""Systems outside: one folder per kind, and nobody else speaks to them."""
