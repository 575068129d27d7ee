/* SPDX-License-Identifier: MIT */
#include "source/test-model.h"

#include "tap.h"

#include <poll.h>
#include <unistd.h>

#include "source/resolv-conf-parse.h"
#include "source/resolv-conf.h"

static struct model model;
static char directory[] = "/tmp/test-resolv.XXXXXX";
static char link_path[64], target_path[64], other_path[64];

static struct resolv_conf conf_of(const char *text)
{
	struct resolv_conf conf;

	resolv_conf_parse(&conf, text, strlen(text));
	return conf;
}

/* "192.0.2.1 fe80::1%h1 | one.example | 1 0": servers, search list, local and bad ones. */
static void reads(const char *text, const char *expected, const char *description)
{
	struct resolv_conf conf = conf_of(text);
	char got[1024] = "", address[MIF_ADDRESS_TEXT];
	size_t used = 0;

	for (size_t i = 0; i < conf.server_count; i++)
		used += (size_t)sprintf(got + used, "%s%s%s ",
			mif_address_format(&conf.servers[i].address, address),
			conf.servers[i].scope[0] != '\0' ? "%" : "", conf.servers[i].scope);
	used += (size_t)sprintf(got + used, "| ");
	for (size_t i = 0; i < conf.search_count; i++)
		used += (size_t)sprintf(got + used, "%s ", conf.search[i]);
	sprintf(got + used, "| %zu %zu", conf.local_count, conf.bad_count);
	if (!ok(strcmp(got, expected) == 0, "%s", description))
		printf("# got: %s\n", got);
}

static void test_parser(void)
{
	reads("nameserver 192.0.2.1\nnameserver 2001:db8::53\nsearch One.example. two.example\n",
		"192.0.2.1 2001:db8::53 | one.example two.example | 0 0",
		"M21: servers and search domains");
	reads("", "| | 0 0", "an empty file");
	reads("# nameserver 192.0.2.1\n; nameserver 192.0.2.1\n\n  nameserver\t192.0.2.2  \r\n",
		"192.0.2.2 | | 0 0", "comments and blanks");
	reads("nameserver 192.0.2.2", "192.0.2.2 | | 0 0", "a last line without its end");
	reads("nameserver 127.0.0.53\nnameserver ::1\nsearch a.example\n", "| a.example | 2 0",
		"M21: servers on this host are left out");
	reads("nameserver 0.0.0.0\n", "| | 1 0", "so is the unspecified address, which is one");
	reads("nameserver 192.0.2.1\nnameserver 127.0.0.1\nnameserver 192.0.2.3\n"
	      "nameserver 192.0.2.4\nnameserver 127.0.0.2\n",
		"192.0.2.1 192.0.2.3 | | 1 0", "the first three count, as they do for the host");
	reads("nameserver fe80::1%h1\nnameserver fe80::2\nnameserver fe80::3%\n",
		"fe80::1%h1 | | 0 2", "a link-local address needs its link");
	reads("nameserver 2001:db8::1%h1\nnameserver 192.0.2.1%h1\n", "| | 0 2",
		"and no other address has one");
	reads("nameserver\nnameserver one\nnameserver -\nnameserver ff02::fb\n", "| | 0 4",
		"what is no server's address");
	reads("search a.example\ndomain b.example\n", "| b.example | 0 0",
		"the last of search and domain counts");
	reads("search .\n", "| | 0 0", "a search list of the root is none");
	reads("search a b c d e f g h i\n", "| a b c d e f g h | 0 0", "8 search domains");
	reads("search a..b \x1b[2J c\n", "| c | 0 2", "what is no domain name");
	reads("options edns0 trust-ad\nsortlist 10.0.0.0\nnameservers 192.0.2.1\n", "| | 0 0",
		"other keys are passed over");
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

/* Whether the descriptor is readable; then dispatches until it is not. */
static bool notices(struct source *source)
{
	struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};
	bool readable = poll(&fd, 1, 0) > 0;

	do
		source->ops->dispatch(source, &model, 2);
	while (poll(&fd, 1, 0) > 0);
	return readable;
}

static bool has(const char *value)
{
	char text[TEST_TEXT];

	snprintf(text, sizeof(text), "data %s element=0 valid=-", value);
	return model_has(&model, text);
}

static void test_facts(struct source *source)
{
	write_text(
		target_path, "nameserver 192.0.2.1\nnameserver fe80::1%h1\nsearch one.example\n");
	notices(source);
	ok(model.count == 3 && has(" 1 192.0.2.1/0 ") && has("h1 1 fe80::1/0 ") &&
			has(" 2 -/0 one.example"),
		"M21: rumours of no link, and of the link that a scope names");
	ok(model.entries[0].fact.trust == FACT_TRUST_RUMOUR &&
			model.entries[2].fact.trust == FACT_TRUST_RUMOUR,
		"which anybody else silences");
	write_text(target_path, "nameserver fe80::1%1\nnameserver fe80::2%4294967295\n");
	notices(source);
	ok(model.count == 1 && has("lo 1 fe80::1/0 "), "a scope may be the index of a link");
	write_text(
		target_path, "nameserver 192.0.2.1\nnameserver 127.0.0.53\nsearch one.example\n");
	notices(source);
	ok(model.count == 1 && has(" 1 192.0.2.1/0 "),
		"M21: beside a server on this host the search list is nobody's");
}

static void test_changes(struct source *source)
{
	ok(!notices(source), "a file that does not change wakes nobody");
	write_text(target_path, "nameserver 192.0.2.2\n");
	ok(notices(source) && model.count == 1 && has(" 1 192.0.2.2/0 "),
		"a change behind a symbolic link is noticed");
	write_text(other_path, "nameserver 192.0.2.3\n");
	if (unlink(link_path) < 0 || symlink(other_path, link_path) < 0)
		abort();
	ok(notices(source) && model.count == 1 && has(" 1 192.0.2.3/0 "),
		"so is a link that leads elsewhere");
	write_text(other_path, "nameserver 192.0.2.4\n");
	ok(notices(source) && has(" 1 192.0.2.4/0 "), "and what changes there");
	rename(target_path, link_path);
	ok(notices(source) && has(" 1 192.0.2.2/0 "), "a file in place of the link as well");
	unlink(link_path);
	ok(notices(source) && model.count == 0, "without the file there are no rumours");
	write_text(link_path, "nameserver 192.0.2.5\n");
	ok(notices(source) && has(" 1 192.0.2.5/0 "), "and with it there are again");
	model.put_error = -ENOMEM;
	write_text(link_path, "nameserver 192.0.2.6\n");
	ok(notices(source) && source->ops->deadline(source) == 2 + NSEC_PER_SEC,
		"without memory it is tried again a second later");
	model.put_error = 0;
	source->ops->dispatch(source, &model, 2 + NSEC_PER_SEC);
	ok(has(" 1 192.0.2.6/0 "), "and then done");
}

int main(void)
{
	struct source *source;

	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(link_path, sizeof(link_path), "%s/resolv.conf", directory);
	snprintf(target_path, sizeof(target_path), "%s/target", directory);
	snprintf(other_path, sizeof(other_path), "%s/other", directory);
	if (symlink(target_path, link_path) < 0)
		return 1;
	test_parser();
	if (source_resolv_conf_new(&source, link_path) < 0)
		return 1;
	test_facts(source);
	test_changes(source);
	source->ops->free(source);
	unlink(link_path);
	unlink(other_path);
	rmdir(directory);
	return tap_done();
}
