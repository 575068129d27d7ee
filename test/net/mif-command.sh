#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The command mif on the lab's host, as an ordinary user: over the engine in its own process, then
# over mifd.
#
# usage: mif-command.sh MIF MIFD LIBMIF LIBMIF-ENGINE
set -uo pipefail

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
lab=$here/../lab/lab
LAB_NAME=${LAB_NAME:-mif-command-$(cksum <<<"$here" | cut -d' ' -f1)}
export LAB_NAME
built=("$@")
bin=

# --- the protocol ---

count=0
failures=0

# ok DESCRIPTION CMD...: CMD succeeds.
ok() {
	local description=$1

	shift
	if "$@"; then
		echo "ok $((++count)) - $description"
	else
		echo "not ok $((++count)) - $description"
		failures=$((failures + 1))
		tell
		return 1
	fi
}

# is DESCRIPTION EXPECTED GOT
is() {
	ok "$1" test "$3" = "$2" || printf '# expected: %s\n# got:      %s\n' "$2" "$3"
}

# has DESCRIPTION PATTERN: what the last mif printed has a line like this.
has() {
	ok "$1" grep -Eq -- "$2" <<<"$output"
}

# What the last mif did.
tell() {
	printf '# mif ended with %s\n' "$status"
	printf '# out: %s\n' "${output//$'\n'/$'\n# out: '}"
	printf '# err: %s\n' "${complaint//$'\n'/$'\n# err: '}"
}

# Up to twenty seconds for CMD to succeed.
soon() {
	local tries

	for ((tries = 0; tries < 200; tries++)); do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

# --- running mif ---

# The build tree may be closed to other users.
install_copy() {
	bin=$("$lab" dir)/bin
	mkdir -p "$bin"
	cp -L -- "${built[@]}" "$bin"
	cp -L -- "${built[2]}" "$bin/libmif.so.0"
	cp -L -- "${built[3]}" "$bin/libmif-engine.so.0"
	chmod -R a+rX "$bin"
}

as_user() {
	"$lab" host setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
		env LD_LIBRARY_PATH="$bin" MIF_CONFIG="${config:-$("$lab" conf)}" MIF_SOCKET="$bin/socket" "$@"
}

# mif ARGUMENT...: sets status, output and complaint.
mif() {
	output=$(as_user "$bin/mif" "$@" 2>"$bin/complaint" </dev/null)
	status=$?
	complaint=$(<"$bin/complaint")
}

# python EXPRESSION: about d, the JSON that mif printed last, or about l, its lines.
python() {
	/usr/bin/python3 -c '
import json, sys
text = sys.stdin.read()
try:
    d = json.loads(text)
except ValueError:
    d = None
try:
    l = [json.loads(line) for line in text.splitlines()]
except ValueError:
    l = None
print(eval(sys.argv[1]))' "$1" <<<"$output" 2>&1
}

readonly domains='[p for i in d["interfaces"] for p in i["pvds"]]'

domain_names() {
	python "' '.join(sorted(p['name'] for p in $domains))"
}

domains_are() {
	mif status --json
	[[ $(domain_names) == "$1" ]]
}

# --- the checks ---

check_status_alone() {
	ok "M10: mif: status shows two IPv4 domains and one IPv6 domain a link, unprivileged" \
		soon domains_are "h1:10.11.0.0/24 h1:fe80::11:1 h2:10.22.0.0/24 $(alone_on_h2)"
	is "mif: ... told by the engine in the process" "0 engine" "$status $(python 'd["host"]')"
	is "M18: mif: ... three IPv6 addresses, whose lifetimes end" 3 \
		"$(python "sum(a['valid_until'] is not None for p in $domains for a in p['addresses'])")"
	mif status
	has "mif: ... and as text" "^interface [0-9]+  h1"
	has "mif: ... with addresses and lifetimes" "address +10.11.0.50/24 +valid for ever"
	mif -D status
	is "mif: no daemon: 3" 3 "$status"
	ok "mif: ... and a sentence" grep -q "no daemon answers" <<<"$complaint"
}

# A plain host: nothing is configured but what the host's own resolver uses.
check_resolve_alone() {
	local config=/nonexistent

	mif --engine resolve www.example
	is "M21 M23: mif: without a daemon and mifd.conf, resolv.conf's server answers, in its domain" \
		"0 198.51.100.11 2001:db8:ffff::11" "$status $(answers h1:10.11.0.0/24)"
	has "M21: mif: ... and of no other one" "h2:10.22.0.0/24 .*no DNS server"
	mif --engine --json status
	is "M21: mif: ... which is told as of a means unknown" "10.11.0.1 static" \
		"$(python "[x['address'] + ' ' + x['origin'] for p in $domains for x in p['data']
			if x['information'] == 'dns-servers' and p['name'] == 'h1:10.11.0.0/24'][0]")"
}

# What rtnetlink alone tells of a link with two routers: whose addresses they are, it does not.
alone_on_h2() {
	mif status --json
	python "[p['name'] for p in $domains if p['name'][:3] == 'h2:' and p['family'] == 'ipv6'][0]"
}

start_mifd() {
	"$lab" host env LD_LIBRARY_PATH="$bin" "$bin/mifd" -f "$("$lab" conf)" -s "$bin/socket" \
		>"$bin/mifd.log" 2>&1 &
	disown
	soon test -S "$bin/socket"
}

check_status() {
	ok "M10: mif: status shows two IPv4 and three IPv6 domains over mifd" soon domains_are \
		"h1:10.11.0.0/24 h1:fe80::11:1 h2:10.22.0.0/24 pvd.three.example pvd.two.example"
	is "mif: ... told by the daemon" daemon "$(python 'd["host"]')"
	is "M21: mif: ... each with its own DNS server" \
		"10.11.0.1 10.22.0.1 2001:db8:11::1 2001:db8:2a::1 2001:db8:2b::1" \
		"$(python "' '.join(sorted(x['address'] for p in $domains for x in p['data']
			if x['information'] == 'dns-servers'))")"
	is "mif: ... no counters" False "$(python '"counters" in d')"
	mif --verbose --json status
	is "mif: ... unless asked for" True "$(python 'len(d["counters"]) > 10')"
	mif status --engine --json
	is "mif: --engine is heeded, daemon or not" engine "$(python 'd["host"]')"
}

# answers DOMAIN: what it said, in order.
answers() {
	grep -E " $1 .*ttl" <<<"$output" | awk '{ print $4 }' | sort | xargs
}

check_resolve() {
	local line

	mif resolve www.example
	is "M23 M25: mif: resolve: r1's answers" "198.51.100.11 2001:db8:ffff::11" \
		"$(answers h1:10.11.0.0/24)"
	is "M23 M25: mif: ... r2a's" "198.51.100.42 2001:db8:ffff::2a" "$(answers pvd.two.example)"
	is "M23 M25: mif: ... r2b's" "2001:db8:ffff::2b" "$(answers pvd.three.example)"
	is "mif: ... and of each domain how it ended" "0 5" "$status $(grep -c "done$" <<<"$output")"
	mif resolve only.two.example
	has "mif: a name that one network knows: found" "pvd.two.example .* 2001:db8:ffff::1 "
	has "mif: ... and elsewhere unknown" "h1:10.11.0.0/24 .* does not exist"
	is "mif: ... which is success" 0 "$status"
	mif resolve nowhere.one.example
	is "mif: a name that nobody knows: 1" 1 "$status"
	ok "mif: ... and a sentence" grep -q "nothing from 5 provisioning domains" <<<"$complaint"
	mif resolve www.example -4 -p h2:10.22.0.0/24 --json
	is "mif: --pvd and --ipv4 restrict; each line is an object" \
		"0 [('name_translation', '198.51.100.42'), ('name_translation_done', None)]" \
		"$status $(python "[(x['message'], x.get('address')) for x in l]")"
	mif resolve nowhere.example -p h2:10.22.0.0/24 --json
	is "mif: ... and names its domain, whatever it says" \
		"1 [('h2:10.22.0.0/24', True, 0)]" \
		"$status $(python "[(x['pvd_name'], x['pvd'] > 0, x['zone_pvd']) for x in l]")"
	mif connect 'no name' 7
	ok "mif: what is no name was asked for nowhere, and that is said" \
		grep -Eq "^mif: no name port 7: no name of a host in h1:10.11.0.0/24; " <<<"$complaint"
	mif explain same.example --json -i lo
	is "mif: ... as explain says why nothing would be tried, in JSON as well" \
		"1 same.example port 443: no provisioning domain that is allowed" "$status $(python 'd["nothing"]')"
	mif connect ::ffff:198.51.100.1 7 -i h2
	is "mif: an IPv4 address in an IPv6 one is connected to" "0 10.22.0.50" "$status $output"
	mif paths auto 1234abcd
	is "mif: a connection that is not there is named" "1 1234abcd" \
		"$status $(grep -o "1234abcd" <<<"$complaint")"
	mif resolve service.example --service https -p h1:10.11.0.0/24
	has "M25: mif: --service: the service records of a name" \
		" 1 service.example port 8443 alpn h2  ttl [0-9]+ s, dns"
	mif resolve www.example -p nonesuch
	is "mif: no such domain: 1" 1 "$status"
	ok "mif: ... and a list of those there are" \
		grep -Eq "nonesuch, there are: .*h1:10.11.0.0/24 \([0-9]+\)" <<<"$complaint"
}

check_connect() {
	local path

	for path in "h1:10.11.0.0/24 10.11.0.50" "h2:10.22.0.0/24 10.22.0.50" \
		"h1:fe80::11:1 2001:db8:11::ff:fe00:1110" \
		"pvd.two.example 2001:db8:2a::ff:fe00:2210"; do
		mif connect same.example 7 --pvd "${path% *}"
		is "M26: mif: connect through ${path% *}: the server sees ${path#* }" "0 ${path#* }" \
			"$status $output"
	done
	output=$(printf 'GET / HTTP/1.0\r\n\r\n' | as_user "$bin/mif" connect www.example http \
		2>"$bin/complaint")
	has "M30: mif: connect relays a request and its answer" "^HTTP/1.0 200"
	is "mif: ... and says nothing else" "" "$(<"$bin/complaint")"
}

# The preferred domain's router is dead, and nobody has noticed.
check_failure() {
	"$lab" kill r1
	"$lab" host curl --silent --max-time 3 http://www.example/ >/dev/null
	is "mif: r1 killed: curl gives up" 28 $?
	mif connect -vt www.example 7
	ok "M30: mif: ... connect does not" test "$status" = 0
	has "M30: mif: ... through the other link, as the server sees" \
		"^(10.22.0.50|2001:db8:2a::ff:fe00:2210)$"
	ok "mif: ... each attempt is told" grep -Eq "#1 .*: connected|#1 .*: begins" <<<"$complaint"
	ok "mif: ... and drawn" grep -Eq "^(h2:10.22|pvd.two).*\|.*\*.*\| connected$" <<<"$complaint"
	mif connect -z --json 198.51.100.1 7
	is "M30: mif: ... an address that needs no DNS, too, after the dead way was tried" \
		"0 connected 10.22.0.50" \
		"$status $(python "l[-1]['message'] + ' ' + l[-1]['source'].split(':')[0]")"
	is "mif: ... the attempts before it are told" True \
		"$(python "len(l) >= 4 and all(x['message'] == 'attempt' for x in l[:-1])")"
	mif explain www.example 7
	ok "M30: mif: explain tells what each domain's DNS says" test "$(grep -c 'from dns' <<<"$output")" -ge 4
	has "M30: mif: ... what would be tried, and why" '^ +250 ms  #2 through .* to .*:7: it has less in common'
	mif explain www.example 7 --try --json
	is "M30: mif: ... and, as JSON, what happened" "0 true" \
		"$status $(/usr/bin/python3 -c 'import json, sys
told = json.loads(sys.argv[1])
print(str(bool(told["planned"] and told["tried"]) and told["end"]["message"] == "connected").lower())' "$output")"
	"$lab" kill r2a
	"$lab" kill r2b
	mif connect -w 1 www.example 7
	is "M29: mif: all killed: 1" 1 "$status"
	ok "mif: ... and a sentence that names what was tried" \
		grep -Eq "www.example port 7: .*h1:10.11.0.0/24" <<<"$complaint"
	"$lab" revive r1
	"$lab" revive r2a
	"$lab" revive r2b
}

monitor_says() {
	grep -Eq "$1" "$bin/monitor"
}

check_monitor() {
	local pid

	: >"$bin/monitor"
	# shellcheck disable=SC2016
	as_user sh -c 'echo $$; exec "$0" monitor' "$bin/mif" >"$bin/monitor" 2>&1 &
	pid=$!
	ok "M4 M8: mif: monitor announces what there is" soon monitor_says \
		"^[0-9:.]+ pvd .*name=h2:10.22.0.0/24"
	ip -n "$LAB_NAME-h" link add h3 type veth peer name p-h3 netns "$LAB_NAME-sw"
	ip -n "$LAB_NAME-sw" link set p-h3 up
	ip -n "$LAB_NAME-h" address add 10.33.0.50/24 dev h3
	ip -n "$LAB_NAME-h" link set h3 up
	ok "M4 M8 M17: mif: ... and a new link, its domain and its address" \
		soon monitor_says "address .*address=10.33.0.50"
	ip -n "$LAB_NAME-h" link delete h3
	ok "M7: mif: ... and that it is gone" soon monitor_says " no_interface "
	ok "M12: mif: ... children first" grep -Eqx "((no_address |no_element )+no_pvd )+no_interface" \
		<<<"$(awk '$2 ~ /^no_/ { print $2 }' "$bin/monitor" | xargs)"
	kill -INT "$(head -n 1 "$bin/monitor")"
	wait $pid
	is "mif: ... until it is interrupted" 0 $?
	# A reader that leaves when nothing more comes: nothing is written to it that would tell.
	# shellcheck disable=SC2016
	as_user sh -c '{ timeout 20 "$0" monitor; echo $? >&2; } | timeout 1 cat' "$bin/mif" \
		>/dev/null 2>"$bin/monitor"
	is "mif: ... or nobody reads it any more" yes "$(grep -q 124 "$bin/monitor" || echo yes)"
}

# Standard descriptors that are missing, or lead nowhere. The status that mif ends with.
ends_with() { # REDIRECTION ARGUMENT...
	local redirection=$1

	shift
	as_user bash -c "timeout 20 \"\$0\" \"\$@\" $redirection" "$bin/mif" "$@" 2>"$bin/complaint" </dev/null
	status=$?
	complaint=$(<"$bin/complaint")
}

check_descriptors() {
	local command

	for command in "status" "status --json" "resolve www.example" "monitor" "explain same.example" "--version" "--help"; do
		# shellcheck disable=SC2086
		ends_with '>&-' $command
		is "mif: standard output is closed: 'mif $command' says so, and ends with 1" "1 yes" \
			"$status $(grep -q "cannot write to standard output" <<<"$complaint" && echo yes)"
		# shellcheck disable=SC2086
		ends_with '>/dev/full' $command
		is "mif: ... or full" "1 yes" \
			"$status $(grep -q "cannot write to standard output" <<<"$complaint" && echo yes)"
	done
	ends_with '<&-' connect same.example 7 >"$bin/said"
	is "mif: a closed standard input is an empty one" "0 1" \
		"$status $(grep -Ecx "10.11.0.50|2001:db8:11::ff:fe00:1110" "$bin/said")"
	ends_with '>&- 2>&- <&-' connect same.example 7
	is "mif: without any, connect fails as any other program" 1 "$status"
}

check_usage() {
	local line

	for line in "" "stat" "status x" "resolve" "connect www.example" "connect www.example 0" \
		"connect www.example no-such-service" "resolve --bogus x" "status -z" "-D -E status" \
		"resolve x -w never" "resolve x --pvd" "connect 0.0.0.0 80" "connect ff02::1 80" "explain - 80" \
		"connect -4 2001:db8::1 80" "explain -6 192.0.2.1" "resolve -s HTTPS x" "resolve -s : x" "run" \
		"paths -I 5" "paths add 12345678" "paths -I 5 auto 12345678" "paths auto zz" "link up h1 -n"; do
		# shellcheck disable=SC2086
		mif $line
		is "mif: wrong: 'mif $line': 2, a sentence and nothing else" "2 yes " \
			"$status ${complaint:+yes} $output"
	done
	mif resolve ''
	is "mif: a word without anything is named" 'mif: "": not a name' "$complaint"
	mif --help
	has "mif: --help" "^usage: mif"
	mif connect --version
	has "mif: --version" "^mif [0-9]"
}

main() {
	local reason

	if ! reason=$("$lab" check 2>&1); then
		echo "1..0 # SKIP ${reason#lab: }"
		return
	fi
	eval "$("$lab" trap)"
	output='' complaint='' status=''
	ok "mif: the lab is up" "$lab" up
	"$lab" wait && install_copy
	check_usage
	check_status_alone
	check_resolve_alone
	ok "mif: mifd is up" start_mifd
	check_status
	check_resolve
	check_connect
	check_descriptors
	check_monitor
	check_failure
	echo "1..$count"
	return $((failures > 0))
}

main
