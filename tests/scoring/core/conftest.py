"""The laws of the core are tried on random input, the same on every machine and in every run."""

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, database=None, deadline=None, max_examples=100)
settings.load_profile("fixed")
