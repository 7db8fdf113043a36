"""A company of any size, made of numbers alone: for measuring, where the demo company is for looking at."""
