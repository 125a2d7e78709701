"""Live: tickets from the pages, numbers from a small process of its own."""
