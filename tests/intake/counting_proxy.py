"""A proxy on this machine that counts what comes through it, so that no download goes unseen."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator


class CountingProxy(socketserver.ThreadingTCPServer):
    """Tunnels (CONNECT) to any host."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.received_bytes = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Tunnel(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        host, _, port = self.rfile.readline().split()[1].decode().rpartition(":")
        while self.rfile.readline().strip():
            pass
        with socket.create_connection((host, int(port))) as there:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            with contextlib.suppress(OSError):
                self._carry(there)

    def _carry(self, there: socket.socket) -> None:
        proxy = self.server
        assert isinstance(proxy, CountingProxy)
        while True:
            for ready in select.select([self.connection, there], [], [])[0]:
                data = ready.recv(1 << 16)
                if not data:
                    return
                (self.connection if ready is there else there).sendall(data)
                if ready is there:
                    with proxy.lock:
                        proxy.received_bytes += len(data)


@contextlib.contextmanager
def counting_proxy() -> Iterator[CountingProxy]:
    with CountingProxy() as proxy:
        threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
