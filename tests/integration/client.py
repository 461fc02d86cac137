# SPDX-License-Identifier: Apache-2.0
"""A small blocking SMTP client that sends the bytes it is given (smtplib would change some)."""
import socket
import ssl


class SmtpError(Exception):
    def __init__(self, reply):
        super().__init__(reply.decode(errors="replace"))
        self.reply = reply


class SmtpClient:
    """`implicit`: an ssl.SSLContext, for TLS from the first byte; with starttls() it begins later.
    `name` is sent to the server (SNI) and, where the context says so, checked."""

    def __init__(self, port, host="127.0.0.1", timeout=60, implicit=None, name=None, session=None):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        try:
            if implicit:
                self._secure(implicit, name, session)
            self.greeting = self.reply()
            self.ehlo = self.command(b"EHLO client.example")
        except BaseException:
            self.socket.close()
            raise

    def _secure(self, context, name, session):
        # An end without close_notify is to be told from an orderly one; Debian's Python is not strict.
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        self.socket = context.wrap_socket(self.socket, server_hostname=name, session=session,
                                          suppress_ragged_eofs=False)

    def starttls(self, context, name=None, session=None):
        """Begins TLS and says EHLO again."""
        reply = self.command(b"STARTTLS")
        if not reply.startswith(b"220"):
            raise SmtpError(reply)
        assert not self.buffer, "something in clear behind the reply to STARTTLS"
        self._secure(context, name, session)
        self.ehlo = self.command(b"EHLO client.example")
        return self

    def certificate(self):
        """The server's, as the ssl module reads it, if it was verified."""
        return self.socket.getpeercert()

    def reply(self):
        """One whole reply, however many lines."""
        lines = []
        while True:
            while b"\r\n" not in self.buffer:
                more = self.socket.recv(65536)
                if not more:
                    raise ConnectionError("the server closed the connection")
                self.buffer += more
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            lines.append(line)
            if line[3:4] != b"-":
                return b"\r\n".join(lines)

    def at_end(self):
        """Whether the server has nothing more to say and has closed."""
        return not self.buffer and self.socket.recv(1) == b""

    def command(self, line):
        self.socket.sendall(line + b"\r\n")
        return self.reply()

    def send(self, sender, recipients, content, options=b""):
        """One transaction, pipelined; the reply to the final dot. SmtpError when it got no so far."""
        group = [b"MAIL FROM:<" + sender.encode() + b">" + options]
        group += [b"RCPT TO:<" + r.encode() + b">" for r in recipients]
        self.socket.sendall(b"".join(c + b"\r\n" for c in group) + b"DATA\r\n")
        replies = [self.reply() for _ in group] + [self.reply()]
        if not replies[-1].startswith(b"354"):
            raise SmtpError(b" / ".join(replies))
        body = content.replace(b"\r\n.", b"\r\n..")
        if body.startswith(b"."):
            body = b"." + body
        self.socket.sendall(body + b".\r\n")
        return self.reply()

    def quit(self):
        try:
            self.command(b"QUIT")
        finally:
            self.socket.close()
