"""How the running system is observed and how it fails well: health, logs, metrics, headers, 503, checks."""
