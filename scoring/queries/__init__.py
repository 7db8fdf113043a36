"""Reads of judgement for pages and the API, one module per subject."""
