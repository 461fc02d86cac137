# SPDX-License-Identifier: Apache-2.0
"""An SMTP server on loopback that keeps to SMTP but for one fault, once, at one stage. What
tests/support/faulty_mta.c is on the network in memory. A thread a connection."""
import socket
import struct
import threading
import time

LOCALHOST = "127.0.0.1"
PACE = 0.005          # between two bytes of who is slow
DRIP = 1.0            # the same of who never gets there
SLOW_BYTES = 200      # of a text: all of them would take longer than any deadline here
FLOOD = b"250-and another line of the same reply\r\n" * 100_000
TEXT_BEFORE = 1000    # bytes of a text in front of a fault in the middle of it


class Gone(Exception):
    """The connection came to its end, one way or the other."""


class FaultyUpstream:
    """`stage` and `fault` are named as in the table. `context`: an ssl.SSLContext for STARTTLS."""

    def __init__(self, scene, stage, fault, offers, context=None):
        self.stage, self.fault, self.offers, self.context = stage, fault, offers, context
        self.armed = False
        self.talks = []
        self.took = []  # (number of the subject, recipients)
        self.listener = socket.create_server((LOCALHOST, 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()
        scene.later(self.stop)

    def stop(self):
        self.over.set()
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
        for talk in self.talks:
            talk.socket.close()

    def arm(self):
        self.armed = True
        if self.stage == "CONNECT" and self.fault == "RESET":
            self.listener.close()  # nobody listens: the call is refused
            self.listener = None
        elif self.stage == "IDLE":
            self.talks[-1].strike_unasked()

    def be_well(self):
        self.armed = False
        if not self.listener:
            self.listener = socket.create_server((LOCALHOST, self.port), backlog=64)
            threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        listener = self.listener
        while not self.over.is_set():
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            talk = Talk(self, peer)
            self.talks.append(talk)
            threading.Thread(target=talk.run, daemon=True).start()


class Talk:
    def __init__(self, server, peer):
        self.server, self.socket = server, peer
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(60)
        self.buffer = b""
        self.secure = False
        self.by_byte = 0      # so many bytes are read one by one
        self.mute = False     # it says nothing more

    def run(self):
        try:
            self.talk()
        except (OSError, Gone, ValueError):
            pass
        finally:
            try:
                self.socket.close()
            except OSError:
                pass

    # --- faults ---

    def strikes(self, stage):
        return self.server.armed and self.server.stage == stage

    def answer(self, stage, right):
        """True: as it should be, or slow."""
        if self.mute:
            self.await_end()
            raise Gone
        if not self.strikes(stage):
            self.socket.sendall(right)
            return True
        self.server.armed = False
        return self.strike(right)

    def strike(self, right):
        fault = self.server.fault
        if fault in ("SLOW", "DRIP"):
            self.say_slowly(right, PACE if fault == "SLOW" else DRIP)
            return True
        if fault in ("4XX", "5XX"):
            self.socket.sendall(b"450 4.2.0 Not now\r\n" if fault == "4XX" else
                                b"550 5.2.0 Never\r\n")
            return False
        if fault == "RESET":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise Gone
        if fault in ("421", "GARBAGE", "FLOOD"):
            self.socket.sendall({"421": b"421 4.3.2 Going down\r\n", "FLOOD": FLOOD,
                                 "GARBAGE": b"\x01\xff this is no reply\r\n"}[fault])
        if fault in ("421", "CLOSE"):
            self.socket.shutdown(socket.SHUT_WR)
        self.await_end()
        raise Gone

    def strike_unasked(self):
        self.server.armed = False
        fault = self.server.fault
        if fault in ("SLOW", "DRIP"):
            self.socket.sendall(b"2")  # the beginning of a reply that nobody asked for
        elif fault == "CLOSE":
            self.socket.shutdown(socket.SHUT_WR)
        elif fault == "RESET":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()
        elif fault == "SILENCE":
            self.mute = True
        else:
            try:
                self.socket.sendall({"4XX": b"450 4.2.0 Not now\r\n", "5XX": b"550 5.2.0 Never\r\n",
                                     "421": b"421 4.3.2 Going down\r\n", "FLOOD": FLOOD,
                                     "GARBAGE": b"\x01\xff this is no reply\r\n"}[fault])
            except OSError:
                pass  # the engine has closed at the first bytes
            if fault == "421":
                self.hang_up()

    def hang_up(self):
        """The engine may have done so before."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def say_slowly(self, bytes_, pace):
        for at in range(len(bytes_)):
            time.sleep(pace)
            self.socket.sendall(bytes_[at:at + 1])

    def await_end(self):
        """Nothing more is said; until the engine closes."""
        while self.socket.recv(65536):
            pass

    # --- SMTP ---

    def line(self):
        while b"\r\n" not in self.buffer:
            self.more()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def more(self):
        got = self.socket.recv(1 if self.by_byte else 65536)
        if not got:
            raise Gone
        self.buffer += got
        if self.by_byte > 0:
            self.by_byte -= 1
            time.sleep(PACE)

    def talk(self):
        server = self.server
        if self.strikes("CONNECT"):
            server.armed = False
            self.strike(b"")
        self.answer("BANNER", b"220 odd.example ESMTP\r\n")
        rcpts, taken = 0, []
        while True:
            line = self.line()
            verb = line[:4].upper()
            if verb == b"EHLO":
                offers = [o for o in server.offers if o != "STARTTLS" or not self.secure]
                self.answer("EHLO", b"250-odd.example\r\n" + b"".join(
                    b"250-" + o.encode() + b"\r\n" for o in offers) + b"250 SIZE 0\r\n")
            elif verb == b"STAR":
                fails = self.strikes("STARTTLS") and server.fault in ("4XX", "5XX")
                self.answer("STARTTLS", b"220 2.0.0 Go\r\n")
                if not fails:
                    self.start_tls()
            elif verb == b"MAIL":
                rcpts, taken = 0, []
                self.answer("MAIL", b"250 2.1.0 Ok\r\n")
            elif verb == b"RCPT":
                rcpts += 1
                if self.answer("RCPT" if rcpts == 2 else "", b"250 2.1.5 Ok\r\n"):
                    taken.append(line[9:10])
            elif verb == b"DATA" and taken:
                if self.answer("DATA", b"354 Go\r\n"):
                    self.take_text(taken, 0)
            elif verb == b"BDAT" and taken:
                self.take_text(taken, int(line.split()[1]))
            elif verb == b"RSET":
                self.answer("RSET", b"250 2.0.0 Ok\r\n")
            elif verb == b"QUIT":
                self.answer("QUIT", b"221 2.0.0 Bye\r\n")
            else:
                self.socket.sendall(b"503 5.5.1 what?\r\n")

    def start_tls(self):
        if self.strikes("HANDSHAKE"):
            self.socket.recv(65536, socket.MSG_PEEK)  # the engine's first flight
            self.server.armed = False
            if self.server.fault not in ("SLOW", "DRIP"):
                self.socket.recv(65536)
                self.strike(b"")
            elif self.server.fault == "DRIP":
                self.say_slowly(b"\x16\x03\x03\x00\x7a" + bytes(60), DRIP)
            time.sleep(0.5)
        self.socket = self.server.context.wrap_socket(self.socket, server_side=True)
        self.secure = True

    def take_text(self, taken, chunk):
        if self.strikes("TEXT") and self.server.fault == "SLOW":
            self.server.armed = False
            self.by_byte = SLOW_BYTES
        if self.strikes("TEXT"):
            while len(self.buffer) < TEXT_BEFORE:
                self.more()
            self.server.armed = False
            if self.server.fault == "DRIP":
                while True:
                    self.socket.recv(1)
                    time.sleep(DRIP)
            else:
                self.text_fault()
        if chunk:
            while len(self.buffer) < chunk:
                self.more()
            text, self.buffer = self.buffer[:chunk], self.buffer[chunk:]
        else:
            while b"\r\n.\r\n" not in self.buffer:
                self.more()
            text, _, self.buffer = self.buffer.partition(b"\r\n.\r\n")
        self.by_byte = 0
        number = int(text[text.index(b"Subject: ") + 9:][:1])
        assert text.rstrip().endswith(b"the last line"), "half a text"
        refuses = self.strikes("FINAL") and self.server.fault in ("4XX", "5XX", "421")
        if not refuses:
            self.server.took.append((number, [int(t) for t in taken]))
        self.answer("FINAL", b"250 2.0.0 Taken\r\n")

    def text_fault(self):
        """No more of the text is read; what was said may overtake what is still to be sent."""
        fault = self.server.fault
        if fault == "RESET":
            self.strike(b"")
        if fault in ("CLOSE", "SILENCE"):
            if fault == "CLOSE":
                self.socket.shutdown(socket.SHUT_WR)
        else:
            self.socket.sendall({"4XX": b"450 4.2.0 Not now\r\n", "5XX": b"550 5.2.0 Never\r\n",
                                 "421": b"421 4.3.2 Going down\r\n", "FLOOD": FLOOD[:20_000],
                                 "GARBAGE": b"\x01\xff this is no reply\r\n"}[fault])
        time.sleep(6)  # longer than any deadline of the engine here
        raise Gone
