#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that includes point downward: a layer may include itself and the layers below it.

Usage: layers.py SOURCE-ROOT. Prints each include that does not, and exits 1.
"""
import pathlib
import re
import sys

# What each top folder of src/ may include besides itself.
ALLOWED = {
    "base": set(),
    "linux": {"base"},
    "oci": {"base", "linux"},
    "monitor": {"base", "linux"},
    "init": {"base", "linux"},
    "runtime": {"base", "linux", "oci"},
    "archive": {"base", "linux", "oci"},
    "engine": {"base", "linux", "oci", "runtime", "archive", "monitor"},
    "netd": {"base", "linux", "oci", "runtime", "engine"},
    "ocicli": {"base", "linux", "oci", "runtime"},
    "cli": {"base", "linux", "oci", "runtime", "engine", "monitor"},
    "cmd": {"base", "linux", "oci", "runtime", "archive", "engine", "cli", "netd", "ocicli", "monitor",
            "init"},
}
# The monitor links no library: what needs jansson is not for it, nor for the programs below it.
NO_JSON = {"linux", "monitor", "init"}
# Of the monitor's headers, upper layers may use only those that describe its interfaces.
MONITOR_PUBLIC = {"monitor/protocol.h", "monitor/record.h", "monitor/args.h", "monitor/progress.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def problems(root):
    for path in sorted(root.rglob("*.[ch]")):
        name = path.relative_to(root).as_posix()
        layer = name.split("/")[0]
        if layer not in ALLOWED:
            yield f"{name}: folder '{layer}' is no layer"
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            target = found.group(1)
            if "/" not in target:
                yield f"{name}:{number}: \"{target}\" is not written with its folder"
                continue
            if not (root / target).exists():
                yield f"{name}:{number}: \"{target}\" does not exist"
                continue
            below = target.split("/")[0]
            if below != layer and below not in ALLOWED[layer]:
                yield f"{name}:{number}: {layer}/ must not include \"{target}\""
            if layer in NO_JSON and target == "base/json.h":
                yield f"{name}:{number}: {layer}/ must not need jansson"
            if below == "monitor" and layer not in ("monitor", "cmd") and target not in MONITOR_PUBLIC:
                yield f"{name}:{number}: \"{target}\" is private to the monitor"


found = list(problems(pathlib.Path(sys.argv[1])))
print("\n".join(found))
sys.exit(1 if found else 0)
