#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every C file is as clang-format (Debian 12's, 14) would write it.
git ls-files '*.c' '*.h' | grep -v '^tests/data/' | xargs clang-format --dry-run -Werror
