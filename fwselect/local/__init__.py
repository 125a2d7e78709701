"""The embedded services and the supervisor: everything `make run` starts, restarts and stops."""
