"""Reads of facts for pages and for scoring, one module per subject."""
