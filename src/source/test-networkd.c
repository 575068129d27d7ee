/* SPDX-License-Identifier: MIT */
#include "source/test-model.h"

#include "tap.h"

#include "source/networkd.h"
#include "source/test-near.h"
#include <sys/stat.h>

#define SERVICE "org.freedesktop.network1"

/* The link is the one that every network namespace has. */
#define LINK(name, index, items) "{\"Index\":" index ",\"Name\":\"" name "\",\"DNS\":[" items "]}"
#define STATE(state) "{\"Index\":1,\"Name\":\"lo\",\"AdministrativeState\":\"" state "\"}"
#define SERVER(last) "{\"Address\":[192,0,2," last "],\"ConfigSource\":\"static\"}"

static const char *description; /* NULL: an error */
static bool silent;
static bool garbled; /* answers of another type */

static int answer(sd_bus_message *call)
{
	if (silent)
		return 0;
	if (sd_bus_message_is_method_call(call, SERVICE ".Manager", "ListLinks")) {
		if (garbled)
			return sd_bus_reply_method_return(call, "as", 2, "lo", "h1");
		return sd_bus_reply_method_return(call, "a(iso)", 1, 1, "lo", "/link/_31");
	}
	if (description == NULL)
		return sd_bus_reply_method_errorf(call, SERVICE ".NoSuchLink", "what?");
	if (garbled)
		return sd_bus_reply_method_return(call, "i", 7);
	return sd_bus_reply_method_return(call, "s", description);
}

/* Until the far end has a connection, or a while is over. */
static void run_until(unsigned int connections)
{
	for (int i = 0; i < 300 && far.connections < connections; i++) {
		near_skip(10 * NSEC_PER_MSEC);
		run(5);
	}
	run(50);
}

static bool has(const char *address)
{
	char text[TEST_TEXT];

	snprintf(text, sizeof(text), "data 1 1 %s/0  element=4 valid=-", address);
	return model.count == 1 && model_has(&model, text);
}

static void start(void)
{
	memset(&model, 0, sizeof(model));
	far.answer = answer;
	far.owner = FAR_NAME;
	silent = garbled = false;
	description = LINK("lo", "1", SERVER("1"));
	if (source_networkd_new(&source, far.address, far.directory) < 0)
		abort();
}

static void stop(void)
{
	source->ops->free(source);
	source = NULL;
	far_hang_up();
}

static void test_coming(void)
{
	start();
	ok(run(50) && far.connections == 0 && model.commits == 0,
		"M21: without a bus there are no facts, and nothing waits");
	far.owner = NULL;
	far_listen();
	run(100);
	ok(far.connections == 1 && model.commits == 0, "M21: a bus that comes is noticed");
	far_own(SERVICE, FAR_NAME);
	ok(run(100) && has("192.0.2.1"), "M21: a networkd that comes is asked at once");
	description = LINK("lo", "1", SERVER("2"));
	run(100);
	ok(has("192.0.2.1"), "M21: it is not asked without need");
	far_own(SERVICE, NULL);
	ok(run(100) && has("192.0.2.1"), "M21: one that goes may be back at once: its facts stay");
	far_own(SERVICE, FAR_NAME);
	ok(run(100) && has("192.0.2.2"), "M21: and is asked again then");
	far_own(SERVICE, NULL);
	run(50);
	skip(3500);
	ok(model.count == 0, "M21: one that stays away takes its facts along");
	stop();
}

static void far_say_state(const char *link, const char *state)
{
	sd_bus_message *signal = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/org/freedesktop/network1/link/%s", link);
	if (sd_bus_message_new_signal(far.bus, &signal, path, "org.freedesktop.DBus.Properties",
		    "PropertiesChanged") < 0 ||
		sd_bus_message_append(signal, "sa{sv}as", SERVICE ".Link", 2, "OnlineState", "s",
			"x", "AdministrativeState", "s", state, 0) < 0 ||
		sd_bus_message_set_sender(signal, FAR_NAME) < 0 ||
		sd_bus_send(far.bus, signal, NULL) < 0)
		abort();
	sd_bus_message_unref(signal);
}

static void far_state(const char *link, const char *state)
{
	far_say_state(link, state);
	run(30);
}

static void test_future(void)
{
	start();
	description = STATE("configured");
	run(100);
	ok(said(""), "M35: what is configured already is no news");
	far_state("_31", "initialized");
	ok(said("away 1 cause 5 in 0 ms, gone 1, "),
		"M34: what networkd takes its configuration from is going away, at once");
	far_state("_31", "configuring");
	ok(said("up 1, "), "M35: configuring: it is going up");
	far_state("_31", "configured");
	far_state("_32", "linger");
	ok(said(""), "M35: that it is done is no more news; nor what becomes of an unknown link");
	far_state("_31", "unmanaged");
	ok(said("away 1 cause 5 in 0 ms, gone 1, "), "M34: unmanaged: the same");
	far_state("_31", "of another version");
	far_state("_31", "configured");
	ok(said(""), "M1: a state that nobody knows says nothing");
	far_state("_31", "of another version");
	far_say_state("_31", "configured");
	far_state("_31", "initialized");
	ok(said("away 1 cause 5 in 0 ms, gone 1, "),
		"M34: the first one that is known is no news, what follows at once is");
	far_own(SERVICE, NULL);
	run(50);
	far_own(SERVICE, FAR_NAME);
	description = STATE("pending");
	run(100);
	ok(said(""), "M34: one that is restarted takes nothing away");
	description = STATE("configured");
	far_state("_31", "configuring");
	ok(said("up 1, "), "M35: and goes on from there");
	stop();
}

static void touch(const char *name)
{
	char from[160], to[160];

	snprintf(from, sizeof(from), "%s/links/.#%s", far.directory, name);
	snprintf(to, sizeof(to), "%s/links/%s", far.directory, name);
	close(open(from, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	rename(from, to);
	unlink(to);
}

static void test_changes(void)
{
	char links[160];

	snprintf(links, sizeof(links), "%s/links", far.directory);
	mkdir(links, 0700);
	start();
	run_until(far.connections + 1);
	ok(has("192.0.2.1"), "M21: what is known at the start");
	description = LINK("lo", "1", SERVER("2"));
	touch("1");
	ok(run(200) && has("192.0.2.2"),
		"M21: a file that is written for others tells of a change");
	far.calls = 0;
	touch("lo");
	touch("0");
	touch("99999999999");
	ok(run(200) && far.calls == 0, "M21: one with another name does not");
	description = LINK("lo", "1", "");
	touch("1");
	run(200);
	ok(model.count == 1, "M21: a networkd that has just come may know less than before");
	skip(3500);
	ok(model.count == 0, "M21: but not for long");
	stop();
	rmdir(links);
}

/* Whatever the answer, the facts of before stand. */
static void expect_unmoved(const char *what, unsigned int index)
{
	uint64_t before = counter(index);

	far_own(SERVICE, FAR_NAME);
	ok(run(200) && has("192.0.2.1") && counter(index) > before, "M1: %s", what);
}

static void test_nonsense(void)
{
	start();
	run_until(far.connections + 1);
	description = "{\"Index\":1,\"Name\":\"lo\",\"DNS\":[";
	expect_unmoved("half an answer is none", 2);
	description = LINK("lo", "2", SERVER("9"));
	expect_unmoved("nor is one about another link", 2);
	description = NULL;
	expect_unmoved("nor an error", 1);
	description = LINK("lo", "1", SERVER("1"));
	garbled = true;
	expect_unmoved("nor one of another type", 1);
	garbled = false;
	silent = true;
	far_own(SERVICE, FAR_NAME);
	ok(run(200) && has("192.0.2.1") &&
			source->ops->deadline(source) > test_clock() + NSEC_PER_SEC,
		"M1: nobody waits for one that does not answer");
	stop();
	start();
	description = LINK("h-elsewhere", "1", SERVER("3"));
	run_until(far.connections + 1);
	ok(model.count == 0, "M21: a link of another network namespace's is not ours");
	stop();
}

/* Octets that are no D-Bus. */
static void far_babble(void)
{
	static const char octets[] = "220 mail.example ESMTP\r\nDATA\r\nOK nonsense\r\n";
	int fd = -1;

	for (int i = 0; i < 300 && fd < 0; i++) {
		struct pollfd own = {.fd = source->ops->fd(source), .events = POLLIN};

		near_skip(10 * NSEC_PER_MSEC);
		poll(&own, 1, 0);
		source->ops->dispatch(source, &model, test_clock());
		fd = accept4(far.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	}
	far_hang_up();
	far.fd = fd;
	if (write(fd, octets, sizeof(octets)) < 0)
		abort();
}

static void test_bus(void)
{
	start();
	run_until(far.connections + 1);
	ok(has("192.0.2.1"), "M21: a networkd on a bus");
	far_hang_up();
	ok(run(50) && has("192.0.2.1") && counter(4) == 1,
		"M21: when the bus dies, the facts stay for a while");
	run_until(far.connections + 1);
	ok(has("192.0.2.1"), "M21: and a new connection is made");
	silent = true;
	far_own(SERVICE, FAR_NAME);
	run(50);
	far_hang_up();
	silent = false;
	run_until(far.connections + 1);
	ok(skip(3500) && has("192.0.2.1") && counter(4) == 2,
		"M1: also when it dies between question and answer");
	far_hang_up();
	run(20);
	far_babble();
	ok(run(100) && counter(4) == 4, "M1: one that speaks something else is left alone");
	stop();
}

int main(void)
{
	far_init();
	test_coming();
	test_future();
	test_changes();
	test_nonsense();
	test_bus();
	far_deinit();
	return tap_done();
}
