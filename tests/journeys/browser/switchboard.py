"""
A port that hands each new connection to the server of the moment, as a load balancer would.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from attrs import define, field


@define(eq=False)
class Switchboard:
    """Listens on `port`; `upstream` may be changed at any time, and cuts what was connected."""

    listener: socket.socket
    upstream: int
    _open: list[socket.socket] = field(factory=list, init=False)
    _lines: list[threading.Thread] = field(factory=list, init=False)

    @property
    def port(self) -> int:
        number: int = self.listener.getsockname()[1]
        return number

    def switch_to(self, port: int) -> None:
        """Send whoever connects from now on to another server, and cut the others off."""
        self.upstream = port
        self.cut()

    def cut(self) -> None:
        """End every connection."""
        while self._open:
            end = self._open.pop()
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                browser, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream))
            except OSError:
                browser.close()
                continue
            self._open += [browser, server]
            line = threading.Thread(target=_connect, args=(browser, server), daemon=True)
            self._lines.append(line)
            line.start()

    def hang_up(self) -> None:
        """Take nobody any more, and wait until every line is closed."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
        for line in self._lines:
            line.join(timeout=5)


@contextmanager
def switchboard(upstream: int) -> Iterator[Switchboard]:
    """A switchboard that works for as long as it is needed."""
    board = Switchboard(socket.create_server(("127.0.0.1", 0)), upstream)
    thread = threading.Thread(target=board.serve, daemon=True)
    thread.start()
    try:
        yield board
    finally:
        board.hang_up()
        thread.join(timeout=5)


def _connect(browser: socket.socket, server: socket.socket) -> None:
    with browser, server:
        back = threading.Thread(target=_pass_on, args=(server, browser), daemon=True)
        back.start()
        _pass_on(browser, server)
        back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
