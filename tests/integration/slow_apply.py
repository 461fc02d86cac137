#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""1 GiB through `culvert apply`: less than 128 MiB that is not file pages."""
import sys

from apply_memory import measure
from harness import Scene

with Scene("apply") as scene:
    peak = measure(scene, int(sys.argv[1]) if len(sys.argv) > 1 else 1 << 30)
    print(peak)
    assert peak.anonymous_kib < 128 << 10, peak
