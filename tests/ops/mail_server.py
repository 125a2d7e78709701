"""A mail server of one test: takes what it is sent, refuses an address, or says nothing at all."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class Talk(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self.server.talks += 1
        if self.server.is_silent:
            self.server.over.wait(60)
            return
        self._say("220 here")
        while line := self.rfile.readline().strip():
            self._answer(line)

    def _answer(self, line: bytes) -> None:
        word = line[:4].upper()
        if word == b"RCPT" and any(one.encode() in line for one in self.server.refused):
            self._say("550 nobody of that name")
        elif word == b"DATA":
            self._say("354 go on")
            lines = iter(self.rfile.readline, b".\r\n")
            self.server.taken.append(message_from_bytes(b"".join(lines), policy=policy.default))  # type: ignore[arg-type]
            self._say("250 taken")
        else:
            self._say("221 bye" if word == b"QUIT" else "250 well")

    def _say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.taken: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.is_silent = False
        self.talks = 0
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def told(self) -> set[tuple[str, str]]:
        return {(str(mail["To"]), str(mail["Subject"])) for mail in self.taken}


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
