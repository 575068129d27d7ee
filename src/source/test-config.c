/* SPDX-License-Identifier: MIT */
#include "source/test-model.h"

#include "tap.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/config.h"

static struct model model;
static char directory[] = "/tmp/test-config.XXXXXX";
static char path[64], other[64];
static char error[256];

static void write_text(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static uint64_t counter(const struct source *source, unsigned int index)
{
	const char *name;
	uint64_t value = UINT64_MAX;

	source->ops->counter(source, index, &name, &value);
	return value;
}

/* Makes the source of this text, and dispatches it once. NULL: error says why. */
static struct source *source_of(const char *text, bool required)
{
	struct source *source;
	int r;

	memset(&model, 0, sizeof(model));
	if (text != NULL)
		write_text(path, text);
	else
		unlink(path);
	r = source_config_new(&source, path, required, error);
	if (r < 0)
		return NULL;
	if (r > 0) {
		source->ops->free(source);
		return NULL;
	}
	source->ops->dispatch(source, &model, 1);
	return source;
}

static void test_facts(void)
{
	struct source *source = source_of("# ours\n"
					  "[mifd]\n"
					  "whatever = the daemon's own affair\n"
					  "[interface h1]\n"
					  "dns = 192.0.2.1, 2001:db8::53 fe80::53\n"
					  "search = One.Example. corp.one.example\n"
					  "zones = Corp.Example. .\n"
					  "internet = no\n"
					  "metered = yes\n"
					  "[interface h2]\n"
					  "internet = yes\n"
					  "metered = no\n",
		true);

	ok(source != NULL && model.commits == 1 && model.count == 10,
		"one dispatch and one commit");
	ok(model_has(&model, "data h1 1 192.0.2.1/0  element=4 valid=-") &&
			model_has(&model, "data h1 1 2001:db8::53/0  element=4 valid=-") &&
			model_has(&model, "data h1 1 fe80::53/0  element=4 valid=-"),
		"M21: DNS servers of an interface by its name, element STATIC");
	ok(model_has(&model, "data h1 2 -/0 one.example element=4 valid=-") &&
			model_has(&model, "data h1 2 -/0 corp.one.example element=4 valid=-"),
		"M21: search domains, lower case and without the final dot");
	ok(model_has(&model, "data h1 17 -/0 corp.example element=4 valid=-") &&
			model_has(&model, "data h1 17 -/0 . element=4 valid=-"),
		"M21: zones, the root among them");
	ok(model_has(&model, "data h1 18 -/0  element=4 valid=-"),
		"M21: and that the network is all that there is");
	ok(model_has(&model, "link h1 name= kind=0 flags=0 mtu=0 metered=1 element=4 valid=-") &&
			model_has(&model,
				"link h2 name= kind=0 flags=0 mtu=0 metered=2 element=4 "
				"valid=-"),
		"M6: metered or not");
	ok(source->ops->deadline(source) == TIME_FOREVER, "nothing is left to be done");
	source->ops->free(source);
}

static void test_forecasts(void)
{
	struct source *source = source_of("[interface wlan0]\n"
					  "signal = -78\n"
					  "[interface h1]\n"
					  "carrier-losses = 3\n"
					  "carrier-time = 20\n"
					  "[interface wlan1]\n"
					  "signal = -1\n"
					  "signal-time = 0\n"
					  "signal-hysteresis = 50\n"
					  "carrier-losses = 8\n"
					  "[interface h2]\n"
					  "metered = no\n"
					  "carrier-time = 9\n",
		true);

	ok(source != NULL &&
			strcmp(model.future,
				"wlan0 -78+5 5 s, 0 in 60 s, h1 0+5 5 s, 3 in 20 s, "
				"wlan1 -1+50 0 s, 8 in 60 s, ") == 0,
		"M34: which signal, and which losses of the carrier, are too much: %s",
		model.future);
	model.future[0] = '\0';
	write_text(path, "[interface wlan0]\nsignal = -70\n");
	if (source != NULL) {
		source->ops->dispatch(source, &model, 2);
		ok(strcmp(model.future, "wlan0 -70+5 5 s, 0 in 60 s, ") == 0,
			"M34: and again when that has changed: %s", model.future);
		source->ops->free(source);
	}
	model.future[0] = '\0';
}

static void expect_error(const char *text, const char *expected)
{
	struct source *source = source_of(text, false);
	char full[320];

	snprintf(full, sizeof(full), "%s%s", path, expected);
	if (!ok(source == NULL && strcmp(error, full) == 0, "error: %s", expected))
		printf("# got: %s\n", source == NULL ? error : "no error");
	if (source != NULL)
		source->ops->free(source);
}

static void test_errors(void)
{
	expect_error("dns = 1.2.3.4", ":1: dns: before the first section");
	expect_error("[mifd]\n[other]", ":2: there is no section [other]");
	expect_error("[mifd x]", ":1: the section [mifd] has no argument");
	expect_error("[interface]", ":1: which interface? [interface NAME]");
	expect_error("[interface a234567890123456]",
		":1: \"a234567890123456\" cannot be an interface's name");
	expect_error("[interface a]\n[interface a]", ":2: the interface \"a\" a second time");
	expect_error("[interface a]\ncolour = red",
		":2: colour: the section [interface] has no such key");
	expect_error("[interface a]\nmetered = no\nmetered = no", ":3: metered: a second time");
	expect_error(
		"[interface a]\nmetered = maybe", ":2: metered: \"maybe\" is neither yes nor no");
	expect_error("[interface a]\ndns = one", ":2: dns: \"one\" is not the address of a server");
	expect_error("[interface a]\ndns = ff02::1",
		":2: dns: \"ff02::1\" is not the address of a server");
	expect_error("[interface a]\ndns = 0.0.0.0",
		":2: dns: \"0.0.0.0\" is not the address of a server");
	expect_error("[interface a]\ndns = -", ":2: dns: \"-\" is not the address of a server");
	expect_error("[interface a]\ndns = fe80::1%lo",
		":2: dns: \"fe80::1%lo\": a scope is not needed: the section names the link");
	expect_error("[interface a]\ndns = ,", ":2: dns: no DNS server");
	expect_error("[interface a]\nsearch = a..b", ":2: search: \"a..b\" is not a domain name");
	expect_error("[interface a]\nsearch = .", ":2: search: \".\" is not a domain name");
	expect_error("[interface a]\nzones = a..b", ":2: zones: \"a..b\" is not a domain name");
	expect_error("[interface a]\nzones = ", ":2: zones: no value");
	expect_error("[interface a]\nzones = a b c d e f g h i j k l m n o p q",
		":2: zones: more than 16 zones");
	expect_error("[interface a]\ncontrol = 1", ":2: control: \"1\" is neither yes nor no");
	expect_error(
		"[interface a]\non-demand = ppp", ":2: on-demand: \"ppp\" is neither yes nor no");
	expect_error(
		"[interface a]\nsignal = 80", ":2: signal: \"80\" is not a number from -120 to -1");
	expect_error("[interface a]\nsignal = -121",
		":2: signal: \"-121\" is not a number from -120 to -1");
	expect_error("[interface a]\nsignal = -80 dBm",
		":2: signal: \"-80 dBm\" is not a number from -120 to -1");
	expect_error("[interface a]\nsignal-hysteresis = 51",
		":2: signal-hysteresis: \"51\" is not a number from 0 to 50");
	expect_error("[interface a]\nsignal-time = 3601",
		":2: signal-time: \"3601\" is not a number from 0 to 3600");
	expect_error("[interface a]\ncarrier-losses = 9",
		":2: carrier-losses: \"9\" is not a number from 1 to 8");
	expect_error("[interface a]\ncarrier-time = 0",
		":2: carrier-time: \"0\" is not a number from 1 to 3600");
	expect_error("[interface a]\ninternet = 1", ":2: internet: \"1\" is neither yes nor no");
	expect_error("[interface a]\nsearch = b\xc3\xbc.example",
		":2: search: \"b\xc3\xbc.example\" is not a domain name");
}

static void test_limits(void)
{
	static char text[16384];
	struct source *source;
	size_t used = 0;

	source = source_of("[interface a]\ndns = 1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4 1.0.0.5 1.0.0.6 "
			   "1.0.0.7 1.0.0.8\nsearch = a b c d e f g h\n",
		true);
	ok(source != NULL && model.count == 16, "8 servers and 8 search domains");
	if (source != NULL)
		source->ops->free(source);
	expect_error("[interface a]\ndns = 1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4 1.0.0.5 1.0.0.6 1.0.0.7 "
		     "1.0.0.8 1.0.0.9\n",
		":2: dns: more than 8 DNS servers");
	expect_error("[interface a]\nsearch = a b c d e f g h i\n",
		":2: search: more than 8 search domains");
	for (int i = 0; i < CONFIG_INTERFACES; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "[interface h%d]\nmetered=no\n", i);
	source = source_of(text, true);
	ok(source != NULL && model.count == CONFIG_INTERFACES, "64 interfaces");
	if (source != NULL)
		source->ops->free(source);
	strcpy(text + used, "[interface h]\n");
	expect_error(text, ":129: more than 64 interfaces");
}

static void test_missing(void)
{
	struct source *source = source_of(NULL, false);

	ok(source != NULL && model.count == 0 && model.commits == 1,
		"a missing file brings no facts");
	if (source != NULL)
		source->ops->free(source);
	source = source_of(NULL, true);
	ok(source == NULL && strstr(error, "No such file") != NULL,
		"a missing file that was asked for is an error");
	ok(source_config_new(&source, "/nowhere/mifd.conf", false, error) == 0 &&
			source->ops->fd(source) == -1,
		"nor need its directory be there");
	source->ops->free(source);
}

/* Whether the descriptor is readable; then dispatches. */
static bool notices(struct source *source)
{
	struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};

	if (poll(&fd, 1, 0) != 1)
		return false;
	return source->ops->dispatch(source, &model, 2) == 0;
}

/* "": nothing is wrong. */
static const char *complaint(struct source *source)
{
	const char *text = source->ops->complaint(source);

	return text != NULL ? text : "";
}

static void test_changes(void)
{
	struct source *source = source_of("[interface h1]\ndns = 192.0.2.1\n", true);

	ok(source != NULL && !notices(source), "a file that does not change wakes nobody");
	write_text(path, "[interface h1]\ndns = 192.0.2.2\n");
	ok(notices(source) && model.count == 1 &&
			model_has(&model, "data h1 1 192.0.2.2/0  element=4 valid=-"),
		"a file that was written is read again: what it has no more is gone");
	write_text(other, "[interface h2]\nmetered = yes\n");
	ok(notices(source) && model.commits == 2, "its neighbours in the directory do not matter");
	rename(other, path);
	ok(notices(source) && model.count == 1 && model.entries[0].fact.kind == FACT_LINK,
		"a file that was put in its place is read again");
	write_text(path, "[interface h2]\nmetered = perhaps\n");
	ok(notices(source) && model.count == 1 && model.commits == 3 && counter(source, 1) == 1,
		"one that has become bad keeps the facts of before, and is counted");
	ok(strstr(complaint(source), "/mifd.conf:2: metered: \"perhaps\"") != NULL &&
			complaint(source)[0] == '\0',
		"and what is wrong is told once, with file, line and key");
	unlink(path);
	ok(notices(source) && model.count == 1 && counter(source, 1) == 2,
		"so does a required one that was deleted");
	ok(strstr(complaint(source), "/mifd.conf: No such file") != NULL,
		"of which the same is told");
	source->ops->free(source);
	source = source_of("[interface h1]\ndns = 192.0.2.1\n", false);
	unlink(path);
	ok(notices(source) && model.count == 0, "one that is not required takes its facts along");
	ok(complaint(source)[0] == '\0', "and nothing is wrong with that");
	write_text(path, "[interface h1]\ndns = 192.0.2.3\n");
	ok(notices(source) && model.count == 1, "and brings them when it comes");
	model.commit_error = -ENOMEM;
	write_text(path, "[interface h1]\ndns = 192.0.2.4\n");
	ok(notices(source) && source->ops->deadline(source) == 2 + NSEC_PER_SEC,
		"without memory it is tried again a second later");
	model.commit_error = 0;
	source->ops->dispatch(source, &model, 2 + NSEC_PER_SEC);
	ok(model.count == 1 && model_has(&model, "data h1 1 192.0.2.4/0  element=4 valid=-"),
		"and then done");
	source->ops->free(source);
	memset(&model, 0, sizeof(model));
	write_text(path, "[interface h1]\ndns = one\n");
	ok(source_config_new(&source, path, true, error) == 1 && error[0] != '\0' &&
			strcmp(source->ops->path(source, 0), path) == 0,
		"one that is bad from the beginning is named, with a reason");
	ok(complaint(source)[0] == '\0', "once");
	write_text(path, "[interface h1]\ndns = 192.0.2.5\n");
	ok(notices(source) && model.count == 1, "and read when it is better");
	source->ops->free(source);
}

int main(void)
{
	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/mifd.conf", directory);
	snprintf(other, sizeof(other), "%s/other", directory);
	test_facts();
	test_forecasts();
	test_errors();
	test_limits();
	test_missing();
	test_changes();
	unlink(path);
	rmdir(directory);
	return tap_done();
}
