"""Benchmarks: how fast the slow things are, each beside a floor or a naive version measured in the same run."""
