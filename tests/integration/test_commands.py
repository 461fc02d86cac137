#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as a user meets it, and every example of the documents."""
import json
import os
import pathlib
import re
import subprocess
import sys

from harness import CULVERT, config_of, run_tests, skip

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def culvert(*arguments, message=b""):
    return subprocess.run([CULVERT, *arguments], input=message, capture_output=True, timeout=120)


def test_version_names_every_library(scene):
    done = culvert("--version")
    assert done.returncode == 0
    for name in (b"culvert ", b"libuv ", b"Jansson ", b"Oniguruma ", b"GMime ", b"GLib ", b"Gumbo ",
                 b"libidn2 ", b"libmicrohttpd ", b"Mbed TLS 3."):
        assert re.search(rb"^" + re.escape(name) + rb"\d?", done.stdout, re.M), (name, done.stdout)


def test_demo_shows_before_and_after(scene):
    done = culvert("demo")
    text = done.stdout.decode()
    assert done.returncode == 0, text + done.stderr.decode()
    left = [line[:60] for line in text.splitlines()]
    right = [line[60:] for line in text.splitlines()]
    assert any("SSN 123-45-6789" in line for line in left)
    assert any("***-**-6789" in line for line in right)
    assert any("**** **** **** 1111" in line for line in right), text
    assert not any("123-45" in line or "4711" in line or "confidential" in line
                   for line in right), text
    assert "X-Culvert-Inspected: true" in text


def test_help_and_usage(scene):
    assert culvert("--help").returncode == 0
    assert culvert().returncode == 2
    usage = culvert("--help").stdout.decode()
    commands = sorted(set(re.findall(r"^  culvert ([a-z]+)", usage, re.M)))
    assert len(commands) > 8, commands
    for command in commands:
        done = culvert(command, "--no-such-option")
        assert done.returncode == 2 and not done.stdout, (command, done)
        said = done.stderr.decode()
        assert said.startswith(f"culvert {command}: ") and "--no-such-option" in said or command == "demo", said
        assert f"usage:\n  culvert {command} " in said, said
        for arguments in (["--help"], ["-h"], ["--config", "x", "--help"]):
            done = culvert(command, *arguments)
            assert done.returncode == 0 and not done.stderr, (command, done)
            own = done.stdout.decode().split("\n", 1)[1]
            assert own.startswith(f"  culvert {command} ") and own in usage, own


def test_every_command_reads_options_alike(scene):
    config = scene.dir / "config.json"
    config.write_text(json.dumps(config_of("127.0.0.1:25")))
    for command in (["check"], ["tunnels"], ["apply", "--tunnel=t"]):
        for form in (["--config", str(config)], [f"--config={config}"]):
            done = culvert(*command, *form, "--node=n", "--label", "l", message=b"From: a@b.c\n\n")
            assert done.returncode == 0, (command, form, done.stderr)
        assert culvert(*command).returncode == 2, command
        assert culvert(*command, "--config").returncode == 2, command
        usage = [l for l in culvert("--help").stdout.decode().splitlines()
                 if l.startswith(f"  culvert {command[0]} ")]
        assert "[--node NAME] [--label L]..." in usage[0], usage


def test_apply_takes_addresses_and_gives_json(scene):
    config = scene.dir / "config.json"
    with_warning = config_of("127.0.0.1:25")
    with_warning["tunnels"].append({**with_warning["tunnels"][0], "name": "unused"})
    config.write_text(json.dumps(with_warning))
    assert b": warning: " in culvert("check", "--config", str(config)).stdout
    apply = ("apply", "--config", str(config), "--tunnel", "t")
    message = b"From: a@one.example\n\n"
    done = culvert(*apply, "--json", "--from", "", "--to", "b@two.example", message=message)
    assert json.loads(done.stderr)["recipients"] == ["b@two.example"], done.stderr
    for option, text in (("--to", "Bob <b@two.example>"), ("--to", "@@"), ("--from", "a b@c.example")):
        done = culvert(*apply, option, text, message=message)
        assert done.returncode == 2 and not done.stdout, done
        assert f'culvert apply: expected an address, got "{text}"'.encode() in done.stderr, done.stderr


def test_every_example_of_the_documents_is_valid(scene):
    """JSON blocks of README.md and config/README.md that are whole configurations, and the files."""
    checked = 0
    for document in (ROOT / "README.md", ROOT / "config" / "README.md"):
        blocks = re.findall(r"<!-- example: (\S+) -->\n```json\n(.*?)```", document.read_text(), re.S)
        for name, text in blocks:
            path = scene.dir / name
            path.write_text(text)
            done = culvert("check", "--config", str(path))
            assert done.returncode == 0, (document, name, done.stdout, done.stderr)
            checked += 1
    for path in sorted((ROOT / "config" / "examples").glob("**/*.json")):
        done = culvert("check", "--config", str(path))
        assert done.returncode == 0, (path, done.stdout, done.stderr)
        checked += 1
    assert checked >= 4, checked


def test_readme_configuration_does_what_it_says(scene):
    text = re.search(r"<!-- example: readme.json -->\n```json\n(.*?)```",
                     (ROOT / "README.md").read_text(), re.S).group(1)
    path = scene.dir / "culvert.json"
    path.write_text(text)
    message = b"From: a@one.example\nTo: b@two.example\nSubject: 123-45-6789\n\ncard 4111 1111 1111 1111\n"
    done = culvert("apply", "--config", str(path), "--tunnel", "outbound", message=message)
    assert done.returncode == 0, done.stderr
    assert b"Subject: ***-**-6789\n" in done.stdout and b"\r" not in done.stdout
    assert b"card **** **** **** 1111\n" in done.stdout
    assert b"X-Culvert-Action: Quarantine\n" in done.stdout
    assert b"123-45" not in done.stderr, "the report on standard error leaks"
    done = culvert("apply", "--config", str(path), "--tunnel", "outbound", "--json", message=message)
    report = json.loads(done.stderr)
    assert report["verdict"] == "deliver", report


def test_the_man_page_names_every_command_and_option(scene):
    page = (ROOT / "engine" / "culvert.8").read_text()
    usage = culvert("--help").stdout.decode()
    for word in re.findall(r"--([a-z]+)", usage):
        assert f"Fl -{word}" in page or word == "help", word
    for command in re.findall(r"^  culvert ([a-z]+)", usage, re.M):
        assert f".Cm {command}" in page, command


def test_it_can_be_installed(scene):
    """With what it reads and what stands beside it; the unit names the program where it will be."""
    build = pathlib.Path(CULVERT).resolve().parent
    if not (build / "cmake_install.cmake").exists():
        skip("this program stands in no build folder")
    done = subprocess.run(["cmake", "--install", str(build), "--prefix", str(scene.dir)],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    program = scene.dir / "sbin" / "culvert"
    listed = subprocess.run([program, "entities"], capture_output=True, timeout=120)
    assert listed.returncode == 0 and listed.stdout.count(b"\n") > 900, listed.stderr
    assert (scene.dir / "share" / "culvert" / "profiles").is_dir()
    assert (scene.dir / "share" / "man" / "man8" / "culvert.8").exists()
    units = scene.dir / "lib" / "systemd" / "system"
    assert re.search(r"^ExecStart=/\S*/sbin/culvert run --config /etc/culvert$",
                     (units / "culvert.service").read_text(), re.M)
    assert (units / "culvert.socket").exists()


def test_apply_spools_where_the_tunnel_says(scene):
    config = scene.dir / "config.json"
    message = b"From: a@one.example\nTo: b@two.example\n\n" + b"0123456789\n" * 20000
    for folder, status in ((scene.dir / "missing", 75), (scene.dir, 0)):
        config.write_text(json.dumps(config_of("127.0.0.1:25", tunnel={
            "message_memory": 65536, "spool_directory": str(folder)})))
        done = culvert("apply", "--config", str(config), "--tunnel", "t", message=message)
        assert done.returncode == status, done.stderr
        assert (b"reply: 452 4.3.1" in done.stderr) == (status == 75), done.stderr


def test_apply_keeps_to_its_memory(scene):
    """64 MiB here (1 GiB in slow_apply.py): what is not file pages stays small."""
    from apply_memory import measure
    peak = measure(scene, 64 << 20)
    assert peak.anonymous_kib < 60 << 10, peak  # not even once in memory, also in a build with sanitizers


if __name__ == "__main__":
    os.environ.pop("TMPDIR", None)
    run_tests(sys.modules[__name__])
