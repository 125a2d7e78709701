"""Connections that tell `ops.patience` when they wait and when they were answered, and give up when told to.

`statement_timeout` is kept by the server, so a frozen server never applies it: the limit here is the client's.
"""

import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.utils import OperationalError

from fwselect.ops import patience


class WatchedConnection(psycopg.Connection[Any]):
    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """psycopg's one place to wait for the server; a connection that stayed silent too long is closed."""
        limit = patience.seconds()
        if limit is not None:
            kwargs.setdefault("timeout", limit)
        with patience.DATABASE.wait() as waiting:
            try:
                return super().wait(gen, *args, **kwargs)
            except psycopg.OperationalError:
                waiting.outcome = patience.CLOSED
                if limit is not None and time.monotonic() - waiting.since >= limit:
                    self.pgconn.finish()
                    waiting.outcome = patience.LOST
                raise


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        """A page's statements are limited by the server as well; migrations and workers may take their time."""
        params = super().get_connection_params()
        limit_ms = params.pop("page_statement_timeout_ms", None)
        if limit_ms and patience.is_page_process():
            params["options"] = f"{params.get('options', '')} -c statement_timeout={limit_ms}".strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        with patience.DATABASE.wait() as waiting:
            try:
                return WatchedConnection.connect(**conn_params)
            except psycopg.OperationalError:
                waiting.outcome = patience.LOST
                raise

    def connect(self) -> None:
        """A request that lost its patience once does not wait again, for its session or its error page."""
        if patience.is_spent():
            raise OperationalError("the database did not answer in time")
        super().connect()
