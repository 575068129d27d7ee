/* SPDX-License-Identifier: MIT */
#include "source/test-model.h"

#include "tap.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/dhclient.h"

/* The loopback link and its address are the only ones that are there in every namespace. */
#define LO 1
#define HERE "127.0.0.1"

static struct model model;
static char top[] = "/tmp/test-dhclient.XXXXXX";
static char directory[64];

static uint64_t counter(const struct source *source, const char *name)
{
	const char *other;
	uint64_t value = UINT64_MAX;

	for (unsigned int i = 0; source->ops->counter(source, i, &other, &value); i++) {
		if (strncmp(name, other, strlen(name)) == 0)
			return value;
	}
	return UINT64_MAX;
}

static void file_add(const char *name, const char *mode, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, mode);
	if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0)
		abort();
}

#define LEASE(interface, address, server, expire)                                           \
	"lease { interface \"" interface "\"; fixed-address " address                       \
	"; option domain-name-servers " server "; option dhcp-server-identifier 10.0.0.1; " \
	"expire " expire "; }\n"

/* Whether the descriptor is readable; then dispatches. */
static bool notices(struct source *source, uint64_t now)
{
	struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};
	bool readable = poll(&fd, 1, 0) > 0;

	source->ops->dispatch(source, &model, now);
	return readable;
}

static bool has_server(const char *server)
{
	char text[TEST_TEXT];

	snprintf(text, sizeof(text), "data 1 1 %s/0  element=3 probed valid=- provider=10.0.0.1",
		server);
	return model_has(&model, text);
}

static void test_files(struct source *source)
{
	ok(source->ops->deadline(source) == 0 && !notices(source, 1) && model.commits == 1 &&
			model.count == 0,
		"without a directory there is nothing");
	if (mkdir(directory, 0755) < 0)
		abort();
	file_add("dhclient.leases", "w", LEASE("lo", HERE, "10.0.0.2", "never"));
	ok(notices(source, 2) && model.count == 1 && has_server("10.0.0.2"),
		"M21: a lease that a client has kept, of whatever time: its DNS server");
	file_add("dhclient.leases", "a", LEASE("lo", HERE, "10.0.0.3", "never"));
	ok(notices(source, 3) && model.count == 1 && has_server("10.0.0.3"),
		"M21: a newer one is at the end, and holds instead");
	file_add("dhclient.leases", "a", LEASE("lo", HERE, "10.0.0.4", "epoch 1000000000"));
	ok(notices(source, 4) && model.count == 0, "M18: what has ended does not");
	file_add("dhclient.lo.leases", "w", LEASE("lo", HERE, "10.0.0.5", "never"));
	ok(notices(source, 5) && has_server("10.0.0.5"),
		"of two files, what ends later is what holds");
}

static void test_elsewhere(struct source *source)
{
	struct fact fact = {.kind = FACT_ADDRESS, .ifindex = LO};

	file_add("dhclient.lo.leases", "w", LEASE("lo", "192.0.2.7", "10.0.0.6", "never"));
	ok(notices(source, 6) && model.count == 0 && counter(source, "dhclient leases") > 0,
		"M21: a lease of an address that this host does not have is none of its");
	mif_address_parse(&fact.as.address.address, "192.0.2.8");
	source->ops->notice(source, &fact, true, 7);
	ok(source->ops->deadline(source) == TIME_FOREVER, "another address is no news");
	mif_address_parse(&fact.as.address.address, "192.0.2.7");
	source->ops->notice(source, &fact, true, 7);
	ok(source->ops->deadline(source) == 7, "when that one comes, it is looked at again");
	file_add("dhclient.lo.leases", "w", LEASE("nosuch0", HERE, "10.0.0.6", "never"));
	ok(notices(source, 8) && model.count == 0, "nor is one of a link that is not there");
}

static void test_distrust(struct source *source)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/dhclient.lo.leases", directory);
	file_add("dhclient.lo.leases", "w", LEASE("lo", HERE, "10.0.0.7", "never"));
	chmod(path, 0666);
	notices(source, 9);
	ok(model.count == 0 && counter(source, "dhclient files that are not") > 0,
		"M1: a file that anybody can write is not believed");
	chmod(path, 0644);
	file_add("dhclient.lo.leases", "a", "} lease { interface \"lo\"; garbage \xff { {");
	ok(notices(source, 10) && has_server("10.0.0.7"), "M1: garbage costs what it is, no more");
	file_add("other", "w", LEASE("lo", HERE, "10.0.0.8", "never"));
	notices(source, 11);
	ok(has_server("10.0.0.7"), "files of others are not looked at");
	for (int i = 0; i < 12000; i++)
		file_add("dhclient.lo.leases", "a", "option domain-name \"filler.example\";\n");
	file_add("dhclient.lo.leases", "a", LEASE("lo", HERE, "10.0.0.9", "never"));
	ok(notices(source, 12) && has_server("10.0.0.9"),
		"of a file that is too long, the end counts");
}

#define LEASE6(address, server, max)                                                        \
	"lease6 { interface \"lo\"; ia-na 0:0:0:1 { starts 1000000000; renew 9; rebind 9; " \
	"iaaddr ::1 { starts 1000000000; max-life " max "; } iaaddr " address               \
	" { starts 1000000000; max-life 4294967295; } } "                                   \
	"option dhcp6.name-servers " server "; }\n"

#define LEASED6(address) "lease 1 " address " renew=0 rebind=0 element=2 probed valid=- provider=::"
#define SERVER6(address) "data 1 1 " address "/0  element=2 probed valid=- provider=::"

static void test_ipv6(struct source *source)
{
	struct fact fact = {.kind = FACT_ADDRESS, .ifindex = LO};

	file_add("dhclient.lo.leases", "w", LEASE("lo", HERE, "10.0.0.9", "never"));
	file_add("dhclient6.leases", "w", LEASE6("2001:db8::7", "2001:db8::53", "4294967295"));
	ok(notices(source, 20) && has_server("10.0.0.9") && model.count == 3 &&
			model_has(&model, LEASED6("::1")) &&
			model_has(&model, SERVER6("2001:db8::53")),
		"M21 M18: a lease for IPv6 beside one for IPv4: what was leased and is here");
	mif_address_parse(&fact.as.address.address, "2001:db8::7");
	source->ops->notice(source, &fact, true, 21);
	ok(source->ops->deadline(source) == 21,
		"when its other address comes, it is looked at again");
	file_add("dhclient6.leases", "a", LEASE6("2001:db8::7", "2001:db8::54", "1000"));
	ok(notices(source, 22) && has_server("10.0.0.9") && model.count == 1,
		"M18: where what is here has ended, so has all of the lease");
	file_add("dhclient6.leases", "a", LEASE6("2001:db8::7", "2001:db8::54", "4294967295"));
	ok(notices(source, 23) && model_has(&model, SERVER6("2001:db8::54")),
		"M21: the last one in the file holds");
	file_add("dhclient6.leases", "a", "lease6 { interface \"lo\"; released; }\n");
	ok(notices(source, 24) && has_server("10.0.0.9") && model.count == 1,
		"M20: what was released does not");
}

static void test_memory(struct source *source)
{
	file_add("dhclient.lo.leases", "w", LEASE("lo", HERE, "10.0.0.2", "never"));
	model.put_error = -ENOMEM;
	notices(source, 13);
	ok(source->ops->deadline(source) != TIME_FOREVER && has_server("10.0.0.9"),
		"without memory the old state stays, and it is tried again");
	model.put_error = 0;
	source->ops->dispatch(source, &model, source->ops->deadline(source));
	ok(has_server("10.0.0.2"), "and then it is right");
}

int main(void)
{
	struct source *source;
	char command[128];

	if (mkdtemp(top) == NULL)
		abort();
	snprintf(directory, sizeof(directory), "%s/dhcp", top);
	if (source_dhclient_new(&source, directory) < 0)
		abort();
	test_files(source);
	test_elsewhere(source);
	test_distrust(source);
	test_ipv6(source);
	test_memory(source);
	source->ops->free(source);
	snprintf(command, sizeof(command), "rm -r %s", top);
	if (system(command) != 0)
		printf("# cannot remove %s\n", top);
	return tap_done();
}
