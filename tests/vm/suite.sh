#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# suite.sh LAYOUT [smoke]: the bats suite in a virtual machine with that cgroup layout (v2: Linux 6.12,
# hybrid and v1: 6.1), as TAP; with `smoke` only the tests tagged so by their file, tests/vm/smoke.
set -u
layout=$1 selection=${2:-all}
top=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
cd "$top" || exit 1
if [ "$selection" = smoke ]; then
	mapfile -t files < <(grep -v '^#' tests/vm/smoke)
else
	mapfile -t files < <(ls tests/cli/*.bats tests/runtime/*.bats)
fi
export CORACLE_SOURCE=$top CORACLE_BUILD=$top/build CORACLE_IN_VM=1
exec tests/vm/run --cgroup "$layout" --timeout "${VM_TIMEOUT:-1500}" -- bats --tap "${files[@]}"
