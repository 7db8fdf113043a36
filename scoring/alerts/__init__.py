"""Alerts: what rules find in the scores, who is told, and how it reaches them."""
