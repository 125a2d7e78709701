"""The one way a reader says no."""


class Rejected(ValueError):
    """A file that must not become a measurement.

    `message` is a sentence a person reads; `line` and `column` count from 1 and are None where a file has none.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
