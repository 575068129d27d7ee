/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/table.h"
#include "engine/model.h"

/*
 * The model from inside the room: the facts by link, and the objects that follow from them. An
 * object is what subscribers are told about; its "as" is what its announcement says.
 */

/* Newcomers beyond these are refused and counted; nobody is evicted. */
#define MODEL_LINKS 4096
#define MODEL_NAMED 1024 /* facts that name their link, in all */
#define MODEL_LINK_ADDRESSES 2048
#define MODEL_LINK_PROVIDERS 16 /* routers and servers */
#define MODEL_PROVIDER_FACTS 256 /* prefixes, servers, domains, routes... of one of them */
#define MODEL_LINK_DOMAINS (MODEL_LINK_PROVIDERS + 2)

#define MODEL_BUCKETS 256

/* When a commit that ran out of memory is tried again. */
#define MODEL_RETRY (100 * NSEC_PER_MSEC)

/* How long a domain outlives the carrier, and the carrier's return without its router's answer. */
#define MODEL_HOLD_DOWN (30 * NSEC_PER_SEC)

struct fact_entry {
	struct list node;
	uint16_t owner; /* less than ENGINE_SOURCES */
	bool stale; /* of a snapshot under way, not put again yet */
	uint32_t domains; /* addresses: in which of the link's domains, by bit */
	uint64_t digest; /* fact_digest() */
	struct fact fact; /* allocated only as far as its kind needs */
};

enum object_kind {
	OBJECT_INTERFACE,
	OBJECT_PVD,
	OBJECT_ELEMENT,
	OBJECT_ADDRESS,
};

/* What is told of an interface and of a domain: their messages without identifiers, and with a name no
 * longer than it is, since there may be thousands of them. */
struct interface_state {
	char name[IFNAMSIZ];
	uint32_t ifindex;
	uint32_t kind; /* enum mif_kind */
	uint32_t flags; /* enum mif_interface_flags */
	uint32_t mtu;
	uint32_t metered; /* enum mif_metered */
	uint32_t quality;
};

struct pvd_state {
	char *name; /* its own; NULL: it has not been told yet */
	uint16_t flags; /* enum mif_pvd_flags */
	uint8_t family; /* enum mif_family */
	uint8_t state; /* enum mif_pvd_state */
	uint32_t egress; /* enum mif_egress */
};

struct element_state {
	uint32_t element; /* enum mif_element */
	uint32_t generation;
	uint64_t digest; /* over what it holds */
	uint64_t ends; /* when the lease of which it is does; 0: it is of none */
};

struct address_state {
	struct mif_address address;
	uint64_t valid_until;
	uint64_t preferred_until;
};

/* What makes two domains of a link the same: the family, and the explicit name or the router. */
struct domain_key {
	uint32_t family; /* AF_INET, AF_INET6, AF_UNSPEC: link scope */
	struct mif_address router;
	const char *name; /* RFC 8801, or NULL; in an object: its own pvd.name */
};

/* Allocated only as far as its kind needs: elements and addresses, the bulk of all, have no more than what
 * is told of them. */
struct object {
	uint8_t kind; /* enum object_kind */
	bool present : 1; /* in the picture of the commit under way */
	bool known : 1; /* scratch of subscription.c */
	bool untold : 1; /* not everybody who wants to know of it has been told that it is there */
	uint8_t prefix_length, flags; /* of an address: enum mif_address_flags */
	struct object *parent; /* NULL for an interface */
	struct list siblings;
	struct list tellings; /* who was told of it: subscription.c */
	union {
		struct element_state element;
		struct address_state address;
		struct {
			struct table_node by_id; /* what messages call it: object_id() */
			struct list children;
			struct list
				subscriptions; /* who wants to know of its children: subscription.c */
			union {
				struct {
					struct interface_state interface;
					struct model_link *link;
				};
				struct {
					struct pvd_state pvd;
					struct domain_key key;
					uint64_t digest; /* over what it holds */
				};
			};
		};
	};
};

/* Of interfaces and domains. */
static inline uint64_t object_id(const struct object *object)
{
	return object->by_id.hash;
}

static inline struct model_link *object_link(const struct object *object)
{
	while (object->parent != NULL)
		object = object->parent;
	return object->link;
}

/* Elements and addresses hold nothing and have no identifier. */
static inline bool object_is_leaf(const struct object *object)
{
	return object->kind == OBJECT_ELEMENT || object->kind == OBJECT_ADDRESS;
}

struct model_link {
	struct list node;
	struct list in_bucket;
	struct list in_dirty; /* in the model's, or in no list */
	struct list addresses; /* facts: a link may have many of these */
	struct list facts; /* all others */
	uint32_t ifindex;
	uint32_t address_count;
	uint32_t zone_count; /* facts that tell a DNS zone */
	bool was_interface; /* it had one */
	bool leased; /* there is a FACT_LEASE among its facts */
	bool shared; /* a router of it advertises several domains from one address */
	bool running; /* as far as it has been told: picture.c */
	struct object *interface; /* NULL: no FACT_LINK */
	uint64_t deadline; /* when its picture changes by itself */

	/* Loss of carrier: who has not been heard from since, and until when that is borne. */
	uint64_t hold_until;
	struct mif_address *suspects; /* NULL: the carrier was never lost */
	uint32_t suspect_count;

	/* When its last domain ends, and how long that was ahead when it was learned: ending.c. */
	bool routed; /* one of its domains has, or had, a router */
	bool advertised; /* that was heard */
	bool ending; /* no renewal is in sight */
	bool declined; /* taken down on request: on demand only for a new want (want.c) */
	uint64_t ends, ends_after;

	/* Who wants to connect: want.c; what becomes of the link: departure.c. */
	struct list wants;
	uint32_t held; /* of these, wants that are not breakable */
	uint32_t guests; /* of those, of sessions that keep no link on demand */
	struct departure *departure; /* NULL: it stays as it is */
};

enum change {
	CHANGE_NEW,
	CHANGE_CHANGED,
	CHANGE_REFRESHED, /* lifetimes only (M18) */
	CHANGE_GONE, /* the object is freed right after */
};

struct model {
	struct list links;
	struct list buckets[MODEL_BUCKETS]; /* the same by ifindex */
	struct list dirty; /* those to be looked at by the next commit */
	size_t link_count;
	uint64_t deadline; /* no link's is earlier */
	struct list named; /* facts with ifindex 0 */
	uint32_t named_count, named_zone_count;
	uint64_t named_deadline; /* when the next of them expires */
	uint64_t retry_at; /* TIME_FOREVER: the last commit was whole */
	struct list interfaces; /* objects */
	struct table objects; /* interfaces and domains, by identifier */
	struct list subscriptions; /* to interfaces */
	uint64_t next_id;
	uint64_t refused;
	bool named_dirty;
	bool defaults_dirty;
	bool held, awaited; /* commits are, and one was asked for meanwhile: model_hold() */
	uint64_t default_pvd[2]; /* IPv4, IPv6; 0: none */
	uint64_t
		notice; /* how long before its end a link is said to be going away; 0: not at all */
	uint32_t first_link; /* of the main table's best IPv4 default route: ifindex; or 0 */

	/* The engine's: told of every change in the order that subscribers shall see it. 0, or (new
	 * objects only) -ENOMEM: it will be told again of the same object. */
	int (*changed)(void *context, struct object *object, enum change change);
	void (*default_changed)(void *context, uint32_t family, uint64_t pvd);
	void (*came_up)(void *context, uint32_t ifindex, uint64_t now);
	void (*noticed)(void *context, const struct fact *fact, bool there);
	void (*committed)(void *context, uint64_t now); /* a commit is whole */
	/* Interfaces that are announced though their links do not exist: absent_becomes(), absent_remains(). */
	bool (*becomes)(void *context, struct model_link *link, const char *name);
	bool (*remains)(void *context, struct model_link *link);
	void (*ending)(
		void *context, struct model_link *link, uint64_t now); /* is it? link->ending */
	void *context;

	struct engine *engine; /* whose model it is, or NULL */
};

int model_new(struct model **modelp);
void model_free(struct model *model);

/* When model_commit() wants to be called, whatever the sources say. */
uint64_t model_deadline(const struct model *model);

/* Until model_release(), which commits if that was asked for meanwhile, commits do nothing: what several sources
 * say at once is looked at once. */
void model_hold(struct model *model);
int model_release(struct model *model, uint64_t now);

/* This link's picture depends on more than its facts, and is to be looked at again. */
void model_touch(struct model *model, uint32_t ifindex);

/* NULL when there is none (any more). */
struct object *model_interface(const struct model *model, uint64_t id);
struct object *model_pvd(const struct model *model, uint64_t id);

/* The domain of a local address, on the link of that index or (0) on any; or NULL. */
struct object *model_find(
	const struct model *model, const struct mif_address *address, uint32_t ifindex);

/* ---- object.c ---- */

/* NULL: there is no memory. */
struct object *object_new(
	struct model *model, enum object_kind kind, struct object *parent, struct list *siblings);

/* The one of a link. NULL: there is no memory. */
struct object *interface_new(struct model *model, struct model_link *link);

/* With all its children. Tells nobody. */
void object_free(struct model *model, struct object *object);

/* The one of this address among a domain's children, or NULL. Addresses come in the order of their facts,
 * mostly: the search begins behind *lastp, which becomes the one that was found. */
struct object *object_address(
	const struct object *pvd, const struct mif_address *address, struct list **lastp);

/* What is told of an interface, with all identifiers; and back, without them: whether that has changed
 * it. */
void object_get_interface(const struct object *object, struct mif_message_interface *message);
bool object_set_interface(struct object *object, const struct mif_message_interface *message);

/* The same of a domain. 1: changed; 0: not; -ENOMEM. */
void object_get_pvd(const struct object *object, struct mif_message_pvd *message);
int object_set_pvd(struct object *object, const struct mif_message_pvd *message);

/* And of the others, where the domain is all that is put in. */
void object_get_element(const struct object *object, struct mif_message_element *message);
void object_get_address(const struct object *object, struct mif_message_address *message);
void object_set_address(struct object *object, const struct mif_message_address *message);

/* Two lifetimes this close are the same: dumps give them in whole seconds. */
#define SAME_LIFETIME (3 * NSEC_PER_SEC / 2)

bool lifetime_is_same(uint64_t a, uint64_t b);

/* ---- pvd.c: the domain rule ---- */

#define DOMAIN_ELEMENTS 8 /* of enum mif_element */

/* A domain as the facts want it to be. */
struct domain {
	struct domain_key key;
	struct mif_message_pvd as; /* without the identifiers, and without a name if key has none */
	uint32_t elements; /* bit 1 << enum mif_element */
	uint64_t element_digest[DOMAIN_ELEMENTS];
	uint64_t element_ends[DOMAIN_ELEMENTS]; /* of a lease; 0: there is none */
	uint64_t addresses_until; /* when the last of them ends */
	uint64_t routers_until; /* 0: it has none */
	bool advertised; /* one of them was heard */
	const struct fact *way; /* as domain_way() finds it */
	uint64_t digest;
};

/* Works the domains of a link out of its facts, and marks in each address which it belongs to.
 * Returns their number, at most MODEL_LINK_DOMAINS. */
size_t domains_find(
	const struct model *model, struct model_link *link, struct domain *domains, uint64_t now);

/* Makes the name of a domain whose network gives it none, that of this index: as.name. */
void domain_name(const struct model_link *link, struct domain *domain, size_t index);

/* ---- ending.c: lifetimes that nobody renews ---- */

/* Whether what is to be told of it has changed: link->ending, link->ends. */
bool ending_judge(const struct model *model, struct model_link *link, const struct domain *domains,
	size_t count, uint64_t now);

/* When it is to be judged again. */
uint64_t ending_deadline(const struct model *model, const struct model_link *link, uint64_t now);

/* ---- belong.c: which facts are whose ---- */

/* Whether it is the word of one who knows a router by its address only (the kernel, a manager), on what
 * another one of the router's domains is known to have. */
bool fact_is_misattributed(const struct model_link *link, const struct fact_entry *entry);

bool domain_key_equal(const struct domain_key *a, const struct domain_key *b);

/* Whether a fact of its link belongs to a domain. Not for addresses. */
bool domain_has_fact(
	const struct model_link *link, const struct domain_key *key, const struct fact *fact);

/* Whether a fact that names its link by name is about this link. */
bool fact_names_link(const struct fact *fact, const struct model_link *link);

/* The link's own fact, or NULL. */
const struct fact *link_fact(const struct model_link *link);

/* The name that a provider gives its domain (RFC 8801), or NULL. */
const char *provider_name(const struct model_link *link, const struct mif_address *provider);

/* Of one router, the same of its domains. */
bool provider_equal(const struct mif_address *a, const struct mif_address *b);

/* Whether a router, as far as it advertises this domain and no other, is one of those of it. */
bool provider_has_key(const struct model_link *link, const struct domain_key *key,
	const struct mif_address *provider);

/* Whether one of those has this address. */
bool gateway_has_key(const struct model_link *link, const struct domain_key *key,
	const struct mif_address *gateway);

/* A router of the one explicit domain that takes in what DHCPv4 brought, by its L flag; NULL: there is
 * none, or several claim it (RFC 8801 section 3.4.2). */
const struct mif_address *link_adopting_router(const struct model_link *link);
bool domain_adopts(const struct model_link *link, const struct domain_key *key);

/* The lease that ends last of those that gave this address, or NULL. */
const struct fact *address_lease(const struct model_link *link, const struct mif_address *address);

/* When an address ends: by the kernel, or with its lease. */
uint64_t address_until(const struct model_link *link, const struct fact *fact);

/* What is told of it: enum mif_address_flags. way: its domain's. */
uint32_t address_flags(const struct fact *fact, const struct fact *way, uint64_t now);

/* Whether an IPv4 address came by DHCP. */
bool address_is_leased4(const struct model_link *link, const struct fact *fact);

/* ---- egress.c ---- */

/* Of the domain of this index: enum mif_egress. Certain when it is so for every address. *routed is
 * set where sources have default routes, which the main table need not have. */
uint32_t domain_egress(const struct model *model, const struct model_link *link,
	const struct domain *domain, size_t index, bool *routed);

/* The way that IPv4 packets of a domain go where they are bound to no source: its best default route, or
 * the router that DHCP tells of; NULL: there is none. */
const struct fact *domain_way(const struct model_link *link, const struct domain_key *key);

/* Whether they have this address then: it is the route's own source, or its router is a neighbour there. Of
 * no way, no address. */
bool way_has_source(const struct fact *way, const struct fact *address);

/* ---- element.c: configuration elements ---- */

/* Over what a fact says, without its lifetimes. */
uint64_t fact_digest(const struct fact *fact);

/* Adds a piece to an element of the domain. */
void element_join(struct domain *domain, uint32_t element, uint64_t digest);

/* Adds what the facts of the link, and those that name it, bring to the domain's elements. */
void elements_gather(
	const struct model *model, const struct model_link *link, struct domain *domain);

/* Once all elements are known: what the kernel's default routes add to them. */
void elements_join_gateways(const struct model_link *link, struct domain *domain);

/* The same of its addresses, by its index. Whether one of them is for new connections. */
bool elements_gather_addresses(
	const struct model_link *link, struct domain *domain, size_t index, uint64_t now);

/* ---- rumour.c ---- */

/* Whether a named fact that is a rumour is about this domain, as far as can be proven. */
bool rumour_is_of(const struct model *model, const struct fact *fact, const struct object *pvd);

/* ---- data.c: configuration information (M21) ---- */

#define DATA_ITEMS 64

struct data_item {
	uint32_t origin; /* enum mif_element */
	int32_t trust; /* enum fact_trust */
	uint32_t part; /* of what is longer than a text */
	uint64_t valid_until;
	struct mif_address address;
	uint32_t prefix_length;
	uint64_t number;
	const char *text; /* in the fact: valid until the model changes */
};

/* What the elements of this type (ANY: all, merged by RFC 8106 precedence) brought, as far as it is
 * believed (enum fact_trust). option: of MIF_INFORMATION_OPTION, else 0. Returns how many, at most
 * DATA_ITEMS. */
size_t data_find(const struct model *model, const struct object *pvd, uint32_t element,
	uint32_t information, uint32_t option, struct data_item items[DATA_ITEMS]);
