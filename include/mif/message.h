/* SPDX-License-Identifier: MIT */
/* Printed by src/message/generate-header.c from message.def and values.def: change those. */
#ifndef MIF_MESSAGE_H
#define MIF_MESSAGE_H

#include <stdint.h>

#include <mif/address.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for every text in a message, with its NUL. */
#define MIF_TEXT_SIZE 256

/* A lifetime without end. */
#define MIF_FOREVER UINT64_MAX

/* What an interface is made of. */
enum mif_kind {
	MIF_KIND_UNKNOWN = 0, /* not known */
	MIF_KIND_LOOPBACK = 1, /* loopback */
	MIF_KIND_ETHERNET = 2, /* wired Ethernet, or what behaves so (veth, VLAN, bond) */
	MIF_KIND_WIFI = 3, /* IEEE 802.11 */
	MIF_KIND_CELLULAR = 4, /* mobile network */
	MIF_KIND_TUNNEL = 5, /* VPN or tunnel: tun, wireguard, ppp, sit, gre */
	MIF_KIND_BRIDGE = 6, /* bridge */
};

/* State of an interface. Flags. */
enum mif_interface_flags {
	MIF_INTERFACE_UP = 1, /* administratively up */
	MIF_INTERFACE_RUNNING = 2, /* has a carrier */
};

/* Whether traffic costs money. */
enum mif_metered {
	MIF_METERED_UNKNOWN = 0, /* not known */
	MIF_METERED_YES = 1, /* metered */
	MIF_METERED_NO = 2, /* not metered */
};

/* Address family. The numbers are ours, on the wire and in the struct. */
enum mif_family {
	MIF_FAMILY_ANY = 0, /* both, or not known */
	MIF_FAMILY_IPV4 = 4, /* IPv4 */
	MIF_FAMILY_IPV6 = 6, /* IPv6 */
};

/* What a provisioning domain is. Flags. */
enum mif_pvd_flags {
	MIF_PVD_EXPLICIT = 1, /* named by its network (RFC 8801), not by us */
	MIF_PVD_DEFAULT_ROUTE = 2, /* has a default router or route */
	MIF_PVD_LINK_SCOPE = 4, /* has link-local addresses only */
};

/* How well a provisioning domain is. */
enum mif_pvd_state {
	MIF_PVD_USABLE = 1, /* at least one preferred address */
	MIF_PVD_SUSPECT = 2, /* carrier lost, or back but its router has not answered yet */
	MIF_PVD_DEPRECATED = 3, /* every address is deprecated */
	MIF_PVD_NO_ROUTER = 4, /* no default router: the link's own prefixes only */
};

/* Whether a socket bound to the domain's address and interface leaves by its router. */
enum mif_egress {
	MIF_EGRESS_CERTAIN = 1, /* yes: the interface has no other router of this family, or the kernel's rules send every address of the domain by its own */
	MIF_EGRESS_UNCERTAIN = 2, /* the main routing table decides between its routers, or a rule prefers another one */
	MIF_EGRESS_IMPOSSIBLE = 3, /* no: nothing routes beyond the link, or the kernel drops the answers (rp_filter 1) */
};

/* Configuration element types (3.3.7.10). */
enum mif_element {
	MIF_ELEMENT_ANY = 0, /* no filter; for data: all elements merged (RFC 8106) */
	MIF_ELEMENT_RA = 1, /* router advertisements */
	MIF_ELEMENT_DHCPV6 = 2, /* DHCPv6 */
	MIF_ELEMENT_DHCPV4 = 3, /* DHCPv4 */
	MIF_ELEMENT_STATIC = 4, /* configured by hand, or by a means unknown */
	MIF_ELEMENT_PVD_INFO = 5, /* additional information (RFC 8801 section 4) */
};

/* Configuration information identifiers (3.3.7.17). */
enum mif_information {
	MIF_INFORMATION_DNS_SERVERS = 1, /* one address an item */
	MIF_INFORMATION_SEARCH_DOMAINS = 2, /* one name an item */
	MIF_INFORMATION_ROUTERS = 3, /* one default router's address an item */
	MIF_INFORMATION_PREFIXES = 4, /* one on-link prefix an item */
	MIF_INFORMATION_ROUTES = 5, /* one more specific route's prefix an item (RFC 4191, RFC 3442); text: the address of its router, if it is not the one that told */
	MIF_INFORMATION_MTU = 6, /* number: octets */
	MIF_INFORMATION_CAPTIVE_PORTAL = 7, /* text: a URI (RFC 8910) */
	MIF_INFORMATION_PREF64 = 8, /* prefix (RFC 8781) */
	MIF_INFORMATION_NTP_SERVERS = 9, /* one address, or text: one name, an item */
	MIF_INFORMATION_DOMAIN = 10, /* text: the domain name given to the host */
	MIF_INFORMATION_HOSTNAME = 11, /* text: the name given to the host */
	MIF_INFORMATION_LEASE = 12, /* of a leased address, one time an item: text renew, rebind or expire; number: CLOCK_BOOTTIME, ns */
	MIF_INFORMATION_ENCRYPTED_DNS = 13, /* one address of a resolver (RFC 9463) an item; number: its priority; text: its name, then its service parameters as in a zone file (RFC 9460) */
	MIF_INFORMATION_PROXY = 14, /* text: the URI of a proxy, or of a script that names one */
	MIF_INFORMATION_PVD_JSON = 15, /* text: a piece of the additional information (RFC 8801), in order; all of them are one JSON object */
	MIF_INFORMATION_OPTION = 16, /* an option as it came, without code and length: text: hexadecimal, 127 octets an item, in order; the last item of an option is shorter, be it empty, and the next option of the same code follows it */
	MIF_INFORMATION_DNS_ZONES = 17, /* one name an item, below which the domain's DNS is to be asked, and others' not */
	MIF_INFORMATION_NO_INTERNET = 18, /* number: 1: the domain leads to its own network only */
};

/* State of an address. Flags. */
enum mif_address_flags {
	MIF_ADDRESS_DEPRECATED = 1, /* not for new connections */
	MIF_ADDRESS_TEMPORARY = 2, /* RFC 8981 */
	MIF_ADDRESS_LINK_SCOPE = 4, /* 169.254/16 or fe80::/10 */
	MIF_ADDRESS_ROUTED = 8, /* IPv4: what leaves by the domain's router comes from here before others */
};

/* What a subscriber wants besides. Flags. */
enum mif_announce_flags {
	MIF_ANNOUNCE_REFRESHES = 1, /* every extension of a lifetime, too */
};

/* What of that which interfaces hold is announced with them. Flags. */
enum mif_below {
	MIF_BELOW_PVDS = 1, /* provisioning domains */
	MIF_BELOW_ELEMENTS = 2, /* the configuration elements of these */
	MIF_BELOW_ADDRESSES = 4, /* the addresses of these */
	MIF_BELOW_REFRESHES = 8, /* of addresses every extension of a lifetime, too */
};

/* Which name service answered. */
enum mif_system {
	MIF_SYSTEM_LITERAL = 1, /* the name was an address */
	MIF_SYSTEM_HOSTS = 2, /* the hosts file */
	MIF_SYSTEM_DNS = 3, /* a DNS server of the domain */
	MIF_SYSTEM_LLMNR = 4, /* RFC 4795 */
	MIF_SYSTEM_MDNS = 5, /* RFC 6762 */
	MIF_SYSTEM_DNS64 = 6, /* made of an IPv4 address: the name has no other, and the domain translates (RFC 6147) */
	MIF_SYSTEM_NIS = 7, /* a service of the host's own Name Service Switch, of no domain: NIS, or what mifd.conf(5) lists */
};

/* What a service record says (RFC 9460 section 7.1, RFC 9848). Flags. */
enum mif_service_flags {
	MIF_SERVICE_NO_DEFAULT_ALPN = 1, /* not the scheme's own protocol */
	MIF_SERVICE_ECH = 2, /* has keys for Encrypted Client Hello */
};

/* How a translation ended. */
enum mif_translation_status {
	MIF_TRANSLATION_FOUND = 0, /* at least one address, or service record */
	MIF_TRANSLATION_NO_NAME = 1, /* the name does not exist (NXDOMAIN) */
	MIF_TRANSLATION_NO_ADDRESS = 2, /* the name exists and has no address, or no service record */
	MIF_TRANSLATION_FAILED = 3, /* a server failed or refused */
	MIF_TRANSLATION_TIMEOUT = 4, /* no server answered */
	MIF_TRANSLATION_NO_SERVER = 5, /* the domain has no DNS server */
	MIF_TRANSLATION_PVD_GONE = 6, /* the domain went away */
	MIF_TRANSLATION_NOT_PERMITTED = 7, /* such a name is never asked for */
	MIF_TRANSLATION_MALFORMED = 8, /* no name of a host: too long, or with characters that IDNA2008 (RFC 5892) forbids */
	MIF_TRANSLATION_OTHER_ZONE = 9, /* not asked: the name is below a zone of other domains, or below none of a domain that leads to its own network only */
};

/* How else a name is asked for. Flags. */
enum mif_translate_flags {
	MIF_TRANSLATE_ZONES = 1, /* not at all, where a zone says that it belongs to other domains */
};

/* What an attempt of a dial did. */
enum mif_attempt {
	MIF_ATTEMPT_STARTED = 1, /* connect was called */
	MIF_ATTEMPT_CONNECTED = 2, /* the first to be connected: it won */
	MIF_ATTEMPT_FAILED = 3, /* failed; error tells why */
	MIF_ATTEMPT_ABANDONED = 4, /* another one won first */
	MIF_ATTEMPT_PLANNED = 5, /* would be made, if all before it met silence */
};

/* Kinds of interfaces. Flags. */
enum mif_kinds {
	MIF_KINDS_UNKNOWN = 1, /* not known */
	MIF_KINDS_LOOPBACK = 2, /* loopback */
	MIF_KINDS_ETHERNET = 4, /* wired Ethernet */
	MIF_KINDS_WIFI = 8, /* IEEE 802.11 */
	MIF_KINDS_CELLULAR = 16, /* mobile network */
	MIF_KINDS_TUNNEL = 32, /* VPN or tunnel */
	MIF_KINDS_BRIDGE = 64, /* bridge */
};

/* What a dial does with interfaces whose traffic costs money. */
enum mif_dial_metered {
	MIF_DIAL_METERED_LATER = 0, /* used when others have nothing left to try */
	MIF_DIAL_METERED_ALIKE = 1, /* as any other */
	MIF_DIAL_METERED_NEVER = 2, /* not used */
};

/* What a dial does with names that belong to one domain. */
enum mif_dial_zones {
	MIF_DIAL_ZONES_HEEDED = 0, /* below a domain's zone they are asked for there alone, unless the dial names a domain itself */
	MIF_DIAL_ZONES_IGNORED = 1, /* they are asked for in all domains */
};

/* Which connection a dial returns. */
enum mif_dial_best {
	MIF_DIAL_FIRST = 0, /* the first one */
	MIF_DIAL_FASTEST = 1, /* the one that took the shortest time, of those in a window after the first; attempts do not wait for each other */
};

/* What else is wanted of a dial. Flags. */
enum mif_dial_flags {
	MIF_DIAL_HOLD = 1, /* that its domain is held: WANTS_TO_CONNECT is posted for it before CONNECTED comes, and CONNECTION_IS_IDLE when the last such connection of the domain is closed, or by the program */
};

/* Why an attempt came before those that were left. */
enum mif_dial_reason {
	MIF_REASON_NONE = 0, /* not told */
	MIF_REASON_LAST = 1, /* nothing else was left */
	MIF_REASON_RANK = 2, /* its domain ranks higher: usable, its way certain, free of charge */
	MIF_REASON_DOUBT = 3, /* the others' domains have not answered of late */
	MIF_REASON_SPREAD = 4, /* it has less in common with what was tried before */
	MIF_REASON_FAMILY = 5, /* its domain prefers IPv6 */
	MIF_REASON_ROUND_TRIP = 6, /* a shorter round trip is remembered */
	MIF_REASON_WINNER = 7, /* it was connected to of late */
	MIF_REASON_DEFAULT = 8, /* its domain is the host's default way */
	MIF_REASON_SERVICE = 9, /* its service record has a better priority */
	MIF_REASON_FIRST_DOMAIN = 10, /* of equal domains its own was there first */
	MIF_REASON_RULE_1 = 11, /* the others have no source address */
	MIF_REASON_RULE_2 = 12, /* its source has the destination's scope */
	MIF_REASON_RULE_3 = 13, /* its source is not deprecated */
	MIF_REASON_RULE_5 = 15, /* its source has the destination's label */
	MIF_REASON_RULE_6 = 16, /* the destination's precedence is higher */
	MIF_REASON_RULE_8 = 18, /* the destination's scope is smaller */
	MIF_REASON_RULE_9 = 19, /* its source has a longer prefix in common */
	MIF_REASON_ORDER = 20, /* the name services gave it first */
	MIF_REASON_GOING_AWAY = 21, /* the others' interfaces are going away */
};

/* What happened to a path of a multipath connection. */
enum mif_path_event {
	MIF_PATH_UP = 1, /* established */
	MIF_PATH_DOWN = 2, /* closed */
	MIF_PATH_PRIORITY = 3, /* became backup, or ceased to be */
	MIF_PATH_ANNOUNCED = 4, /* the peer announced an address */
	MIF_PATH_REMOVED = 5, /* the peer removed an address */
	MIF_PATH_CLOSED = 6, /* the connection ended */
};

/* How a path of a multipath connection is. */
enum mif_path_state {
	MIF_PATH_JOINING = 1, /* being established */
	MIF_PATH_ESTABLISHED = 2, /* in use */
	MIF_PATH_LOST = 3, /* down, and tried again later */
	MIF_PATH_FOREIGN = 4, /* the address is another host's: not tried again */
	MIF_PATH_WAITING = 5, /* tried when the peer has answered on the first path */
};

/* Which paths a multipath connection shall have. */
enum mif_paths_mode {
	MIF_PATHS_AS_ASKED = 0, /* those that were asked for */
	MIF_PATHS_AUTOMATIC = 1, /* one from each domain besides that may be used, by itself; of a connection whose first path goes through a tunnel, from tunnels only */
	MIF_PATHS_UNMANAGED = 2, /* what others make: the daemon does not manage them; told only */
};

/* Why a multipath connection has one path. */
enum mif_path_single {
	MIF_SINGLE_NOT = 0, /* it has several */
	MIF_SINGLE_YET = 1, /* further ones are being established */
	MIF_SINGLE_UNACKNOWLEDGED = 2, /* the peer has not answered with data or an acknowledgement yet */
	MIF_SINGLE_ALONE = 3, /* no further one was asked for, and there is no other domain for one */
	MIF_SINGLE_PEER_REFUSED = 4, /* the peer takes no more */
	MIF_SINGLE_FOREIGN = 5, /* the other addresses are other hosts' */
	MIF_SINGLE_NO_ROUTE = 6, /* there is no route, or no local address */
	MIF_SINGLE_FILTERED = 7, /* nobody answers: something on the way drops it */
	MIF_SINGLE_LIMIT = 8, /* mifd's own limit */
	MIF_SINGLE_FAILED = 9, /* the error says why */
	MIF_SINGLE_FALLBACK = 10, /* the peer, or something on the way, knows TCP only */
	MIF_SINGLE_KERNEL = 11, /* the kernel's path manager has it: mifd was not shown its socket in time */
};

/* What a client asks of its daemon. Flags. */
enum mif_hello_flags {
	MIF_HELLO_STRICT = 1, /* the drafts' own messages only */
};

/* How much a subscriber wants to connect. */
enum mif_want {
	MIF_WANT_CONNECTION = 1, /* it wants to connect, and holds the interface */
	MIF_WANT_BREAKABLE = 2, /* it bears a broken connection, and holds nothing */
};

/* How an interface is taken down. Flags. */
enum mif_take_down_flags {
	MIF_TAKE_DOWN_NOW = 1, /* without waiting for anybody: it is told, and goes at once */
};

/* Why an interface is going away. */
enum mif_away {
	MIF_AWAY_UNKNOWN = 0, /* not told */
	MIF_AWAY_REQUEST = 1, /* somebody takes it down: TAKE_DOWN */
	MIF_AWAY_IDLE = 2, /* it is up on demand, and nobody wants it */
	MIF_AWAY_SLEEP = 3, /* the host goes to sleep */
	MIF_AWAY_SHUTDOWN = 4, /* the host is shut down */
	MIF_AWAY_MANAGER = 5, /* what manages the network takes it down */
	MIF_AWAY_LIFETIME = 6, /* what its last domain was given, a lease or a router's lifetime, ends and is not renewed */
	MIF_AWAY_SIGNAL = 7, /* its radio signal fades */
	MIF_AWAY_CARRIER = 8, /* its carrier comes and goes */
};

/* The messages. Requests go to the MIF API, reports come from it. */
enum mif_message_type {
	MIF_ANNOUNCE_INTERFACES = 0x0001,
	MIF_STOP_ANNOUNCING_INTERFACES = 0x0002,
	MIF_ANNOUNCE_PVDS = 0x0003,
	MIF_STOP_ANNOUNCING_PVDS = 0x0004,
	MIF_ANNOUNCE_ELEMENTS = 0x0005,
	MIF_STOP_ANNOUNCING_ELEMENTS = 0x0006,
	MIF_ANNOUNCE_ADDRESSES = 0x0007,
	MIF_STOP_ANNOUNCING_ADDRESSES = 0x0008,
	MIF_GET_CONFIGURATION_DATA = 0x0009,
	MIF_TRANSLATE_NAME = 0x000a,
	MIF_STOP_TRANSLATING_NAME = 0x000b,
	MIF_CONNECT_TO_ADDRESS = 0x000c,
	MIF_CONNECT_TO_ADDRESS_FROM_ADDRESS = 0x000d,
	MIF_WANTS_TO_CONNECT = 0x000e,
	MIF_CONNECTION_IS_IDLE = 0x000f,
	MIF_CONNECTION_CAN_BE_BROKEN = 0x0010,
	MIF_INTERFACE = 0x0101,
	MIF_NO_INTERFACE = 0x0102,
	MIF_PVD = 0x0103,
	MIF_NO_PVD = 0x0104,
	MIF_ELEMENT = 0x0105,
	MIF_NO_ELEMENT = 0x0106,
	MIF_ADDRESS = 0x0107,
	MIF_NO_ADDRESS = 0x0108,
	MIF_CONFIGURATION_DATA = 0x0109,
	MIF_NO_CONFIGURATION_DATA = 0x010a,
	MIF_NAME_TRANSLATION = 0x010b,
	MIF_CONNECTED = 0x010c,
	MIF_NOT_CONNECTED = 0x010d,
	MIF_INTERFACE_GOING_AWAY = 0x010e,
	MIF_INTERFACE_GOING_UP = 0x010f,
	MIF_HELLO = 0x0201,
	MIF_STOP_CONNECTING = 0x0202,
	MIF_DIAL = 0x0203,
	MIF_LISTEN = 0x0204,
	MIF_FIND_PVD = 0x0205,
	MIF_ANNOUNCE_DEFAULT_PVD = 0x0206,
	MIF_STOP_ANNOUNCING_DEFAULT_PVD = 0x0207,
	MIF_GET_COUNTERS = 0x0208,
	MIF_TAKE_DOWN = 0x0209,
	MIF_BRING_UP = 0x020a,
	MIF_CALL_OFF = 0x020b,
	MIF_GET_HOLDERS = 0x020c,
	MIF_ADOPT_CONNECTION = 0x0210,
	MIF_ADD_PATH = 0x0211,
	MIF_REMOVE_PATH = 0x0212,
	MIF_PREFER_PATH = 0x0213,
	MIF_ANNOUNCE_PATHS = 0x0214,
	MIF_STOP_ANNOUNCING_PATHS = 0x0215,
	MIF_MANAGE_PATHS = 0x0216,
	MIF_OFFER_ADDRESS = 0x0217,
	MIF_RETRACT_ADDRESS = 0x0218,
	MIF_SHOW_CONNECTION = 0x0219,
	MIF_LET_GO = 0x0220,
	MIF_WELCOME = 0x0301,
	MIF_END_OF_ANNOUNCEMENTS = 0x0302,
	MIF_ERROR = 0x0303,
	MIF_NAME_TRANSLATION_DONE = 0x0304,
	MIF_ATTEMPT = 0x0305,
	MIF_LISTENING = 0x0306,
	MIF_NOT_LISTENING = 0x0307,
	MIF_PVD_FOUND = 0x0308,
	MIF_DEFAULT_PVD = 0x0309,
	MIF_COUNTER = 0x030a,
	MIF_PATH_EVENT = 0x030b,
	MIF_SERVICE_TRANSLATION = 0x030c,
	MIF_LINK_DONE = 0x030d,
	MIF_HOLDER = 0x030e,
	MIF_PATH_ANSWER = 0x0310,
	MIF_PATH = 0x0311,
	MIF_MULTIPATH_CONNECTION = 0x0312,
};

/* Section 3.3.7.1. Announce every interface known, then every change. Asking again sends the
 * whole list again. */
struct mif_message_announce_interfaces {
	uint32_t below; /* enum mif_below: an extension: the same of all that they hold, now and later, as if that had been asked for of each; 0 = interfaces only */
};

/* Section 3.3.7.2. End that, with what is below. Nothing of it is delivered after this is
 * posted. */
struct mif_message_stop_announcing_interfaces {
	uint32_t nothing; /* 0 */
};

/* Section 3.3.7.5. Announce every provisioning domain of an interface, then every change. */
struct mif_message_announce_pvds {
	uint64_t interface; /* the interface */
};

/* Section 3.3.7.6. End that. */
struct mif_message_stop_announcing_pvds {
	uint64_t interface; /* the interface */
};

/* Section 3.3.7.9. Announce every configuration element of a domain, then every change. */
struct mif_message_announce_elements {
	uint64_t pvd; /* the domain */
	uint32_t element; /* enum mif_element: only this type; any = all */
};

/* Section 3.3.7.12. End that. */
struct mif_message_stop_announcing_elements {
	uint64_t pvd; /* the domain; 0 = all of this subscriber's */
};

/* Section 3.3.7.13. Announce every address of a domain, then every change. */
struct mif_message_announce_addresses {
	uint64_t pvd; /* the domain */
	uint32_t flags; /* enum mif_announce_flags: what else is wanted */
};

/* Section 3.3.7.15. End that. */
struct mif_message_stop_announcing_addresses {
	uint64_t pvd; /* the domain; 0 = all of this subscriber's */
};

/* Section 3.3.7.17. Ask for one kind of information that a configuration element brought.
 * Answered by CONFIGURATION_DATA, one message an item, or by NO_CONFIGURATION_DATA. */
struct mif_message_get_configuration_data {
	uint64_t pvd; /* the domain */
	uint32_t element; /* enum mif_element: from this element; any = merged */
	uint32_t information; /* enum mif_information: what is asked for */
	uint32_t option; /* of an option: its code, in its protocol */
};

/* Section 3.3.7.18. Ask the name services of a domain for the addresses of a name. Answered by
 * NAME_TRANSLATION, one an address, as each arrives, then by NAME_TRANSLATION_DONE. */
struct mif_message_translate_name {
	uint64_t pvd; /* the domain */
	uint64_t translation; /* identifier, chosen by the caller, not in use */
	char name[MIF_TEXT_SIZE]; /* the name, UTF-8; a trailing dot: no search list */
	uint32_t family; /* enum mif_family: only addresses of this family */
	char scheme[MIF_TEXT_SIZE]; /* a URI's scheme: its service records (RFC 9460) instead; empty: addresses */
	uint32_t port; /* of the service; 0 = the scheme's own */
	uint32_t flags; /* enum mif_translate_flags: how else it is asked for */
};

/* Section 3.3.7.19. End a translation. Final: nothing of it is delivered after this is posted. */
struct mif_message_stop_translating_name {
	uint64_t translation; /* the identifier */
};

/* Section 3.3.7.21. Open a TCP connection through a domain, from its own addresses by RFC 6724,
 * one source after the other. Answered by exactly one CONNECTED or NOT_CONNECTED. */
struct mif_message_connect_to_address {
	uint64_t pvd; /* the domain */
	uint64_t connection; /* identifier, chosen by the caller, not in use */
	struct mif_endpoint destination; /* where to, with the port */
	uint64_t timeout; /* nanoseconds; 0 = 30 s */
};

/* Section 3.3.7.22. The same from one source address. A source outside the domain:
 * NOT_CONNECTED(EADDRNOTAVAIL). */
struct mif_message_connect_to_address_from_address {
	uint64_t pvd; /* the domain */
	uint64_t connection; /* identifier, chosen by the caller, not in use */
	struct mif_endpoint destination; /* where to, with the port */
	uint64_t timeout; /* nanoseconds; 0 = 30 s */
	struct mif_endpoint source; /* from where; port 0 = any */
};

/* Section 3.3.7.25.1. The application wants to connect. Until it is idle, or bears a broken
 * connection, the interface is held: who takes it down waits, up to a deadline. Without a scope
 * no interface is held. A link on demand is brought up. Asking again changes nothing. It ends
 * with the subscriber, and with the interface or domain. */
struct mif_message_wants_to_connect {
	uint64_t interface; /* through this interface; 0 = any */
	uint64_t pvd; /* through this domain; 0 = any */
};

/* Section 3.3.7.25.2. The application needs no connection for now: ends what it wanted in the
 * same scope. */
struct mif_message_connection_is_idle {
	uint64_t interface; /* of this interface; 0 = what had no scope */
	uint64_t pvd; /* of this domain; 0 = any */
};

/* Section 3.3.7.25.3. The application bears a broken connection: it is told when the interface
 * is going away, and does not hold it, until it wants the same scope again or is idle. */
struct mif_message_connection_can_be_broken {
	uint64_t interface; /* of this interface; 0 = what had no scope */
	uint64_t pvd; /* of this domain; 0 = any */
};

/* Section 3.3.7.3. An interface exists, or has changed. One that is made when a program wants
 * to connect through it exists beforehand, down and without an index: create in mifd.conf(5). */
struct mif_message_interface {
	uint64_t interface; /* identifier, never reused while the engine lives */
	char name[MIF_TEXT_SIZE]; /* display name; may change */
	uint32_t ifindex; /* the kernel's index; 0 = none */
	uint32_t kind; /* enum mif_kind: what it is made of */
	uint32_t flags; /* enum mif_interface_flags: state */
	uint32_t mtu; /* octets; 0 = not known */
	uint32_t metered; /* enum mif_metered: whether traffic costs money */
	uint32_t quality; /* signal, 1 to 100; 0 = not known */
};

/* Section 3.3.7.4. An interface is gone. Its domains were withdrawn before (3.3.7.5), and who
 * had asked for them is unsubscribed. */
struct mif_message_no_interface {
	uint64_t interface; /* identifier */
};

/* Section 3.3.7.7. A provisioning domain is configured on an interface, or has changed. */
struct mif_message_pvd {
	uint64_t interface; /* the interface */
	uint64_t pvd; /* identifier, never reused while the engine lives */
	char name[MIF_TEXT_SIZE]; /* stable name: the network's own (RFC 8801), else INTERFACE:ROUTER or INTERFACE:PREFIX */
	uint32_t family; /* enum mif_family: its addresses' family; any = link scope, both */
	uint32_t flags; /* enum mif_pvd_flags: what it is */
	uint32_t state; /* enum mif_pvd_state: how well it is */
	uint32_t egress; /* enum mif_egress: whether its traffic leaves by its router */
};

/* Section 3.3.7.8. A provisioning domain is gone. What it held was withdrawn before. */
struct mif_message_no_pvd {
	uint64_t interface; /* the interface, still valid */
	uint64_t pvd; /* identifier */
};

/* Section 3.3.7.10. A configuration element is complete, or has changed. */
struct mif_message_element {
	uint64_t pvd; /* the domain */
	uint32_t element; /* enum mif_element: its type: with the domain its identity */
	uint32_t generation; /* 1 at first, higher with every change */
	uint64_t digest; /* over what it holds, lifetimes apart; the same after the engine has started again */
};

/* Section 3.3.7.11. A configuration element is no longer valid. */
struct mif_message_no_element {
	uint64_t pvd; /* the domain, still valid */
	uint32_t element; /* enum mif_element: its type */
};

/* Section 3.3.7.14. An address is configured in a domain and may be used, or has changed. */
struct mif_message_address {
	uint64_t pvd; /* the domain */
	struct mif_address address; /* the address */
	uint32_t prefix_length; /* bits */
	uint32_t flags; /* enum mif_address_flags: state */
	uint64_t valid_until; /* CLOCK_BOOTTIME, ns; all ones = for ever */
	uint64_t preferred_until; /* the same; 0 = deprecated */
};

/* Section 3.3.7.16. An address is no longer valid. */
struct mif_message_no_address {
	uint64_t pvd; /* the domain, still valid */
	struct mif_address address; /* the address */
};

/* Section 3.3.7.17. One item of the information asked for. Carries the request's tag. */
struct mif_message_configuration_data {
	uint64_t pvd; /* as asked */
	uint32_t element; /* enum mif_element: as asked */
	uint32_t information; /* enum mif_information: as asked */
	uint32_t index; /* this item, from 0 */
	uint32_t count; /* how many there are */
	uint32_t origin; /* enum mif_element: the element that brought this item */
	uint64_t valid_until; /* CLOCK_BOOTTIME, ns; all ones = for ever */
	struct mif_address address; /* an address or prefix */
	uint32_t prefix_length; /* of a prefix: bits */
	uint64_t number; /* a number */
	char text[MIF_TEXT_SIZE]; /* a name or URI */
	uint32_t option; /* as asked */
};

/* Section 3.3.7.17. There is no such information. Carries the request's tag. */
struct mif_message_no_configuration_data {
	uint64_t pvd; /* as asked */
	uint32_t element; /* enum mif_element: as asked */
	uint32_t information; /* enum mif_information: as asked */
	uint32_t option; /* as asked */
};

/* Section 3.3.7.20. One address of a name, as soon as it is known. */
struct mif_message_name_translation {
	uint64_t translation; /* identifier, as asked */
	struct mif_address address; /* the address; link-local ones with scope */
	uint32_t ttl; /* seconds */
	uint32_t system; /* enum mif_system: which name service answered */
	uint32_t service; /* not 0: a hint of the SERVICE_TRANSLATION of this number */
	struct mif_address server; /* who said so: a server, or a host of the link; none: nobody was asked */
};

/* Section 3.3.7.23. A connection is open. The descriptor is the reader's after
 * mif_message_take_fd(). */
struct mif_message_connected {
	uint64_t connection; /* identifier, as asked */
	int fd; /* a connected TCP socket, non-blocking, close-on-exec */
	uint64_t pvd; /* the domain it leaves through; 0 = none (loopback) */
	struct mif_endpoint source; /* this end */
	struct mif_endpoint destination; /* the other end */
	char alpn[MIF_TEXT_SIZE]; /* of a dial: the protocols of the service record that led there, as in a zone file */
};

/* Section 3.3.7.24. A connection could not be opened. */
struct mif_message_not_connected {
	uint64_t connection; /* identifier, as asked */
	uint32_t error; /* errno */
	char text[MIF_TEXT_SIZE]; /* a sentence: what was tried and what became of it */
};

/* Section 3.3.7.25.4. An interface will be taken down: when nobody wants it any more, or at the
 * deadline. Told to who announces interfaces and to who wants it, before anything is withdrawn;
 * again when the deadline or the cause is another one. */
struct mif_message_interface_going_away {
	uint64_t interface; /* identifier */
	uint32_t deadline; /* milliseconds from now */
	uint32_t cause; /* enum mif_away: an extension: why; of several causes the one that comes first */
};

/* Section 3.3.7.25.5. An interface will be brought up, or will not be taken down after all. */
struct mif_message_interface_going_up {
	uint64_t interface; /* identifier */
};

/* Extension. The first message on a daemon's socket, from the library. Answered by WELCOME, or
 * by ERROR. */
struct mif_message_hello {
	uint32_t version; /* the client's protocol version: 1 */
	uint32_t flags; /* enum mif_hello_flags: what it asks for */
};

/* Extension. Call off a connection, a dial or a listen. Exactly one NOT_CONNECTED(ECANCELED)
 * follows, of a listen NOT_LISTENING(ECANCELED); a descriptor already queued is closed. Of an
 * identifier whose answer was fetched already, or that was never used: ERROR(ENOENT) instead. */
struct mif_message_stop_connecting {
	uint64_t connection; /* the identifier */
};

/* Extension. The High Level API (3.3.2): connect by name over all domains, Happy Eyeballs.
 * Answered by ATTEMPT messages if asked for, and exactly one CONNECTED or NOT_CONNECTED. */
struct mif_message_dial {
	uint64_t connection; /* identifier, chosen by the caller, not in use */
	char host[MIF_TEXT_SIZE]; /* a name or an address */
	uint32_t port; /* 1 to 65535 */
	uint32_t family; /* enum mif_family: only this family */
	uint64_t pvd; /* only through this domain; 0 = all */
	uint64_t timeout; /* nanoseconds; 0 = 30 s */
	uint32_t verbose; /* not 0: report each attempt */
	uint64_t interface; /* only through this interface; 0 = any */
	uint64_t not_interface; /* never through this interface; 0 = none */
	uint64_t not_pvd; /* never through this domain; 0 = none */
	uint32_t kinds; /* enum mif_kinds: only through interfaces of these kinds; 0 = all */
	uint32_t metered; /* enum mif_dial_metered: what of interfaces whose traffic costs money */
	uint32_t best; /* enum mif_dial_best: which of those that connect */
	uint64_t window; /* fastest: how long others may take after the first, nanoseconds; 0 = 100 ms; plan: how long name services may take after the first has answered; 0 = as long as the dial */
	uint32_t plan; /* not 0: connect to nothing; report, when every domain's name services have answered, each attempt that would be made, and then NOT_CONNECTED(ECANCELED) */
	uint32_t zones; /* enum mif_dial_zones: what of names that belong to one domain */
	uint32_t flags; /* enum mif_dial_flags: what else is wanted */
	char scheme[MIF_TEXT_SIZE]; /* a URI's scheme, whose service records (RFC 9460) are heeded; empty: none are */
};

/* Extension. Accept connections that come through a domain (3.3.1). Answered by LISTENING or
 * NOT_LISTENING. */
struct mif_message_listen {
	uint64_t pvd; /* the domain */
	uint64_t connection; /* identifier, chosen by the caller, not in use */
	struct mif_endpoint local; /* one of the domain's addresses, or AF_UNSPEC: its best one; the port, or 0 */
	uint32_t backlog; /* as for listen(2); 0 = SOMAXCONN */
};

/* Extension. Which domain does a local address belong to? For accepted connections (3.3.1). */
struct mif_message_find_pvd {
	struct mif_address address; /* the local address */
	uint32_t ifindex; /* the interface it came in by; 0 = not known */
};

/* Extension. Announce the domain that unbound sockets use, for each family, then every change. */
struct mif_message_announce_default_pvd {
	uint32_t nothing; /* 0 */
};

/* Extension. End that. */
struct mif_message_stop_announcing_default_pvd {
	uint32_t nothing; /* 0 */
};

/* Extension. Ask what was dropped, refused and lost so far. Answered by COUNTER messages, then
 * by END_OF_ANNOUNCEMENTS. */
struct mif_message_get_counters {
	uint32_t nothing; /* 0 */
};

/* Extension. Take an interface down: it is going away, and goes when nobody wants it any more,
 * or at the deadline. Answered by LINK_DONE when it is down, or by ERROR. */
struct mif_message_take_down {
	uint64_t interface; /* the interface */
	uint32_t deadline; /* milliseconds, at most 600000; 0 = 5000 */
	uint32_t flags; /* enum mif_take_down_flags: how */
};

/* Extension. Bring an interface up; if it is going away, call that off. Answered by LINK_DONE,
 * or by ERROR. */
struct mif_message_bring_up {
	uint64_t interface; /* the interface */
};

/* Extension. Do not take an interface down after all. Answered by LINK_DONE, or by ERROR. */
struct mif_message_call_off {
	uint64_t interface; /* the interface */
};

/* Extension. Ask who wants to connect through what. Answered by HOLDER messages, then by
 * END_OF_ANNOUNCEMENTS. */
struct mif_message_get_holders {
	uint64_t interface; /* only through this interface; 0 = all */
};

/* Extension. Take a multipath socket, before it is connected, from the kernel's path manager,
 * so that paths can be added to its connection. Answered by PATH_ANSWER. */
struct mif_message_adopt_connection {
	int fd; /* a socket of Multipath TCP, neither connected nor listening */
};

/* Extension. Add a path to a multipath connection, and try it again while it is down. Answered
 * by PATH_ANSWER, when it is decided. */
struct mif_message_add_path {
	int fd; /* the connection's socket, or none: then the caller must be who made it, and it was shown before */
	uint32_t connection; /* without a socket: the connection's identifier */
	struct mif_endpoint local; /* from this address, whatever the port; AF_UNSPEC: from where the host would send */
	struct mif_endpoint remote; /* to this address; AF_UNSPEC: to that of the first path */
	uint32_t backup; /* not 0: used when no other path works */
	uint32_t id; /* the identifier that the local address shall have, 1 to 255; 0: any */
};

/* Extension. Remove paths of a multipath connection, but never the last one that works.
 * Answered by PATH_ANSWER. */
struct mif_message_remove_path {
	int fd; /* as for add-path */
	uint32_t connection; /* as for add-path */
	struct mif_endpoint local; /* those from this address; AF_UNSPEC: from any */
	struct mif_endpoint remote; /* those to this address; AF_UNSPEC: to any */
};

/* Extension. Make paths backup ones, or ordinary ones. Answered by PATH_ANSWER. */
struct mif_message_prefer_path {
	int fd; /* as for add-path */
	uint32_t connection; /* as for add-path */
	struct mif_endpoint local; /* as for remove-path */
	struct mif_endpoint remote; /* as for remove-path */
	uint32_t backup; /* not 0: used when no other path works */
};

/* Extension. Announce every path of the caller's own multipath connections, then every change.
 * Of those that the daemon does not manage only the first path is told, and no change. */
struct mif_message_announce_paths {
	uint32_t nothing; /* 0 */
};

/* Extension. End that. */
struct mif_message_stop_announcing_paths {
	uint32_t nothing; /* 0 */
};

/* Extension. Which paths a multipath connection shall have besides those that are asked for.
 * Answered by PATH_ANSWER. */
struct mif_message_manage_paths {
	int fd; /* as for add-path */
	uint32_t connection; /* as for add-path */
	uint32_t mode; /* enum mif_paths_mode: which */
	uint32_t metered; /* enum mif_dial_metered: of interfaces whose traffic costs money: later = backup paths */
	uint32_t kinds; /* enum mif_kinds: only through these kinds; 0 = any */
};

/* Extension. Announce an address of this host to the peer of a multipath connection (ADD_ADDR,
 * RFC 8684), as soon as it is fully established. Answered by PATH_ANSWER. */
struct mif_message_offer_address {
	int fd; /* as for add-path */
	uint32_t connection; /* as for add-path */
	struct mif_endpoint local; /* the address; port 0 = that of the first path */
	uint32_t id; /* the identifier that it shall have, 1 to 255; 0: any */
};

/* Extension. Tell the peer that an address is no longer to be used (REMOVE_ADDR): paths from it
 * are closed. Answered by PATH_ANSWER. */
struct mif_message_retract_address {
	int fd; /* as for add-path */
	uint32_t connection; /* as for add-path */
	struct mif_endpoint local; /* the address, whatever the port; AF_UNSPEC: by identifier */
	uint32_t id; /* the identifier of what was announced; 0: by address */
};

/* Extension. Show a multipath connection to the daemon, which may then be asked for its paths.
 * Answered by MULTIPATH_CONNECTION, a PATH for each, and PATH_ANSWER. One that is known already
 * stays as it is. */
struct mif_message_show_connection {
	int fd; /* as for add-path */
	uint32_t connection; /* as for add-path */
	uint32_t mode; /* enum mif_paths_mode: which paths it shall have */
};

/* Extension. Somebody else takes an interface down: it is going away. Answered by LINK_DONE
 * when nobody wants it any more, or with ETIMEDOUT at the deadline, or by ERROR. When it does
 * not go after all, it is told to stay 10 seconds after the deadline. */
struct mif_message_let_go {
	uint64_t interface; /* the interface */
	uint32_t deadline; /* milliseconds, at most 600000; 0 = 5000 */
	uint32_t cause; /* enum mif_away: why; 0 = what manages the network takes it down */
};

/* Extension. A daemon's answer to HELLO. */
struct mif_message_welcome {
	uint32_t version; /* the protocol version in use */
	uint64_t instance; /* differs after each start of the engine */
	char server[MIF_TEXT_SIZE]; /* the daemon's name and version */
};

/* Extension. All that was known when the request was made has been announced. Carries the
 * request's tag. */
struct mif_message_end_of_announcements {
	uint32_t request; /* the request's number */
};

/* Extension. A request could not be served. Carries the request's tag. */
struct mif_message_error {
	uint32_t request; /* the request's number */
	uint32_t error; /* errno */
	char text[MIF_TEXT_SIZE]; /* a sentence: what is wrong, and with what */
};

/* Extension. A translation has ended by itself. */
struct mif_message_name_translation_done {
	uint64_t translation; /* identifier, as asked */
	uint32_t status; /* enum mif_translation_status: how it ended */
	uint64_t pvd; /* not asked because of a zone: the domain that has it; 0 = it was asked */
	char zone[MIF_TEXT_SIZE]; /* that zone; empty: the name is below none of a domain that leads to its own network only */
};

/* Extension. One step of a dial. */
struct mif_message_attempt {
	uint64_t connection; /* identifier, as asked */
	uint32_t attempt; /* which attempt, from 1 */
	uint32_t outcome; /* enum mif_attempt: what it did */
	uint64_t pvd; /* through which domain; 0 = none (loopback) */
	struct mif_endpoint source; /* from where */
	struct mif_endpoint destination; /* where to */
	uint32_t error; /* errno, when it failed */
	uint64_t time; /* nanoseconds since the dial began */
	uint32_t reason; /* enum mif_dial_reason: why it came next */
	uint32_t ifindex; /* the kernel's index of the interface; 0 = none (loopback) */
};

/* Extension. A listening socket. The descriptor is the reader's after mif_message_take_fd(). */
struct mif_message_listening {
	uint64_t connection; /* identifier, as asked */
	int fd; /* a listening TCP socket, non-blocking, close-on-exec */
	uint64_t pvd; /* the domain */
	struct mif_endpoint local; /* where it listens */
};

/* Extension. Listening is not possible. */
struct mif_message_not_listening {
	uint64_t connection; /* identifier, as asked */
	uint32_t error; /* errno */
};

/* Extension. The answer to FIND_PVD. Carries the request's tag. */
struct mif_message_pvd_found {
	struct mif_address address; /* as asked */
	uint64_t interface; /* the interface; 0 = none */
	uint64_t pvd; /* the domain; 0 = none */
};

/* Extension. The domain that unbound sockets of a family use. */
struct mif_message_default_pvd {
	uint32_t family; /* enum mif_family: IPv4 or IPv6 */
	uint64_t pvd; /* the domain; 0 = none */
};

/* Extension. One counter. Carries the request's tag. */
struct mif_message_counter {
	char name[MIF_TEXT_SIZE]; /* what is counted */
	uint64_t value; /* since the engine's start */
};

/* Extension. Something happened to a path of a multipath connection. */
struct mif_message_path_event {
	uint32_t connection; /* the connection's identifier (MPTCP token) */
	uint32_t event; /* enum mif_path_event: what */
	uint64_t pvd; /* the domain of the path; 0 = not known */
	struct mif_endpoint local; /* this end */
	struct mif_endpoint remote; /* the other end */
	uint32_t error; /* errno, when it went down by an error */
	uint64_t interface; /* the interface of the path; 0 = not known */
	uint32_t backup; /* not 0: it is used when no other path works */
};

/* Extension. One service record of a name (RFC 9460), the best first. Its address hints follow
 * as NAME_TRANSLATION; the target's own addresses are to be asked for. */
struct mif_message_service_translation {
	uint64_t translation; /* identifier, as asked */
	uint32_t service; /* its number in this translation, from 1 */
	uint32_t priority; /* the lowest is the best; 0 = an alias, whose target has no service records */
	char target[MIF_TEXT_SIZE]; /* the host */
	uint32_t port; /* 0 = as asked */
	char alpn[MIF_TEXT_SIZE]; /* protocols, as in a zone file: h2,h3; empty: the scheme's own */
	uint32_t flags; /* enum mif_service_flags: what else it says */
	uint32_t ttl; /* seconds */
	uint32_t system; /* enum mif_system: which name service answered */
};

/* Extension. What became of TAKE_DOWN, BRING_UP, CALL_OFF or LET_GO: carries the request's tag.
 * With tag 0 and an error: a link that the subscriber wants could not be brought up; it will be
 * tried again. */
struct mif_message_link_done {
	uint64_t interface; /* the interface */
	uint32_t request; /* the request's number */
	uint32_t error; /* errno; 0 = done */
	char text[MIF_TEXT_SIZE]; /* a sentence */
};

/* Extension. One subscriber that wants to connect. Carries the request's tag. */
struct mif_message_holder {
	uint64_t interface; /* through this interface; 0 = any */
	uint64_t pvd; /* through this domain; 0 = any */
	uint32_t want; /* enum mif_want: how much */
	uint32_t uid; /* the subscriber's user; all ones = not known */
	uint32_t pid; /* its process; 0 = not known */
	uint32_t count; /* how many there are; the first 256 are told */
};

/* Extension. What became of a request about paths. Carries the request's tag. */
struct mif_message_path_answer {
	uint32_t request; /* the request's number */
	uint32_t connection; /* the connection's identifier; 0 = not known */
	struct mif_endpoint local; /* this end, of a path that was added */
	struct mif_endpoint remote; /* the other end */
	uint32_t error; /* errno; 0 = done */
	char text[MIF_TEXT_SIZE]; /* why not: a sentence */
};

/* Extension. A path of one of the caller's connections. */
struct mif_message_path {
	uint32_t connection; /* the connection's identifier (MPTCP token) */
	struct mif_endpoint local; /* this end */
	struct mif_endpoint remote; /* the other end */
	uint32_t local_id; /* the local address's identifier in this connection */
	uint32_t remote_id; /* the remote address's */
	uint32_t state; /* enum mif_path_state: how it is */
	uint32_t error; /* errno of the last failure; 0 = none */
	uint32_t backup; /* not 0: used when no other path works */
	uint64_t pvd; /* the domain of the local address; 0 = not known */
	uint64_t retry_at; /* when it is tried again: CLOCK_BOOTTIME, ns; 0 = it is not */
	uint64_t interface; /* the interface of the local address; 0 = not known */
	uint32_t rtt; /* smoothed round-trip time, microseconds; 0 = not known */
	uint64_t sent; /* octets sent and acknowledged */
	uint64_t received; /* octets received */
};

/* Extension. One of the caller's multipath connections; its paths follow. */
struct mif_message_multipath_connection {
	uint32_t connection; /* the connection's identifier (MPTCP token) */
	uint32_t uid; /* whose it is */
	uint32_t mode; /* enum mif_paths_mode: which paths it shall have */
	uint32_t paths; /* how many work */
	uint32_t single; /* enum mif_path_single: why there is no second one */
	uint32_t error; /* errno of the last one that was tried; 0 = none */
};

/* A message is a value: nothing in it is to be freed. */
struct mif_message {
	uint32_t type;   /* enum mif_message_type */
	uint32_t tag;    /* of a request: any number; its answers carry it */
	uint32_t serial; /* the library's own */
	union {
		struct mif_message_announce_interfaces announce_interfaces;
		struct mif_message_stop_announcing_interfaces stop_announcing_interfaces;
		struct mif_message_announce_pvds announce_pvds;
		struct mif_message_stop_announcing_pvds stop_announcing_pvds;
		struct mif_message_announce_elements announce_elements;
		struct mif_message_stop_announcing_elements stop_announcing_elements;
		struct mif_message_announce_addresses announce_addresses;
		struct mif_message_stop_announcing_addresses stop_announcing_addresses;
		struct mif_message_get_configuration_data get_configuration_data;
		struct mif_message_translate_name translate_name;
		struct mif_message_stop_translating_name stop_translating_name;
		struct mif_message_connect_to_address connect_to_address;
		struct mif_message_connect_to_address_from_address connect_to_address_from_address;
		struct mif_message_wants_to_connect wants_to_connect;
		struct mif_message_connection_is_idle connection_is_idle;
		struct mif_message_connection_can_be_broken connection_can_be_broken;
		struct mif_message_interface interface;
		struct mif_message_no_interface no_interface;
		struct mif_message_pvd pvd;
		struct mif_message_no_pvd no_pvd;
		struct mif_message_element element;
		struct mif_message_no_element no_element;
		struct mif_message_address address;
		struct mif_message_no_address no_address;
		struct mif_message_configuration_data configuration_data;
		struct mif_message_no_configuration_data no_configuration_data;
		struct mif_message_name_translation name_translation;
		struct mif_message_connected connected;
		struct mif_message_not_connected not_connected;
		struct mif_message_interface_going_away interface_going_away;
		struct mif_message_interface_going_up interface_going_up;
		struct mif_message_hello hello;
		struct mif_message_stop_connecting stop_connecting;
		struct mif_message_dial dial;
		struct mif_message_listen listen;
		struct mif_message_find_pvd find_pvd;
		struct mif_message_announce_default_pvd announce_default_pvd;
		struct mif_message_stop_announcing_default_pvd stop_announcing_default_pvd;
		struct mif_message_get_counters get_counters;
		struct mif_message_take_down take_down;
		struct mif_message_bring_up bring_up;
		struct mif_message_call_off call_off;
		struct mif_message_get_holders get_holders;
		struct mif_message_adopt_connection adopt_connection;
		struct mif_message_add_path add_path;
		struct mif_message_remove_path remove_path;
		struct mif_message_prefer_path prefer_path;
		struct mif_message_announce_paths announce_paths;
		struct mif_message_stop_announcing_paths stop_announcing_paths;
		struct mif_message_manage_paths manage_paths;
		struct mif_message_offer_address offer_address;
		struct mif_message_retract_address retract_address;
		struct mif_message_show_connection show_connection;
		struct mif_message_let_go let_go;
		struct mif_message_welcome welcome;
		struct mif_message_end_of_announcements end_of_announcements;
		struct mif_message_error error;
		struct mif_message_name_translation_done name_translation_done;
		struct mif_message_attempt attempt;
		struct mif_message_listening listening;
		struct mif_message_not_listening not_listening;
		struct mif_message_pvd_found pvd_found;
		struct mif_message_default_pvd default_pvd;
		struct mif_message_counter counter;
		struct mif_message_path_event path_event;
		struct mif_message_service_translation service_translation;
		struct mif_message_link_done link_done;
		struct mif_message_holder holder;
		struct mif_message_path_answer path_answer;
		struct mif_message_path path;
		struct mif_message_multipath_connection multipath_connection;
	} as;
};

#ifdef __cplusplus
}
#endif

#endif
