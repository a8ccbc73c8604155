"""
ClamAV's daemon as scanners meet it, over TCP.
"""

import socket
import struct
import threading
from collections.abc import Callable

from adapters.malware.embedded import EmbeddedScanner

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STAND" + b"ARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """Speaks as clamd does: reads chunks to the end, then gives the answer it was told to."""

    def __init__(self, answer: Callable[[bytes], bytes], *, port: int = 0) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # Shutting down wakes the thread that waits for a caller; closing alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as incoming:
                assert incoming.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack("!L", incoming.read(4))[0]:
                    content += incoming.read(length)
                connection.sendall(self._answer(content))


def honest(content: bytes) -> bytes:
    harmful = EmbeddedScanner().finds_malware(content)
    return b"stream: Eicar-Test-Signature FOUND\0" if harmful else b"stream: OK\0"
