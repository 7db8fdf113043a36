"""The arithmetic of the health score: arrays in, arrays out.

Shapes: A accounts are rows, M measures are columns. NaN means that we do not know; zero means that we know there was
none. Nothing here reads a database, a clock or a setting, and no argument is ever changed in place.
"""
