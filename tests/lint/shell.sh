#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Checks every shell script with shellcheck (bats files aside: bats has its own syntax).
git ls-files | while read -r f; do
	[ -f "$f" ] && head -n 1 "$f" | grep -qE '^#!/bin/(ba)?sh' && echo "$f"
done | xargs shellcheck --severity=error
