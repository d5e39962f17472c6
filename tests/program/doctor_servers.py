"""Counterparts that go wrong below HTTP: silent, intercepting and refusing ones. Each listens on loopback, on a
thread of its own, until the process ends."""
import socket
import ssl
import threading


def listen(backlog=16):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(backlog)
    return listener


def port_of(listener):
    return listener.getsockname()[1]


def closed_port():
    """A port on which nobody listens."""
    listener = listen()
    port = port_of(listener)
    listener.close()
    return port


class Server:
    """Calls `talk(connection)` for each connection."""

    def __init__(self, talk):
        self.listener = listen()
        self.port = port_of(self.listener)
        self.talk = talk
        self.held = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            self.talk(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def stop(self):
        self.listener.close()


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            return b""
        head += piece
    return head


def silent():
    """Accepts, and never says a word: neither in TLS nor in HTTP."""
    def talk(connection):
        while connection.recv(65536):
            pass
    return Server(talk)


def answering(text):
    """Says the same to each request."""
    def talk(connection):
        while read_head(connection):
            connection.sendall(text)
    return Server(talk)


def intercepting(certificate, key):
    """Speaks TLS with a certificate of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def talk(connection):
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(65536)
        except ssl.SSLError:
            pass
    return Server(talk)


class Full:
    """A port whose queue of connections is full: a further one is never accepted and never refused."""

    def __init__(self):
        self.listener = listen(0)
        self.port = port_of(self.listener)
        self.filling = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", self.port))
            self.filling.append(one)

    def stop(self):
        for one in self.filling:
            one.close()
        self.listener.close()
