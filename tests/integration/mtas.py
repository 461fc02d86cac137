# SPDX-License-Identifier: Apache-2.0
"""Mail servers of three families under one roof: each takes mail on .port and sends all of it on to one
next hop, keeps what it cannot send, and refuses what REFUSED, UNWANTED and BANNED name.

`next_hop`: a port of 127.0.0.1. `server`: a certificate of mta.example, to offer STARTTLS. `trusted`: an
authority; the next hop is then spoken to under TLS only, and its certificate must be of mx.example.
"""
import os
import re
import signal
import subprocess

from harness import Postfix, free_port, port_is_open, wait_for
from jail import Jail

REFUSED = "refused@two.example"  # a recipient that is refused with 550
BANNED = "banned@one.example"    # a sender that is refused with 550
UNWANTED = "unwanted"            # in a Subject: refused at the end of the text, where a server can


class PostfixMta:
    name = "postfix"
    has = {"SMTPUTF8", "PIPELINING", "8BITMIME", "CHUNKING"}
    reads_content = True

    def __init__(self, scene, next_hop, server=None, trusted=None):
        settings = {
            "relayhost": f"[127.0.0.1]:{next_hop}", "smtp_line_length_limit": "0",
            "smtpd_client_auth_rate_limit": "0", "bounce_size_limit": "100000",
            "smtpd_error_sleep_time": "20s",
            "smtpd_recipient_restrictions":
                f"check_recipient_access inline:{{{{{REFUSED}=550 5.1.1 no such user}}}},"
                f"check_sender_access inline:{{{{{BANNED}=550 5.7.1 nothing from you}}}},permit_mynetworks,reject",
            "smtpd_delay_reject": "no",
            "smtpd_sender_restrictions": f"check_sender_access inline:{{{{{BANNED}=550 5.7.1 nothing from you}}}}",
            "header_checks": f"regexp:{scene.dir}/header_checks"}
        (scene.dir / "header_checks").write_text(f"/^Subject: {UNWANTED}/ REJECT not this\n")
        if server:
            settings |= {"smtpd_tls_cert_file": server.certificate,
                         "smtpd_tls_key_file": server.key, "smtpd_tls_security_level": "may",
                         "smtpd_tls_received_header": "yes"}
        if trusted:
            settings |= {"smtp_tls_CAfile": trusted.certificate, "smtp_tls_loglevel": "1",
                         "smtp_tls_security_level": "secure",
                         "smtp_tls_secure_cert_match": "mx.example"}
        self.server = Postfix(scene, "postfix", settings)
        self.port = self.server.port
        self.queue_is_empty = self.server.queue_is_empty

    def log(self):
        return self.server.log_path.read_text(errors="replace")

    def try_again(self):
        subprocess.run(["postqueue", "-c", str(self.server.conf), "-f"], timeout=30, check=True)

    def sent_under_tls(self):
        return "Verified TLS connection established to 127.0.0.1" in self.log()


class JailedMta:
    """A daemon in the foreground of its jail; ended by its id."""

    def begin(self, scene, command):
        self.log_path = scene.dir / f"{self.name}.log"
        self.process = self.jail.popen(command, self.log_path)
        scene.later(self.stop)
        wait_for(f"{self.name}: {command}", self.is_up)

    def is_up(self):
        assert self.process.poll() is None, f"{self.name} ended:\n{self.log()}"
        return port_is_open(self.port)

    def stop(self):
        """What the daemon has begun (deliveries, helpers) is of its own process group."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)

    def put_certificates(self, server, trusted, owner):
        if server:
            for path, name in ((server.certificate, "mta.pem"), (server.key, "mta.key")):
                copy = self.jail.copy(path, f"etc/{name}")
                copy.chmod(0o600)
                os.chown(copy, self.jail.users[owner][0], self.jail.users[owner][0])
        if trusted:
            self.jail.copy(trusted.certificate, "etc/ca.pem")
        everybody = "etc/ssl/certs/ca-certificates.crt"
        self.jail.copy(trusted.certificate if trusted else f"/{everybody}", everybody)


class Exim(JailedMta):
    name = "exim"
    has = {"SMTPUTF8", "PIPELINING", "8BITMIME", "CHUNKING"}
    reads_content = True
    CONFIG = """
primary_hostname = exim.example
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%%slog
log_selector = +pipelining +tls_cipher +tls_certificate_verified
local_interfaces = 127.0.0.1
deliver_drop_privilege
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
pipelining_advertise_hosts = *
smtp_accept_max = 100
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 20
bounce_return_size_limit = 20K
%(server)s
%(auth)s
acl_smtp_mail = from
acl_smtp_rcpt = to
acl_smtp_data = text
begin acl
from:
%(only)s
  deny senders = %(banned)s
       message = nothing from you
  accept
to:
  deny recipients = %(refused)s
       message = no such user
  accept
text:
  deny condition = ${if match{$h_subject:}{^%(unwanted)s}}
       message = not this
  accept
begin routers
all:
  driver = manualroute
  transport = out
  route_list = * mx.example byname
  self = send
begin transports
out:
  driver = smtp
  port = %(next_hop)d
  allow_localhost
  message_linelength_limit = 1000000
%(trusted)s
begin retry
* * F,1h,1s
%(authenticators)s
"""
    # Each mechanism is offered under TLS alone, and tells what it was given.
    AUTHENTICATORS = """
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{%(name)s}}{eq{$auth3}{%(password)s}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${if and{{eq{$auth1}{%(name)s}}{eq{$auth2}{%(password)s}}}}
  server_set_id = $auth1
"""

    def __init__(self, scene, next_hop, server=None, trusted=None, login=None, mechanisms="PLAIN"):
        """`login`: (name, password) without which no mail is taken; `mechanisms`: that are offered."""
        self.port = free_port()
        self.jail = Jail(scene.dir / "exim", "exim4-daemon-light", ["usr/sbin/exim4"],
                         {"Debian-exim": (8025, "/var/spool/exim4")})
        for folder in ("var/spool/exim4", "var/log/exim4"):
            self.jail.folder(folder, "Debian-exim", 0o750)
        self.jail.write("etc/hosts", "127.0.0.1 mx.example localhost\n")
        self.put_certificates(server, trusted, "Debian-exim")
        self.jail.write("etc/exim4/exim4.conf", self.CONFIG % {
            "banned": BANNED, "refused": REFUSED, "unwanted": UNWANTED, "next_hop": next_hop,
            "auth": f"auth_advertise_hosts = ${{if def:tls_in_cipher{{*}}}}" if login else "",
            "only": "  deny !authenticated = *\n       message = log in first" if login else "",
            "authenticators": self.authenticators(login, mechanisms) if login else "",
            "server": "tls_certificate = /etc/mta.pem\ntls_privatekey = /etc/mta.key\n"
                      "tls_advertise_hosts = *" if server else "tls_advertise_hosts =",
            "trusted": "  hosts_require_tls = *\n  tls_verify_certificates = /etc/ca.pem\n"
                       "  tls_verify_hosts = *" if trusted else "  hosts_avoid_tls = *"})
        self.begin(scene, ["/usr/sbin/exim4", "-bdf", "-q1s", "-oX", str(self.port)])

    def authenticators(self, login, mechanisms):
        text = self.AUTHENTICATORS % {"name": login[0], "password": login[1]}
        kept = [part for part in re.split(r"\n(?=\w+:\n)", text)
                if "public_name" not in part or any(f"= {m}\n" in part for m in mechanisms.split())]
        return "\n".join(kept)

    def log(self):
        main = self.jail.root / "var/log/exim4/mainlog"
        return (self.log_path.read_text(errors="replace")
                + (main.read_text(errors="replace") if main.exists() else ""))

    def queue_is_empty(self):
        return self.jail.run("/usr/sbin/exim4", "-bpc") == (0, "0\n")

    def try_again(self):
        pass  # it does, every second

    def sent_under_tls(self):
        return re.search(r"=> .* X=TLS1\.[23]:\S+ CV=yes", self.log())


class OpenSmtpd(JailedMta):
    name = "opensmtpd"
    has = {"8BITMIME"}
    reads_content = False  # without a filter program
    CONFIG = """
table refused { "%(refused)s" }
table banned { "%(banned)s" }
filter "bad-sender" phase mail-from match mail-from <banned> reject "550 nothing from you"
%(server)s
listen on 127.0.0.1 port %(port)d %(tls)s hostname opensmtpd.example filter "bad-sender"
smtp max-message-size 100M
action "out" relay host "%(url)s"
match from any for rcpt-to <refused> reject
match from any for any action "out"
"""

    def __init__(self, scene, next_hop, server=None, trusted=None):
        self.port = free_port()
        self.jail = Jail(scene.dir / "opensmtpd", "opensmtpd",
                         ["usr/sbin/smtpd", "usr/sbin/smtpctl"],
                         {"opensmtpd": (8026, "/var/lib/opensmtpd/empty"),
                          "opensmtpq": (8027, "/var/lib/opensmtpd/empty")})
        self.jail.folder("var/lib/opensmtpd/empty")
        self.jail.folder("var/spool", mode=0o711)
        self.jail.write("etc/hosts", "127.0.0.1 mx.example localhost\n")
        self.jail.write("etc/mailname", "opensmtpd.example\n")
        self.put_certificates(server, trusted, "root")
        self.jail.write("etc/smtpd.conf", self.CONFIG % {
            "banned": BANNED, "refused": REFUSED, "port": self.port,
            "server": 'pki mta.example cert "/etc/mta.pem"\npki mta.example key "/etc/mta.key"'
                      if server else "",
            "tls": "tls pki mta.example" if server else "",
            "url": f"smtp+{'tls://mx.example' if trusted else 'notls://127.0.0.1'}:{next_hop}"})
        self.begin(scene, ["/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf"])

    def log(self):
        return self.log_path.read_text(errors="replace")

    def control(self, *words):
        done, output = self.jail.run("/usr/sbin/smtpctl", *words, group="opensmtpq")
        assert done == 0, output
        return output

    def queue_is_empty(self):
        return self.control("show", "queue") == ""

    def try_again(self):
        self.control("schedule", "all")

    def can_serve_tls(self):
        """6.8.0 of Debian 12 cannot, with anybody: it signs in another process in a way that OpenSSL 3
        does not know any more (OpenSMTPD's issue 1171)."""
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}",
                               "-starttls", "smtp", "-ign_eof"], input=b"quit\r\n",
                              capture_output=True, timeout=30)
        return b"221 2.0.0" in done.stdout

    def sent_under_tls(self):
        return re.search(r"mta tls ciphers=TLSv1\.[23]", self.log())
