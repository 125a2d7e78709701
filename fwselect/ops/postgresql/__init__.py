"""Django's PostgreSQL backend, with an ear for a server that stopped answering."""
