# SPDX-License-Identifier: Apache-2.0
"""An SMTP server over TLS that does what it is told, wrong things too."""
import base64
import socket
import ssl
import threading

LOCALHOST = "127.0.0.1"


def server_context(certificate, client_ca=None, low=None, high=None):
    """`client_ca`: client certificates are wanted, of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    if low:
        context.minimum_version = low
    if high:
        context.maximum_version = high
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca.certificate)
    return context


class Session:
    """What one connection came to."""

    def __init__(self, number):
        self.number = number
        self.version = None  # of TLS; None: in clear
        self.resumed = False
        self.client_subject = None
        self.commands = []  # (in clear or not, line)
        self.messages = []
        self.ended_well = False  # QUIT, and close_notify under TLS

    def lines(self, clear):
        return [line for in_clear, line in self.commands if in_clear == clear]


class OddServer:
    """`starttls`: go, refuse, inject, garbage, hang, close. `offers(session, in_clear)`: what EHLO
    lists. `login`: (name, password) that AUTH takes; `mechanisms` that EHLO lists under TLS.
    `ends_in_text`: closes in the middle of a message."""

    def __init__(self, scene, context, starttls="go", implicit=False, offers=None, login=None,
                 mechanisms="PLAIN LOGIN", refuse_login=b"535 5.7.8 no", ends_in_text=False):
        self.context, self.starttls, self.implicit = context, starttls, implicit
        self.offers = offers or self._all
        self.login, self.mechanisms, self.refuse_login = login, mechanisms, refuse_login
        self.ends_in_text = ends_in_text
        self.sessions = []
        self.listener = socket.create_server((LOCALHOST, 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.address = f"{LOCALHOST}:{self.port}"
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        scene.later(self.stop)

    def _all(self, session, in_clear):
        offers = ["PIPELINING", "8BITMIME"]
        if in_clear and self.starttls:
            offers.append("STARTTLS")
        if self.login:
            offers.append(f"AUTH {self.mechanisms}")
        return offers

    def stop(self):
        self.over.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(60)

    def messages(self):
        return [(s, m) for s in self.sessions for m in s.messages]

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            session = Session(len(self.sessions))
            self.sessions.append(session)
            threading.Thread(target=self._serve, args=(session, connection), daemon=True).start()

    def _serve(self, session, connection):
        connection.settimeout(60)
        try:
            Talk(self, session, connection).run()
        except (OSError, ConnectionError, ssl.SSLError):
            pass
        finally:
            connection.close()


class Talk:
    def __init__(self, server, session, connection):
        self.server, self.session, self.connection = server, session, connection
        self.buffer = b""

    def say(self, *lines):
        self.connection.sendall(b"".join(line + b"\r\n" for line in lines))

    def line(self):
        while b"\r\n" not in self.buffer:
            more = self.connection.recv(65536)
            if not more:
                raise ConnectionError
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def secure(self):
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True,
                                                          suppress_ragged_eofs=False)
        self.session.version = self.connection.version()
        self.session.resumed = self.connection.session_reused
        shown = self.connection.getpeercert() or {}
        self.session.client_subject = shown.get("subject")

    def run(self):
        if self.server.implicit:
            self.secure()
        self.say(b"220 odd.example ESMTP")
        while True:
            line = self.line()
            self.session.commands.append((self.session.version is None, line))
            verb = line[:8].upper()
            if verb == b"STARTTLS":
                if not self.start_tls():
                    return
            elif verb.startswith(b"EHLO"):
                offers = self.server.offers(self.session, self.session.version is None)
                words = [b"odd.example", *(o.encode() for o in offers)]
                self.say(*(b"250-" + w for w in words[:-1]), b"250 " + words[-1])
            elif verb.startswith(b"AUTH"):
                self.log_in(line)
            elif verb.startswith(b"DATA"):
                if not self.take_text():
                    return
            elif verb.startswith(b"QUIT"):
                self.say(b"221 bye")
                self.session.ended_well = self.connection.recv(1) == b""
                return
            else:
                self.say(b"250 2.0.0 ok")

    def start_tls(self):
        how = self.server.starttls
        if how == "go":
            self.say(b"220 go")
            self.secure()
        elif how == "refuse":
            self.say(b"454 4.7.0 not now")
        elif how == "inject":
            self.say(b"220 go", b"250-evil.example", b"250 AUTH PLAIN LOGIN")
            self.secure()
        elif how == "garbage":
            self.say(b"220 go")
            self.connection.recv(65536)
            self.say(b"this is no handshake at all, it is only a line of text")
            self.connection.recv(65536)
            return False
        elif how == "hang":
            self.say(b"220 go")
            self.server.over.wait(60)
            return False
        elif how == "close":
            self.say(b"220 go")
            return False
        return True

    def log_in(self, line):
        words = line.split(b" ")
        name, password = (w.encode() for w in self.server.login)
        if words[1] == b"PLAIN":
            if len(words) == 2:
                self.say(b"334 ")
                words.append(self.line())
            good = base64.b64decode(words[2]) == b"\0" + name + b"\0" + password
        else:
            if len(words) == 2:
                self.say(b"334 " + base64.b64encode(b"Username:"))
                words.append(self.line())
            good = base64.b64decode(words.pop()) == name  # not strict: "am9l=" is "joe"
            self.say(b"334 " + base64.b64encode(b"Password:"))
            words.append(self.line())
            good &= base64.b64decode(words[2]) == password
        # A server that repeats what it was told: the log must not.
        self.say(b"235 2.7.0 welcome" if good else self.server.refuse_login + b" " + words[2])

    def take_text(self):
        self.say(b"354 go")
        lines = []
        while True:
            lines.append(self.line())
            if self.server.ends_in_text:
                return False
            if lines[-1] == b".":
                break
        self.session.messages.append(b"\r\n".join(lines))
        self.say(b"250 2.0.0 kept")
        return True
