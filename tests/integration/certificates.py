# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, made when they are needed by the openssl command: none is in the repository.

    ca = make_ca(folder, "ca")
    server = make_cert(folder, "server", ca, "mx.example", ["mx.example", "127.0.0.1"])
    server.certificate, server.key     # paths; the certificate's file holds its intermediates too

Run as a program it makes a small set for a try by hand: certificates.py FOLDER
"""
import dataclasses
import datetime
import ipaddress
import os
import pathlib
import subprocess
import sys
import tempfile

PURPOSES = {"server": "serverAuth", "client": "clientAuth", "both": "serverAuth,clientAuth",
            "code": "codeSigning"}


@dataclasses.dataclass(frozen=True)
class Certificate:
    certificate: pathlib.Path  # PEM; behind it those of the authorities between it and the root
    key: pathlib.Path          # PEM, PKCS #8, readable by its owner alone
    password_file: pathlib.Path = None  # where the key is encrypted
    chain: bytes = b""         # PEM of the authorities between this and the root


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, f"openssl {arguments[0]}: {done.stderr}"
    return done.stdout


def _make_key(path, kind, encrypted):
    """`kind`: "ec" (P-256), "ec:P-384", "rsa:2048", "ed25519". Written by nobody else to be read."""
    algorithm, _, detail = kind.partition(":")
    options = {"ec": ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{detail or 'P-256'}"],
               "rsa": ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{detail or 2048}"],
               "ed25519": ["-algorithm", "ED25519"]}[algorithm]
    if encrypted is not None:
        options += ["-aes-256-cbc", "-pass", f"pass:{encrypted}"]
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    _openssl("genpkey", *options, "-out", path)


def _alternative_names(sans):
    def entry(name):
        try:
            return f"IP:{ipaddress.ip_address(name)}"
        except ValueError:
            return f"email:{name}" if "@" in name else f"DNS:{name}"
    return ",".join(entry(name) for name in sans)


def _time(moment):
    return moment.strftime("%Y%m%d%H%M%SZ")


def _subject(cn):
    """A common name, or a whole subject: "/O=Example/CN=x"."""
    return cn if cn.startswith("/") else f"/CN={cn}"


def _sign(out, request, issuer, extensions, not_before, not_after):
    """`openssl ca`: the one command that takes both dates in every version. `issuer`: (certificate,
    key) as options, or the request's own key."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "index").write_text("")
        (scratch / "ca.cnf").write_text(
            f"[ca]\ndefault_ca = d\n[d]\ndatabase = {scratch}/index\nnew_certs_dir = {scratch}\n"
            "rand_serial = yes\ndefault_md = sha256\npolicy = p\nunique_subject = no\n"
            "copy_extensions = none\nemail_in_dn = no\n"
            "[p]\ncountryName = optional\norganizationName = optional\n"
            "organizationalUnitName = optional\ncommonName = optional\n"
            f"[e]\n{extensions}")
        _openssl("ca", "-batch", "-notext", "-config", scratch / "ca.cnf", "-extensions", "e",
                 "-in", request, "-out", out, "-startdate", _time(not_before),
                 "-enddate", _time(not_after), *issuer)


def _issue(folder, name, cn, key_kind, encrypted, parent, extensions, not_before, not_after):
    folder = pathlib.Path(folder)
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    password_file = None
    _make_key(key, key_kind, encrypted)
    password = []
    if encrypted is not None:
        password_file = folder / f"{name}.password"
        password_file.write_text(f"{encrypted}\n")
        password_file.chmod(0o600)
        password = ["-passin", f"pass:{encrypted}"]
    request = folder / f"{name}.csr"
    _openssl("req", "-new", "-key", key, "-subj", _subject(cn), "-out", request, *password)
    issuer = (["-selfsign", "-keyfile", key, *password] if parent is None
              else ["-cert", parent.certificate, "-keyfile", parent.key])
    _sign(certificate, request, issuer, extensions, not_before, not_after)
    request.unlink()
    chain = b"" if parent is None else parent.chain
    own = certificate.read_bytes()
    certificate.write_bytes(own + chain)
    return Certificate(certificate, key, password_file, chain), own


def make_ca(folder, name, parent=None, key="ec", days=3650):
    """A root, or with `parent` an authority between it and what this one signs."""
    now = datetime.datetime.now(datetime.timezone.utc)
    extensions = ("basicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\n"
                  "subjectKeyIdentifier = hash\n")
    made, own = _issue(folder, name, f"/O=Example/CN={name}", key, None, parent, extensions,
                       now - datetime.timedelta(hours=1), now + datetime.timedelta(days=days))
    if parent is None:
        return made
    return dataclasses.replace(made, chain=own + parent.chain)


def make_cert(folder, name, ca, cn, sans=(), key="ec", days=90, not_before=None, eku="both",
              encrypted=None):
    """A certificate that `ca` signs (None: it signs itself), and its key.

    `days` from now to its end, negative for one that has expired; `not_before` a datetime with time
    zone [an hour ago, or a day before its end]; `encrypted` the password of the key, which is put
    into a file as well. Files: NAME.pem, NAME.key, NAME.password.
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    not_after = now + datetime.timedelta(days=days)
    if not_before is None:
        not_before = min(now - datetime.timedelta(hours=1),
                         not_after - datetime.timedelta(days=1))
    extensions = ("basicConstraints = critical,CA:FALSE\n"
                  "keyUsage = critical,digitalSignature\n"
                  f"extendedKeyUsage = {PURPOSES[eku]}\n")
    if sans:
        extensions += f"subjectAltName = {_alternative_names(sans)}\n"
    made, _ = _issue(folder, name, cn, key, encrypted, ca, extensions, not_before, not_after)
    return made


def put_in_place(source, target):
    """Replaces `target` by a copy of `source` in one step, as those who renew certificates do."""
    scratch = target.with_name(f".{target.name}.new")
    scratch.write_bytes(source.read_bytes())
    scratch.chmod(source.stat().st_mode & 0o777)
    os.replace(scratch, target)


if __name__ == "__main__":
    made_in = pathlib.Path(sys.argv[1])
    made_in.mkdir(parents=True, exist_ok=True)
    root = make_ca(made_in, "ca")
    make_cert(made_in, "server", root, "localhost", ["localhost", "127.0.0.1"], eku="server")
    make_cert(made_in, "client", root, "/O=Example/CN=client", ["client.example"], eku="client")
