#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""200 reloads with changing certificates under load, by SIGHUP and by changed files in turn: no
connection fails, each sees the old or the new certificate. slow_tls_reload.py [COUNT]"""
import functools
import sys

from harness import Scene
from tls_load import reload_under_load

if __name__ == "__main__":
    with Scene("tls-reload") as scene:
        reload_under_load(scene, int(sys.argv[1]) if len(sys.argv) > 1 else 200,
                          report=functools.partial(print, flush=True))
