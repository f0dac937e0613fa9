#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# README.md and README.zh-CN.md have the same headings and the same commands, in the same order.
shape() { awk '/^```/ {code = !code; print "```"; next} code {sub(/ *#.*/, ""); print; next} /^#+ / {print $1}' "$1"; }
diff <(shape README.md) <(shape README.zh-CN.md)
