# SPDX-License-Identifier: Apache-2.0
"""Real peers for the integration tests: Culvert itself, Postfix instances, an SMTP sink that hashes.

Ports come from the kernel, files live in one temporary folder a test, children are ended by id.
Python's standard library only.
"""
import asyncio
import fnmatch
import hashlib
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

CULVERT = os.environ.get("CULVERT", "build/culvert")
LOCALHOST = "127.0.0.1"


def free_port():
    with socket.socket() as s:
        s.bind((LOCALHOST, 0))
        return s.getsockname()[1]


def wait_for(what, condition, seconds=90.0):
    """Polls until `condition` gives something true and returns it; a time-out is a failure. It is there for
    what hangs: a busy machine may take long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


def port_is_open(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex((LOCALHOST, port)) == 0


class Scene:
    """The temporary folder and the children of one test."""

    def __init__(self, name):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"culvert-{name}-"))
        os.chmod(self.dir, 0o755)
        self.closers = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for close in reversed(self.closers):
            try:
                close()
            except Exception as problem:  # the first failure is the one that counts
                print(f"while cleaning up: {problem}", file=sys.stderr)
        if kind is not None:
            for log in sorted(self.dir.glob("*.log")):
                text = log.read_text(errors="replace")
                print(f"--- {log.name}\n{text[-6000:]}", file=sys.stderr)
        shutil.rmtree(self.dir, ignore_errors=True)
        return False

    def later(self, close):
        self.closers.append(close)


def config_of(upstream, rules=None, tunnel=None, service=None, **top):
    """A configuration with one tunnel "t" on a port of the kernel's choice."""
    rules = rules if rules is not None else []
    return {
        "tunnels": [{"name": "t", "protocol": "SMTP", "listening_interface": LOCALHOST, "port": 0,
                     "advanced_settings": {"max_connections_per_client": 0, **(tunnel or {})}}],
        "services": [{"name": "s", "service_type": "SMTP", "tunnels": ["t"], "ruleset": "r",
                      "hostnames": [{"hostname": "*", "forwarding_address": upstream}],
                      **(service or {})}],
        "rulesets": [{"name": "r", "rules": [{"extract": "SMTP Message", "rules": rules}]}],
        **top,
    }


SSN_RULES = [
    {"extract": "Subject", "pattern": r"\b\d{3}-\d{2}-\d{4}\b",
     "rules": [{"transform": "Mask", "keep_right": 4, "keep_delimiters": True}]},
    {"extract": "Body", "pattern": r"\b\d{3}-\d{2}-\d{4}\b",
     "rules": [{"transform": "Mask", "keep_right": 4, "keep_delimiters": True}]},
]


class Culvert:
    """`culvert run` with a configuration; .port is where its first tunnel listens."""

    def __init__(self, scene, config, name="culvert", limits=()):
        self.scene = scene
        self.limits = limits
        self.name = name
        self.config_path = scene.dir / f"{name}.json"
        self.write(config)
        self.log_path = scene.dir / f"{name}.log"
        self.process = None
        self.port = None
        self.ports = {}  # of all tunnels, by name
        scene.later(self.stop)
        self.start()

    def write(self, config):
        self.tunnels = config["tunnels"]
        self.config_path.write_text(json.dumps(config, indent=1))

    def start(self):
        self.ports = {}
        log = open(self.log_path, "ab")
        offset = log.tell()
        self.process = subprocess.Popen([CULVERT, "run", "--config", str(self.config_path)],
                                        stdout=log, stderr=log, preexec_fn=self._limit)
        log.close()
        self.port = wait_for("the ready line", lambda: self._ready(offset))

    def _limit(self):
        for which, values in self.limits:
            resource.setrlimit(which, values)

    def _ready(self, offset):
        if self.process.poll() is not None:
            raise AssertionError(f"culvert ended with {self.process.returncode}:\n{self.log()}")
        with open(self.log_path, "rb") as log:
            log.seek(offset)
            for line in log.read().decode(errors="replace").splitlines():
                if line.startswith("culvert ready tunnel="):
                    self.ports[line.split("=")[1].split(" ")[0]] = int(line.rsplit(":", 1)[1])
        wanted = [t["name"] for t in self.tunnels]
        return self.ports[wanted[0]] if all(name in self.ports for name in wanted) else None

    def log(self):
        return self.log_path.read_text(errors="replace")

    def signal(self, number):
        self.process.send_signal(number)

    def kill9(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=90):
        """SIGTERM and the exit status; a sanitizer's report is a failure."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("culvert did not end on SIGTERM")
        text = self.log()
        assert "Sanitizer" not in text and "runtime error:" not in text, text[-4000:]
        return status


class Sink:
    """An SMTP server that keeps the envelope, the header and the SHA-256 of every message."""

    def __init__(self, scene, keep_content=True, extensions=("PIPELINING", "8BITMIME", "SMTPUTF8",
                                                            "ENHANCEDSTATUSCODES", "SIZE 0")):
        self.messages = []
        self.keep_content = keep_content
        self.extensions = extensions
        self.on_message = None  # may give an answer of its own: then the message is not kept
        self.on_recipient = None  # gives an answer to RCPT of its own, or None
        self.loop = asyncio.new_event_loop()
        self.port = None
        self.server = None
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        assert started.wait(60)
        scene.later(self.stop)

    def _run(self, started):
        asyncio.set_event_loop(self.loop)

        async def begin():
            self.server = await asyncio.start_server(self._session, LOCALHOST, 0,
                                                     limit=1 << 26, backlog=1024)
            self.port = self.server.sockets[0].getsockname()[1]
            started.set()

        self.loop.run_until_complete(begin())
        self.loop.run_forever()
        sessions = asyncio.all_tasks(self.loop)
        for session in sessions:
            session.cancel()
        self.loop.run_until_complete(asyncio.gather(*sessions, return_exceptions=True))

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)

    async def _session(self, reader, writer):
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError,
                asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader, writer):
        def say(text):
            writer.write(text.encode() + b"\r\n")

        say("220 sink.example ESMTP")
        sender, recipients = None, []
        while True:
            line = await reader.readline()
            if not line:
                return
            verb = line[:4].upper()
            if verb == b"EHLO":
                lines = ["sink.example", *self.extensions]
                for i, text in enumerate(lines):
                    say(f"250{'-' if i + 1 < len(lines) else ' '}{text}")
            elif verb == b"HELO":
                say("250 sink.example")
            elif verb == b"MAIL":
                sender, recipients, chunks = line[10:].strip(), [], bytearray()
                say("250 2.1.0 Ok")
            elif verb == b"RCPT":
                address = line[8:].strip().split(b">")[0].lstrip(b"<").decode()
                answer = self.on_recipient(address) if self.on_recipient else None
                recipients += [address] if answer is None else []
                say(answer or "250 2.1.5 Ok")
            elif verb == b"DATA" and not recipients:
                say("554 5.5.1 no recipients")
            elif verb == b"DATA":
                say("354 go ahead")
                await writer.drain()
                content = await self._read_data(reader)
                say(self._keep(sender, recipients, content) or "250 2.0.0 Ok: kept")
            elif verb == b"BDAT" and "CHUNKING" in self.extensions:
                words = line.split()
                chunks += await reader.readexactly(int(words[1]))
                if words[2:] == [b"LAST"]:
                    say(self._keep(sender, recipients, bytes(chunks), "BDAT")
                        or "250 2.0.0 Ok: kept")
                else:
                    say("250 2.0.0 more")
            elif verb in (b"RSET", b"NOOP"):
                say("250 2.0.0 Ok")
            elif verb == b"QUIT":
                say("221 2.0.0 Bye")
                await writer.drain()
                return
            else:
                say("502 5.5.2 what?")
            await writer.drain()

    @staticmethod
    async def _read_data(reader):
        """The lines up to the final dot, dots unstuffed."""
        lines = []
        while (line := await reader.readline()) != b".\r\n":
            if not line:
                raise ConnectionError("the peer went away in mid-data")
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def _keep(self, sender, recipients, content, command="DATA"):
        header, _, _ = content.partition(b"\r\n\r\n")
        message = {"sender": sender, "recipients": recipients, "header": header,
                   "content": content if self.keep_content else None, "size": len(content),
                   "command": command}
        answer = self.on_message(message, content) if self.on_message else None
        if answer is None:
            self.messages.append(message)
        return answer


def without_fields(content, *names):
    """The message without the header fields of these names: what others have added."""
    header, blank, body = content.partition(b"\r\n\r\n")
    kept, drop = [], False
    for line in header.split(b"\r\n"):
        if not line[:1] in (b" ", b"\t"):
            drop = line.split(b":")[0].strip().lower() in [n.lower().encode() for n in names]
        if not drop:
            kept.append(line)
    return b"\r\n".join(kept) + blank + body


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Postfix:
    """A Postfix instance of its own folder, queue and port. Needs root."""

    def __init__(self, scene, name, main=None, master_extra="", smtpd_options="", port=None):
        self.dir = scene.dir / name
        self.port = port or free_port()
        self.log_path = scene.dir / f"{name}.log"
        queue, data, conf = self.dir / "queue", self.dir / "data", self.dir / "conf"
        for folder in (queue, data, conf):
            folder.mkdir(parents=True)
        os.chmod(self.dir, 0o755)
        shutil.chown(data, "postfix")
        settings = {
            "compatibility_level": "3.6", "queue_directory": queue, "data_directory": data,
            "mail_owner": "postfix", "setgid_group": "postdrop", "myhostname": f"{name}.example",
            "mydestination": "", "inet_interfaces": LOCALHOST, "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8", "smtp_dns_support_level": "disabled",
            "smtp_host_lookup": "native", "disable_dns_lookups": "yes", "alias_maps": "",
            "alias_database": "", "local_recipient_maps": "", "maillog_file": self.log_path,
            "maillog_file_prefixes": f"{scene.dir}", "smtpd_relay_restrictions": "permit",
            "smtpd_recipient_restrictions": "permit_mynetworks,reject",
            "smtputf8_enable": "yes", "default_process_limit": "60",
            "smtpd_client_connection_count_limit": "0", "in_flow_delay": "0",
            "command_directory": "/usr/sbin", "daemon_directory": "/usr/lib/postfix/sbin",
            "bounce_queue_lifetime": "1h", "minimal_backoff_time": "3s",
            "queue_run_delay": "3s", "maximal_backoff_time": "6s", "message_size_limit": "0",
            "mailbox_size_limit": "0", **(main or {}),
        }
        (conf / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in settings.items()))
        (conf / "master.cf").write_text(
            f"{self.port} inet n - n - - smtpd {smtpd_options}\n"
            "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n"
            "qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\n"
            "bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n"
            "trace unix - - n - 0 bounce\nflush unix n - n 1000? 0 flush\n"
            "proxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\n"
            "relay unix - - n - - smtp\nerror unix - - n - - error\nretry unix - - n - - error\n"
            "discard unix - - n - - discard\nanvil unix - - n - 1 anvil\n"
            "scache unix - - n - 1 scache\ntlsmgr unix - - n 1000? 1 tlsmgr\npostlog unix-dgram n - n - 1 postlogd\n" + master_extra)
        self.conf = conf
        self.stopped = False
        scene.later(self.stop)
        self._control("start")
        wait_for(f"Postfix {name}", lambda: port_is_open(self.port))

    def _control(self, verb):
        done = subprocess.run(["postfix", "-c", str(self.conf), verb], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, f"postfix {verb}: {done.stdout}{done.stderr}"

    def queue_is_empty(self):
        done = subprocess.run(["postqueue", "-c", str(self.conf), "-j"], capture_output=True,
                              text=True, timeout=60)
        return done.returncode == 0 and done.stdout.strip() == ""

    def stop(self):
        pid_file = self.dir / "queue" / "pid" / "master.pid"
        if pid_file.exists() and not self.stopped:
            self.stopped = True
            self._control("stop")


def have_postfix():
    return os.geteuid() == 0 and shutil.which("postfix") is not None


def skip(reason):
    """Tells ctest that this test did not run (SKIP_RETURN_CODE 77); the others of a module still do."""
    print(f"skipped: {reason}", flush=True)
    sys.exit(77)


def run_tests(module):
    """Runs every function test_* of the module, in order; or those that the arguments (with *) name."""
    tests = [(n, f) for n, f in vars(module).items() if n.startswith("test_") and callable(f)]
    wanted = sys.argv[1:]
    ran = skipped = 0
    for name, function in tests:
        if wanted and not any(fnmatch.fnmatch(name, w) for w in wanted):
            continue
        begin = time.monotonic()
        try:
            with Scene(name.replace("test_", "")) as scene:
                function(scene)
        except SystemExit as end:
            if end.code != 77:
                raise
            print(f"skipped {name}", flush=True)
            skipped += 1
            continue
        ran += 1
        print(f"ok {name} ({time.monotonic() - begin:.1f} s)", flush=True)
    assert ran + skipped > 0, "no test ran"
    if skipped:
        sys.exit(77)
