#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# coracle-oci(1) out of what the program says of itself: man/coracle-oci.sh PROGRAM VERSION
program=$1

# Words as roff wants them; a line of options becomes a tag.
to_roff() {
	awk '
	{ gsub(/\\/, "\\e"); gsub(/-/, "\\-") }
	/^Usage: / { sub(/^Usage: /, ""); print ".B " $1; sub(/^[^ ]* /, ""); print; next }
	/^(Options|Commands):$/ { next }
	/^  \\-/ && /   / {  # a global option, its text in the same line
		sub(/^  /, ""); at = match($0, /   */)
		print ".TP\n.B " substr($0, 1, at - 1); print substr($0, at + RLENGTH); next
	}
	/^  \\-/ { sub(/^  /, ""); print ".TP\n.B " $0; next }
	/^        / { sub(/^ */, ""); print; next }
	/^  [a-z]/ { name = $1; sub(/^ *[^ ]* */, ""); print ".TP\n.B " name; print; next }
	/^$/ { print ".PP"; next }
	{ print }'
}

cat <<EOF
.TH CORACLE\-OCI 1 "" "Coracle $2" "Coracle"
.SH NAME
coracle\-oci \- the OCI runtime command line of Coracle
.SH SYNOPSIS
EOF
"$program" --help | sed -n '/^Usage/p' | to_roff
cat <<EOF
.SH DESCRIPTION
Makes containers out of OCI bundles, in the syntax of runc, for container engines that call such a program.
.SH OPTIONS
EOF
"$program" --help | sed -n '/^  -/p' | to_roff
echo .SH COMMANDS
for verb in $("$program" --help | sed -n '/^Commands/,$s/^  \([a-z]*\) .*/\1/p'); do
	printf '.SS %s\n' "$verb"
	"$program" "$verb" --help | sed 's/^\(Usage: [^ ]*\) \[global options\]/\1/' |
		awk '/^Options:/ { exit } NF' | to_roff | sed '2a .PP'
	"$program" "$verb" --help | sed '1,/^Options:/d' | to_roff
done
cat <<EOF
.SH EXIT STATUS
0 for success and 1 for a failure; run and exec: the process's own, and exec 255 for a failure.
.SH SEE ALSO
.BR coracle (1)
EOF
