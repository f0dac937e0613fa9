#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Prints what tests must leave as they found it: routes, rules, interfaces, firewall, mounts, our
# cgroups, our processes and run directories. ./check compares before and after.
echo "# interfaces"; ip -o link show | sed 's/ \(mtu\|qdisc\|state\) .*//'
echo "# addresses"; ip -o addr show | awk '{print $2, $3, $4}'
echo "# routes"; ip route show table all; ip -6 route show table all | sed 's/ expires [^ ]*//'
echo "# rules"; ip rule show
echo "# firewall"; nft list ruleset 2>/dev/null | sed 's/packets [0-9]* bytes [0-9]*//'
echo "# mounts"; sed -E 's/^[0-9]+ [0-9]+ //' /proc/self/mountinfo | sort
echo "# groups"; find /sys/fs/cgroup -type d -path '*coracle*' 2>/dev/null | sort
echo "# processes"; pgrep -l '^coracle' | awk '{print $2}' | sort
echo "# run directories"; ls -d /run/coracle* 2>/dev/null
exit 0
