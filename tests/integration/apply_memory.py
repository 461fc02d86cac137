# SPDX-License-Identifier: Apache-2.0
"""Memory of `culvert apply` on a large message: the largest part of it that is not file pages."""
import base64
import json
import pathlib
import subprocess
import time
from dataclasses import dataclass

from harness import CULVERT, config_of

RULES = [{"extract": "Attachment", "rules": [
    {"extract": "Text", "pattern": r"secret-\d+", "rules": [{"transform": "Mask"}]}]}]


@dataclass
class Peak:
    anonymous_kib: int
    seconds: float
    note: str


def write_message(path, size):
    """A base64 text attachment of that size on the wire with a secret at its end."""
    line = base64.b64encode(b"nothing to see in this line, only words here and there .\r\n"[:57]) + b"\r\n"
    last = base64.b64encode(b"\r\nthe secret-4711 is here\r\n") + b"\r\n"
    with open(path, "wb") as out:
        out.write(b"From: a@one.example\r\nTo: b@two.example\r\nSubject: big\r\nMIME-Version: 1.0\r\n"
                  b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                  b"Content-Type: text/plain; charset=utf-8\r\n"
                  b"Content-Disposition: attachment; filename=big.txt\r\n"
                  b"Content-Transfer-Encoding: base64\r\n\r\n")
        block = line * 4096
        while out.tell() < size:
            out.write(block)
        out.write(last + b"--b--\r\n")


def measure(scene, size):
    message, output = scene.dir / "in.eml", scene.dir / "out.eml"
    write_message(message, size)
    config = scene.dir / "config.json"
    settings = config_of("127.0.0.1:25", RULES, tunnel={"max_message_size": 0})
    settings["services"][0]["inspection"] = {"time_budget_ms": 600000}
    config.write_text(json.dumps(settings))
    begin, peak = time.monotonic(), 0
    with open(message, "rb") as stdin, open(output, "wb") as stdout:
        process = subprocess.Popen([CULVERT, "apply", "--config", str(config), "--tunnel", "t"],
                                   stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
        status = pathlib.Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            try:
                for line in status.read_text().splitlines():
                    if line.startswith("RssAnon:"):
                        peak = max(peak, int(line.split()[1]))
            except (FileNotFoundError, ProcessLookupError):
                break
            time.sleep(0.005)
    report = process.stderr.read().decode()
    assert process.wait() == 0, report
    assert output.stat().st_size >= message.stat().st_size
    tail = output.read_bytes()[-200:] if size < 1 << 28 else subprocess.run(
        ["tail", "-c", "200", str(output)], capture_output=True).stdout
    assert base64.b64encode(b"\r\nthe secret-4711 is here\r\n") not in tail, tail
    uses_asan = b"__asan" in pathlib.Path(CULVERT).read_bytes()
    return Peak(peak, time.monotonic() - begin, "Sanitizer build" if uses_asan else "")
