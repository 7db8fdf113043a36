"""From fact tables to arrays: set-based, one grouped query per fact table, never one per account."""
