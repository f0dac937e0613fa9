#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# needed.sh BUILD-DIR: each program on the hot path needs only the libraries that the design allows.
set -u
build=$1 bad=0
allow() { # allow PROGRAM "LIBRARY-PREFIX..."
	local program=$build/src/cmd/$1 allowed=" $2 " lib
	[ -x "$program" ] || { echo "$program: not built"; bad=1; return; }
	for lib in $(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		case $allowed in *" ${lib%%.so*} "*) ;; *) echo "$1 needs $lib"; bad=1 ;; esac
	done
}
# Nothing at all where they are static, as they are unless configured with -Dstatic=false.
allow coracle "libc libjansson libsqlite3 libseccomp ld-linux-x86-64 ld-linux-aarch64"
allow coracle-oci "libc libjansson libseccomp ld-linux-x86-64 ld-linux-aarch64"
allow coracle-netd "libc libjansson libsqlite3 libseccomp libldns libm ld-linux-x86-64 ld-linux-aarch64"
allow coracle-monitor ""
allow coracle-init ""
exit $bad
