/* SPDX-License-Identifier: MIT */
#include "source/test-model.h"

#include "tap.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hook/store.h"
#include "source/hook.h"

/* The loopback link is the only one that is there in every namespace. */
#define LO 1

static struct model model;
static char top[] = "/tmp/test-hook.XXXXXX";
static char directory[64];
static uint64_t namespace;

static uint64_t counter(const struct source *source, unsigned int index)
{
	const char *name;
	uint64_t value = UINT64_MAX;

	source->ops->counter(source, index, &name, &value);
	return value;
}

static struct report lease_of(const char *server)
{
	struct report report = {.interface = "lo", .ifindex = LO, .element = MIF_ELEMENT_DHCPV4};
	struct report_item *item = report_add(&report, REPORT_LEASE);

	mif_address_parse(&item->provider, "10.0.0.1");
	mif_address_parse(&item->address, "10.0.0.7");
	item->prefix_length = 24;
	item->valid_until = 100 * NSEC_PER_SEC;
	item->renew_at = 50 * NSEC_PER_SEC;
	item = report_add(&report, REPORT_DATA);
	mif_address_parse(&item->provider, "10.0.0.1");
	item->information = MIF_INFORMATION_DNS_SERVERS;
	item->valid_until = 100 * NSEC_PER_SEC;
	mif_address_parse(&item->address, server);
	return report;
}

/* Whether the descriptor is readable; then dispatches. */
static bool notices(struct source *source, uint64_t now)
{
	struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};
	bool readable = poll(&fd, 1, 0) > 0;

	source->ops->dispatch(source, &model, now);
	return readable;
}

static void put(const struct report *report)
{
	if (store_put(directory, namespace, report) < 0)
		abort();
}

static bool has_server(const char *server)
{
	char text[TEST_TEXT];

	snprintf(
		text, sizeof(text), "data 1 1 %s/0  element=3 valid=100 provider=10.0.0.1", server);
	return model_has(&model, text);
}

static void test_files(struct source *source)
{
	struct report report = lease_of("10.0.0.1");

	ok(source->ops->deadline(source) == 0 && !notices(source, 1) && model.commits == 1 &&
			model.count == 0,
		"without a directory there is nothing");
	put(&report);
	ok(notices(source, 2), "a report that comes, its directory with it, is noticed");
	ok(model.count == 2 && has_server("10.0.0.1") && model.entries[0].fact.kind == FACT_LEASE &&
			model.entries[0].fact.as.lease.renew_at == 50 * NSEC_PER_SEC &&
			model.entries[0].fact.trust == FACT_TRUST_MANAGER,
		"M21: a lease and what came with it, of trust MANAGER");
	ok(!notices(source, 2) && model.commits == 2, "without news nothing is committed");
	report = lease_of("10.0.0.2");
	put(&report);
	ok(notices(source, 3) && model.count == 2 && has_server("10.0.0.2"),
		"M14: another report of the same element takes its place, in one commit");
	notices(source, 4);
	ok(store_remove(directory, namespace, MIF_ELEMENT_DHCPV4, "lo") == 0 &&
			notices(source, 5) && model.count == 0,
		"M15: without its report the element is gone");
	ok(store_remove(directory, namespace, MIF_ELEMENT_DHCPV4, "lo") == 0,
		"to remove it again is no fault");
	put(&report);
	notices(source, 100 * NSEC_PER_SEC);
	ok(model.count == 0, "M18: a lease that has ended brings nothing");
	notices(source, 6);
}

static void write_text(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(path, mode) < 0)
		abort();
}

static void test_refused(struct source *source)
{
	struct report report = lease_of("10.0.0.3");
	uint64_t bad = counter(source, 1), foreign = counter(source, 2);
	char prefix[STORE_NAME], name[STORE_NAME + 16];

	store_prefix(prefix, namespace);
	report.ifindex = INT32_MAX;
	put(&report);
	notices(source, 7);
	ok(model.count == 0, "M12: a report of a link that is gone brings nothing");
	snprintf(name, sizeof(name), "%sdhcpv4-lo", prefix);
	write_text(name, "[dhcpv4 lo]\nifindex = 1\nmtu = many\n", 0644);
	notices(source, 8);
	ok(model.count == 0 && counter(source, 1) > bad, "a bad report is counted");
	write_text(name, "[dhcpv4 lo]\nifindex = 1\nmtu = 1480\n", 0666);
	notices(source, 9);
	ok(model.count == 0 && counter(source, 2) > foreign,
		"one that anybody could have written is not read");
	chmod(directory, 0777);
	report = lease_of("10.0.0.4");
	ok(store_put(directory, namespace, &report) == -EPERM,
		"nor written where anybody could have laid a link");
	write_text(name, "[dhcpv4 lo]\nifindex = 1\nmtu = 1480\n", 0644);
	notices(source, 10);
	ok(model.count == 0, "nor read there");
	chmod(directory, 0755);
	write_text(name, "[dhcpv4 lo]\nifindex = 1\nmtu = 1480\n", 0644);
	notices(source, 11);
	ok(model.count == 1, "root's own is");
	snprintf(name, sizeof(name), "%sdhcpv6-lo", prefix);
	write_text(name, "[dhcpv6 lo]\nifindex = 1\nmtu = 1480\n", 0644);
	notices(source, 12);
	ok(model.count == 2, "M14: the same of another element is another fact");
	write_text("fffffffffffffff-dhcpv6-lo", "[ra lo]\nifindex = 1\nmtu = 1480\n", 0644);
	notices(source, 13);
	ok(model.count == 2, "what belongs to another network namespace is not");
}

static void test_memory(struct source *source)
{
	struct report report = lease_of("10.0.0.5");

	model.put_error = -ENOMEM;
	put(&report);
	ok(notices(source, 14) && source->ops->deadline(source) == 14 + NSEC_PER_SEC,
		"without memory it is tried again a second later");
	model.put_error = 0;
	source->ops->dispatch(source, &model, 14 + NSEC_PER_SEC);
	ok(has_server("10.0.0.5") && source->ops->deadline(source) == TIME_FOREVER,
		"and then done");
}

/* A directory that goes, with all in it, and comes again. */
static void test_directory(struct source *source)
{
	struct report report = lease_of("10.0.0.6");
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	ok(system(command) == 0 && notices(source, 15) && model.count == 0,
		"a directory that is removed takes all with it");
	notices(source, 16);
	put(&report);
	while (notices(source, 17)) {}
	ok(model.count == 2 && has_server("10.0.0.6"), "and brings it when it comes again");
	report = lease_of("10.0.0.7");
	put(&report);
	ok(notices(source, 18) && has_server("10.0.0.7"), "where what changes is noticed, too");
	if (system(command) != 0)
		abort();
}

int main(void)
{
	struct source *source;

	if (mkdtemp(top) == NULL)
		return 1;
	snprintf(directory, sizeof(directory), "%s/hook", top);
	namespace = store_namespace();
	if (source_hook_new(&source, directory) < 0)
		return 1;
	test_files(source);
	test_refused(source);
	test_memory(source);
	test_directory(source);
	source->ops->free(source);
	rmdir(top);
	return tap_done();
}
