"""A decision problem as a file: read, calculated with the analysis alone, and written from an evaluation."""
