#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is made from the tables of flags: help, man pages, completions.
bats_require_minimum_version 1.5.0
load helpers

setup() { tmp=$(mktemp -d); }
teardown() { rm -rf "$tmp"; }

@test "help: of all, of a group, of a verb, by every way to ask" {
	[[ $(cor --help) == *'Usage:  coracle [OPTIONS] COMMAND'*'  run '*'--root directory'* ]]
	[ "$(cor help run)" = "$(cor run --help)" ]
	[ "$(cor help container ls)" = "$(cor ps -h)" ]
	[[ $(cor image --help) == *'  ls '* ]]
	run cor
	[ "$status" = 1 ]
	[[ $(cor run --help) == *'-m, --memory bytes'*'refused by name here'*'--link'* ]]
	[[ $(cor run -h 2>&1 || true) == *'flag needs an argument'* ]] # its -h is --hostname
}

@test "no line of help is wider than a man page's terminal is likely to be" {
	for verb in $(cor help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | grep -v -e container -e image$ -e system); do
		cor help "$verb" >"$tmp/help"
		[ "$(wc -L <"$tmp/help")" -le 120 ] || { echo "$verb: $(wc -L <"$tmp/help")"; false; }
	done
}

@test "man pages: one for each verb, without a complaint of the formatter" {
	cor internal man "$tmp"
	[ -e "$tmp/coracle.1" ]
	[ -e "$tmp/coracle-run.1" ]
	[ ! -e "$tmp/coracle-internal.1" ]
	command -v groff >/dev/null || skip "needs groff"
	for page in "$tmp"/*.1; do
		groff -man -Tutf8 -ww -z "$page" 2>"$tmp/err"
		[ ! -s "$tmp/err" ] || { cat "$tmp/err"; false; }
	done
}

@test "coracle-oci has a man page too, with every verb and flag of its help" {
	local dir page verb flag
	dir=$(dirname "$coracle_exe")
	page=$dir/coracle-oci.1
	for verb in $("$dir/coracle-oci" --help | sed -n '/^Commands/,$s/^  \([a-z]*\) .*/\1/p'); do
		grep -qx ".SS $verb" "$page" || { echo "$verb"; return 1; }
		for flag in $("$dir/coracle-oci" "$verb" --help | grep -o '^  --[a-z-]*'); do
			awk -v verb="$verb" '/^\.S[HS]/ { on = $2 == verb } on' "$page" |
				grep -qF ".B ${flag//-/\\-}" || { echo "$verb $flag"; return 1; }
		done
	done
	grep -qF '.B \-\-log\-format' "$page"
	command -v groff >/dev/null || skip "needs groff"
	groff -man -Tutf8 -ww -z "$page" 2>"$tmp/err"
	[ ! -s "$tmp/err" ] || { cat "$tmp/err"; false; }
}

@test "bash completes verbs, flags and values" {
	cor internal completion bash >"$tmp/complete"
	complete_line() { # complete_line WORD...: what is offered for the last one
		bash -c '. "$1"; shift; coracle() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _coracle; echo "${COMPREPLY[*]}"' \
			- "$tmp/complete" "$@" 2>&1
	}
	[ "$(complete_line coracle re)" = 'rename restart' ]
	[ "$(complete_line coracle container un)" = unpause ]
	[ "$(complete_line coracle run --mem)" = '--memory --memory-reservation --memory-swap --memory-swappiness' ]
	[ "$(complete_line coracle run --network h)" = host ]
	[ "$(complete_line coracle --root /x run --rest)" = --restart ]
	[ "$(complete_line coracle run --heal)" = '' ]
	cor internal completion zsh | head -n 1 | grep -qx '#compdef coracle'
	cor internal completion fish | grep -q "complete -c coracle -n '__coracle_verb run' -l memory -s m"
	run cor internal completion tcsh
	[ "$status" = 1 ]
}
