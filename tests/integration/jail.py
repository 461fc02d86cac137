# SPDX-License-Identifier: Apache-2.0
"""A folder that a daemon takes for the whole machine (chroot): its program, the libraries it needs,
its users. For mail servers with fixed paths which no package manager lets live beside Postfix. Needs
root, but no mount and no namespace, so it works in a container, too.
"""
import os
import pathlib
import re
import shutil
import stat
import subprocess


def cache():
    """Where scripts/setup unpacks them: a folder for each version of Debian."""
    base = os.environ.get("CULVERT_CACHE")
    if not base:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        base = os.path.join(home, "culvert")
    release = dict(line.split("=", 1) for line in
                   pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return pathlib.Path(base) / f"mta-{release['VERSION_ID'].strip(chr(34))}"


def libraries(program):
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and "not found" not in done.stdout, done.stdout + done.stderr
    return re.findall(r"(/\S+) \(0x", done.stdout)


class Jail:
    """`users`: name -> (uid, home)."""

    def __init__(self, root, package, programs, users):
        self.root = root
        unpacked = cache() / package
        for folder in ("dev", "etc", "run", "tmp", "var/spool", "var/lib", "var/log"):
            (root / folder).mkdir(parents=True)
        (root / "tmp").chmod(0o1777)
        (root / "var/run").symlink_to("../run")
        for name, minor in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
            os.mknod(root / "dev" / name, stat.S_IFCHR, os.makedev(1, minor))
            (root / "dev" / name).chmod(0o666)
        for program in programs:
            path = unpacked / program
            assert path.exists(), f"no {path}: scripts/setup --test fetches it"
            self.copy(path, program)
            for library in libraries(path):
                if not (root / library[1:]).exists():
                    self.copy(library, library[1:])
        self._write_users({"root": (0, "/"), "nobody": (65534, "/"), **users})
        self.write("etc/hosts", "127.0.0.1 localhost\n")
        self.write("etc/resolv.conf", "nameserver 127.0.0.1\n")

    def _write_users(self, users):
        self.write("etc/passwd", "".join(f"{name}:x:{uid}:{uid}::{home}:/usr/sbin/nologin\n"
                                         for name, (uid, home) in users.items()))
        self.write("etc/group", "".join(f"{name}:x:{uid}:\n" for name, (uid, _) in users.items()))
        self.write("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")
        self.users = users

    def copy(self, source, inside):
        target = self.root / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        return target

    def write(self, inside, text, mode=0o644):
        path = self.root / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def folder(self, inside, owner="root", mode=0o755):
        path = self.root / inside
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        os.chown(path, self.users[owner][0], self.users[owner][0])
        return path

    def popen(self, command, log):
        """`log`: where its output goes. The child is the daemon itself."""
        with open(log, "ab") as out:
            return subprocess.Popen(["chroot", str(self.root), *command], stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=out, start_new_session=True,
                                    env={"PATH": "/usr/sbin:/usr/bin"})

    def run(self, *command, group="root"):
        """`group`: as if the program were set-gid."""
        gid = self.users[group][0]
        done = subprocess.run(["chroot", str(self.root), *command], capture_output=True, text=True,
                              timeout=60, env={"PATH": "/usr/sbin:/usr/bin"},
                              preexec_fn=lambda: os.setresgid(0, gid, gid))
        return done.returncode, done.stdout + done.stderr
