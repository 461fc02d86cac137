#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS from the first byte: Culvert beside HAProxy, which ends TLS and copies bytes, in one interleaved
run. Messages on kept connections, one message a connection with a full handshake, and the same with
resumed sessions; then the memory of idle connections. Prints medians, ratios and CPU.

  BENCH=path/to/kit CULVERT=build/culvert tests/bench/tls.py [--rounds 5] [--seconds 2] [--key ec|rsa]
      [--idle 1000,5000]

The kit's load generator knows STARTTLS only, which HAProxy does not: a copy of it is changed here.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KIT = pathlib.Path(os.environ["BENCH"])
CULVERT = os.environ.get("CULVERT", str(ROOT / "build/culvert"))
SINK_PORT = 2626
HAPROXY_PORT = 2703
WARM_UP = 100  # connections before those that are counted: code and heap come in once

LOADS = {
    "10k-keep": ["-c", "20", "-P", "1", "-s", "10k"],
    "10k-full": ["-c", "20", "-P", "1", "-s", "10k", "-m", "1"],
    "10k-resume": ["-c", "20", "-P", "1", "-s", "10k", "-m", "1", "-R"],
}

# What makes the generator shake hands before the greeting.
CHANGES = [
    ("    c->st = C_BANNER;\n    c->in_use", "    c->st = C_TLS;\n    c->in_use"),
    ("    c->want_out = false;\n    struct epoll_event e = {.events = EPOLLIN,",
     "    c->ssl = SSL_new(ctx);\n    SSL_set_fd(c->ssl, c->fd);\n    SSL_set_connect_state(c->ssl);\n"
     "    if (resume && sess) SSL_set_session(c->ssl, sess);\n"
     "    c->want_out = true;\n    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT,"),
    ('            c->st = C_EHLO;\n            ctl(c, false);\n'
     '            cmd_add(c, "EHLO load.bench.invalid\\r\\n");\n'
     '            if (pump(c)) again(c, true);\n            return;\n',
     '            c->st = C_BANNER;\n            ctl(c, false);\n            return;\n'),
]


def generator(folder):
    """The kit's generator with TLS from the first byte."""
    source = (KIT / "src/smtpload.c").read_text()
    for before, after in CHANGES:
        if before not in source:
            sys.exit("the kit's generator has changed: " + before)
        source = source.replace(before, after, 1)
    (folder / "smtpload.c").write_text(source)
    shutil.copy(KIT / "src/common.h", folder)
    subprocess.run(["gcc", "-O2", "-march=native", "-o", folder / "smtpload", folder / "smtpload.c",
                    "-lssl", "-lcrypto", "-lpthread"], check=True)
    return str(folder / "smtpload")


def certificate(folder, kind):
    key = ["-newkey", "rsa:2048"] if kind == "rsa" else ["-newkey", "ec", "-pkeyopt",
                                                        "ec_paramgen_curve:P-256"]
    subprocess.run(["openssl", "req", "-x509", *key, "-nodes", "-days", "30", "-subj",
                    "/CN=bench.example", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout",
                    folder / "key.pem", "-out", folder / "cert.pem"], check=True,
                   stderr=subprocess.DEVNULL)
    both = folder / "both.pem"
    both.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())


def start_culvert(folder):
    config = json.loads((ROOT / "config/examples/bench.json").read_text())
    config.pop("$schema", None)
    config["tunnels"][0].update(port=0, tls_mode="implicit", certificate="cert.pem",
                                certificate_key="key.pem")
    (folder / "culvert.json").write_text(json.dumps(config))
    log = open(folder / "culvert.log", "w")
    process = subprocess.Popen([CULVERT, "run", "--config", folder / "culvert.json"], stderr=log)
    for _ in range(100):
        found = re.search(r"culvert ready tunnel=\S+ address=(\S+)",
                          (folder / "culvert.log").read_text())
        if found:
            return process, found.group(1)
        time.sleep(0.1)
    sys.exit((folder / "culvert.log").read_text())


def start_haproxy(folder):
    (folder / "haproxy.cfg").write_text(f"""global
    maxconn 9900
    nbthread {os.cpu_count()}
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode tcp
    timeout connect 5s
    timeout client 300s
    timeout server 300s
frontend smtps
    bind 127.0.0.1:{HAPROXY_PORT} ssl crt {folder}/both.pem
    default_backend sink
backend sink
    server sink 127.0.0.1:{SINK_PORT}
""")
    process = subprocess.Popen(["haproxy", "-db", "-f", folder / "haproxy.cfg"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    return process, f"127.0.0.1:{HAPROXY_PORT}"


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss_kb(process):
    for line in pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def one_run(load, peer, options, seconds):
    process, address = peer
    before = cpu_seconds(process)
    line = subprocess.run([load, "-t", address, "-k", f"127.0.0.1:{SINK_PORT}", "-S", "-T",
                           str(seconds), *options], capture_output=True, text=True,
                          check=False).stdout
    values = dict(re.findall(r"(\w+)=(\S+)", line))
    if values.get("intact") != "yes" or int(values["errs"]) + int(values["connerrs"]) > 0:
        sys.exit("not intact: " + line)
    messages = max(int(values["msgs"]), 1)
    return float(values["mps"]), (cpu_seconds(process) - before) / messages * 1e6


def idle(load, peer, count):
    process, address = peer
    before = pss_kb(process)
    holder = subprocess.Popen([load, "-t", address, "-S", "-I", str(count), "-H", "120"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    ready = holder.stdout.readline()
    time.sleep(1)
    cost = (pss_kb(process) - before) / count
    holder.stdin.close()
    holder.wait()
    time.sleep(1)
    return cost, ready.strip()


def measure(load, peers, options):
    results = {name: {peer: [] for peer in peers} for name in LOADS}
    for turn in range(options.rounds):
        for name, arguments in LOADS.items():
            order = list(peers) if turn % 2 == 0 else list(peers)[::-1]
            for peer in order:
                results[name][peer].append(one_run(load, peers[peer], arguments, options.seconds))
    print("load\tpeer\tmsg_s\tratio\tratio_min\tratio_max\tcpu_us")
    for name, by_peer in results.items():
        base = [run[0] for run in by_peer["haproxy-tls"]]
        for peer, runs in by_peer.items():
            ratios = [run[0] / other for run, other in zip(runs, base)]
            print(f"{name}\t{peer}\t{statistics.median(run[0] for run in runs):.0f}\t"
                  f"{statistics.median(ratios):.2f}\t{min(ratios):.2f}\t{max(ratios):.2f}\t"
                  f"{statistics.median(run[1] for run in runs):.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--key", choices=["ec", "rsa"], default="ec")
    parser.add_argument("--idle", default="1000,5000")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        load = generator(folder)
        certificate(folder, options.key)
        sink = subprocess.Popen([KIT / "build/smtpsink", "-l", f"127.0.0.1:{SINK_PORT}", "-j", "1"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peers = {"haproxy-tls": start_haproxy(folder), "culvert": start_culvert(folder)}
        try:
            for count in [int(word) for word in options.idle.split(",") if word]:
                for peer in peers:
                    idle(load, peers[peer], WARM_UP)
                    cost, ready = idle(load, peers[peer], count)
                    print(f"idle {count} {peer}: {cost:.1f} KB each (PSS) {ready}", flush=True)
            measure(load, peers, options)
        finally:
            for process in [sink] + [peer[0] for peer in peers.values()]:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    main()
