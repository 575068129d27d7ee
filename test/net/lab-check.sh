#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The lab itself: what other tests take for granted when they run in it. One lab per checkout, so
# that two checkouts can be tested at once and a killed run is cleaned up by the next one.
set -uo pipefail

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
tools=$here/../lab
lab=$tools/lab
LAB_NAME=${LAB_NAME:-lab-check-$(cksum <<<"$here" | cut -d' ' -f1)}
export LAB_NAME
state=${XDG_RUNTIME_DIR:-/run}/mif-lab/$LAB_NAME

readonly sources=("h1 10.11.0.50 198.51.100.1" "h2 10.22.0.50 198.51.100.1"
	"h1 2001:db8:11::ff:fe00:1110 2001:db8:ffff::1" "h2 2001:db8:2a::ff:fe00:2210 2001:db8:ffff::1")
readonly foreign=2001:db8:2b::ff:fe00:2210 # its packets go to r2a, the better router of that link

# --- the protocol ---

count=0
failures=0

# ok DESCRIPTION CMD...: CMD succeeds.
ok() {
	local description=$1

	shift
	if "$@"; then
		echo "ok $((++count)) - lab: $description"
	else
		echo "not ok $((++count)) - lab: $description"
		failures=$((failures + 1))
	fi
}

# is DESCRIPTION EXPECTED CMD...: what CMD prints.
is() {
	local got

	got=$("${@:3}" 2>&1)
	if ! ok "$1" test "$got" = "$2" || [[ $got != "$2" ]]; then
		printf '# expected: %s\n# got:      %s\n' "${2//$'\n'/ | }" "${got//$'\n'/ | }"
	fi
}

not() {
	! "$@"
}

quietly() {
	"$@" >/dev/null 2>&1
}

# Up to twenty seconds for CMD to succeed.
soon() {
	local tries

	for ((tries = 0; tries < 400; tries++)); do
		! "$@" || return 0
		sleep 0.05
	done
	return 1
}

# --- asking ---

# Whoever waits for an answer is patient; whoever waits for none says so.

dns() {
	"$lab" host "$tools/ask-dns" --timeout "${patience:-20}" "$@"
}

# peer DEVICE SOURCE ADDRESS [PORT]
peer() {
	"$lab" host "$tools/ask-peer" --timeout "${patience:-20}" --device "$1" --source "$2" "${@:3}"
}

global_addresses() {
	ip -n "$LAB_NAME-h" -o "$1" address show scope global -tentative | wc -l
}

default_routers() {
	"$lab" host ip -6 route show default | awk '{ print $3 }' | sort | xargs
}

default_routers_are() {
	[[ $(default_routers) == "$1" ]]
}

carrier_is() {
	[[ $("$lab" host cat /sys/class/net/h1/carrier) == "$1" ]]
}

namespaces() {
	# ip(8) complains when somebody else's namespace goes while it looks.
	find /run/netns -mindepth 1 -printf '%f\n' | grep -Ex "$LAB_NAME-(h|sw|r1|r2a|r2b|w)"
}

processes() {
	local namespace

	for namespace in $(namespaces); do
		ip netns pids "$namespace"
	done
}

# Dead processes may stay in the table until somebody asks for their status.
lives() {
	[[ -e /proc/$1/stat && $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) != [ZX]* ]]
}

# left PID...: what is still there of a lab with these processes. A process that ends leaves its network first,
# and only then the table.
left() {
	local pid

	namespaces
	[[ ! -e $state ]] || echo "$state"
	for pid; do
		soon not lives "$pid" || echo "process $pid"
	done
}

# --- the checks ---

check_host() {
	is "two IPv4 addresses" 2 global_addresses -4
	is "three IPv6 addresses, past duplicate address detection" 3 global_addresses -6
	is "three default routers" "fe80::11:1 fe80::22:a fe80::22:b" default_routers
	is "the host asks the first router's DNS" "nameserver 10.11.0.1" \
		"$lab" host grep nameserver /etc/resolv.conf
	is "the machine's resolv.conf is as it was" "$resolv" cksum /etc/resolv.conf
	is "another user's command runs as that user" 65534 \
		"$lab" host setpriv --reuid 65534 --clear-groups id -u
	"$lab" host sh -c 'exit 7'
	ok "a command's exit status comes back" test $? = 7
	ok "there is a configuration for the daemon" grep -q "dns = 10.22.0.1" "$("$lab" conf)"
}

check_names() {
	is "www.example is one address at r1" 198.51.100.11 dns 10.11.0.1 www.example
	is "... for IPv6 too, over IPv6" 2001:db8:ffff::11 dns 2001:db8:11::1 www.example AAAA
	is "... another at r2a" 198.51.100.42 dns 10.22.0.1 www.example
	is "... for IPv6 too, over IPv6" 2001:db8:ffff::2a dns 2001:db8:2a::1 www.example AAAA
	is "... a third at r2b" 2001:db8:ffff::2b dns 2001:db8:2b::1 www.example AAAA
	is "... where it has no IPv4 address" NODATA dns 2001:db8:2b::1 www.example A
	is "same.example is the same at r1" 198.51.100.1 dns 10.11.0.1 same.example
	is "... and r2a" 2001:db8:ffff::1 dns 2001:db8:2a::1 same.example AAAA
	is "... and r2b" 2001:db8:ffff::1 dns 2001:db8:2b::1 same.example AAAA
	is "a domain's own name is known there" 198.51.100.1 dns 10.22.0.1 only.two.example
	is "... and nowhere else" NXDOMAIN dns 10.11.0.1 only.two.example
	is "other names are nobody's" REFUSED dns 10.11.0.1 www.debian.org
}

check_paths() {
	local path device source destination

	for path in "${sources[@]}"; do
		read -r device source destination <<<"$path"
		is "the server sees $source through $device" "$source" \
			peer "$device" "$source" "$destination"
		is "... and tells it over HTTP to a client that says nothing" "$source" \
			peer "$device" "$source" "$destination" 80
	done
	# shellcheck disable=SC2016
	is "... and to one that asks" "HTTP/1.0 200 OK 10.11.0.50" "$lab" host bash -c '
		exec 3<>/dev/tcp/198.51.100.11/80
		printf "GET / HTTP/1.0\r\n\r\n" >&3
		tr -d "\r" <&3 | sed -n "1p;\$p" | xargs'
}

check_filter() {
	local before

	before=$("$lab" dropped r2a)
	patience=1 is "a foreign source gets no answer" timeout peer h2 "$foreign" 2001:db8:ffff::1
	ok "... because the router drops it" test "$("$lab" dropped r2a)" -gt "$before"
	is "no other router has dropped anything" "0 0" \
		echo "$("$lab" dropped r1)" "$("$lab" dropped r2b)"
}

check_silence() {
	"$lab" kill r2a && "$lab" kill r2a
	patience=1 is "a killed router does not answer DNS" timeout dns 10.22.0.1 www.example
	patience=1 is "... nor forward" timeout peer h2 10.22.0.50 198.51.100.1
	is "... and the others do" 10.11.0.50 peer h1 10.11.0.50 198.51.100.1
	ok "... status tells" grep -q "r2a *killed" <("$lab" status)
	"$lab" revive r2a && "$lab" revive r2a
	is "a revived router answers DNS" 198.51.100.42 dns 10.22.0.1 www.example
	is "... and forwards" 10.22.0.50 peer h2 10.22.0.50 198.51.100.1

	"$lab" mute r1 && "$lab" mute r1
	is "a mute router answers DNS" 198.51.100.11 dns 10.11.0.1 www.example
	patience=1 is "... but does not forward" timeout peer h1 10.11.0.50 198.51.100.1
	ok "... status tells" grep -q "r1 *muted" <("$lab" status)
	"$lab" unmute r1 && "$lab" unmute r1
	is "an unmuted router forwards" 10.11.0.50 peer h1 10.11.0.50 198.51.100.1
}

check_links() {
	"$lab" carrier h1 down
	ok "a pulled cable is seen" soon carrier_is 0
	"$lab" carrier h1 up
	ok "... and a plugged one" soon carrier_is 1
}

check_advertisements() {
	local all

	"$lab" ra r1 r1-gone.json
	ok "a router that resigns loses its route" soon default_routers_are "fe80::22:a fe80::22:b"
	"$lab" ra r1
	ok "... and regains it" soon default_routers_are "fe80::11:1 fe80::22:a fe80::22:b"
	ok "a wrong specification is refused" not quietly "$lab" ra r1 /dev/null
	ok "... and changes nothing" quietly "$lab" status

	all=860000003fc8070800007530000003e8 # header: M, O, high preference
	all+=010102000000220a05010000000005d4
	all+=030440c000000e10000007080000000020010db8002a00000000000000000000
	all+=180230180000070820010db82aff0000
	all+=190500000000070820010db8002a0000000000000000000120010db8002a00000000000000000002
	all+=1f050000000007080374776f076578616d706c650004636f72700374776f076578616d706c650000
	all+=250468747470733a2f2f706f7274616c2e74776f2e6578616d706c652f617069
	all+=260207080064ff9b0000000000000000
	all+=9008000100000708001103646e730374776f076578616d706c65000010
	all+=20010db8002a00000000000000000001000e0001000403646f74000300020355000000
	all+=1508e0050007037076640374776f076578616d706c650000 # option 21: H, L, R, delay 5, number 7
	all+=86000000401803840000000000000000
	all+=190300000000038420010db8002a00000000000000000003
	all+=fd01010203040500
	is "every option is encoded as its RFC says" $all \
		"$tools/ra-send" --hex "$tools/conf/r2a-all.json"
}

check_neighbours() (
	LAB_NAME+=-too
	"$lab" up && quietly "$lab" status && "$lab" down && [[ -z $(namespaces) ]] &&
		LAB_NAME=${LAB_NAME%-too} quietly "$lab" status
)

# The machine must not notice that a program of its own kind configures the host.
check_manager() {
	local machine before had reason

	if ! reason=$("$tools/unpack" 2>&1); then
		echo "ok $((++count)) - lab: a manager # SKIP ${reason#unpack: }"
		return
	fi
	before=$(hostname; ls /var/lib; ls -l /etc)
	had=$("$lab" host cat /etc/resolv.conf)
	ok "a manager starts" "$lab" manager dhclient
	is "... and is known" dhclient "$lab" manager
	ok "... and gets its addresses of the DHCP servers" soon leased "10.11.0.1 10.22.0.1 2001:db8:2b::1"
	ok "... and writes a resolv.conf" soon wrote "$had"
	is "... which is not the machine's" "$resolv" cksum /etc/resolv.conf
	is "the host has its own name" "$LAB_NAME-host" "$lab" host hostname
	is "the machine is as it was" "$before" eval "hostname; ls /var/lib; ls -l /etc"
	ok "another manager takes over" "$lab" manager networkd
	is "... and the first has ended" "" "$lab" host pgrep dhclient
	ok "... and is on a bus of the host's own" soon quietly "$lab" host \
		busctl call org.freedesktop.network1 /org/freedesktop/network1 \
		org.freedesktop.network1.Manager ListLinks
	machine=$(<"$state/h-machine.pid")
	kill -KILL "$machine"
	ok "everything dies with the host's first process" soon not lives "$machine"
	ok "... its services as well" soon nobody_inside
}

# leased BEGINNINGS: the host has an address that begins so, for each.
leased() {
	local beginning have

	have=$(ip -n "$LAB_NAME-h" -o address show scope global)
	for beginning in $1; do
		[[ $have =~ \ ${beginning//./\\.}[0-9a-f]{2,3}/ ]] || return 1
	done
}

# wrote BEFORE: the host's resolv.conf is another one. Of DHCPv4 or DHCPv6, whichever came last.
wrote() {
	local now

	now=$("$lab" host cat /etc/resolv.conf)
	[[ $now == *nameserver* && $now != "$1" ]]
}

nobody_inside() {
	[[ -z $(ip netns pids "$LAB_NAME-h") ]]
}

check_crashes() {
	local pid killed

	killed=$(cat "$state"/*.pid)
	# shellcheck disable=SC2086
	kill -KILL $killed
	ok "status fails when what ran has died" not quietly "$lab" status
	ok "up works after everything was killed" "$lab" up
	ok "... and the lab is whole" quietly "$lab" status

	"$lab" up &
	pid=$!
	sleep 0.15
	kill -KILL $pid
	wait $pid 2>/dev/null
	ok "up works after up was killed half-way" "$lab" up
	ok "... and the host gets its addresses" "$lab" wait
}

check_run() {
	local pid

	"$lab" run sh -c 'exit 9'
	ok "run gives the command's exit status" test $? = 9
	is "... and leaves nothing" "" left

	# A background command ignores the interrupt key, and so would all that it starts.
	# shellcheck disable=SC2016
	setsid env --default-signal=INT "$lab" run sh -c 'sleep 60 & touch "$0"; wait' "$state/began" &
	pid=$!
	soon test -e "$state/began"
	kill -INT -- -$pid
	wait $pid
	ok "run ends when it is interrupted" test $? = 130
	is "... and leaves nothing" "" left
}

check_down() {
	local pids

	"$lab" host sleep 60 &
	disown
	sleep 0.1
	pids=$(processes)
	ok "the lab has processes" test "$(wc -w <<<"$pids")" -ge 8
	ok "down works" "$lab" down
	# shellcheck disable=SC2086
	is "... and leaves no namespace, no process, no file" "" left $pids
	ok "down works when there is nothing" "$lab" down
}

main() {
	local reason

	if ! reason=$("$lab" check 2>&1); then
		echo "1..0 # SKIP ${reason#lab: }"
		return
	fi
	resolv=$(cksum /etc/resolv.conf)
	eval "$("$lab" trap)"
	ok "up" "$lab" up
	ok "wait" "$lab" wait
	check_host
	check_names
	check_paths
	check_filter
	check_silence
	check_links
	check_advertisements
	ok "two labs stand side by side" check_neighbours
	check_manager
	check_crashes
	check_down
	check_run
	echo "1..$count"
	return $((failures > 0))
}

main
