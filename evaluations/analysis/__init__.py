"""The analysis: plain Python and NumPy, values in, values out; no database, no clock, no unseeded randomness."""
