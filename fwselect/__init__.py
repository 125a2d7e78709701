"""How fwselect runs: settings, URLs, processes. What it is lives in `evaluations`."""

import os

# One thread a process: under load OpenBLAS's own threads made one count ten times dearer.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from fwselect.celery import app as celery_app

__all__ = ["celery_app"]
