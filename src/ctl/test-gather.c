/* SPDX-License-Identifier: MIT */
/*
 * Following and gathering, over a library that is played here: mif_post() takes few requests at a
 * time, and answers come one by one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/choose.h"
#include "ctl/follow.h"
#include "ctl/gather.h"
#include "ctl/handle.h"
#include "ctl/status.h"
#include "message/message.h"
#include "tap.h"

#define REPORTS 512

/* What the played library holds. */
static struct {
	struct mif_message reports[REPORTS];
	size_t first, count;
	size_t posts, refusals;
	unsigned int room; /* posts that it takes until the next get */
	uint32_t dns_posts; /* questions for DNS servers */
	bool gone; /* the second domain goes while it is looked at */
} played;

static void say(const char *line)
{
	char error[256];

	if (played.count == REPORTS ||
		message_parse(&played.reports[played.count++], line, error) < 0)
		abort();
}

static void say_end(const struct mif_message *request)
{
	struct mif_message *report = &played.reports[played.count++];

	*report = (struct mif_message){.type = MIF_END_OF_ANNOUNCEMENTS};
	report->as.end_of_announcements.request = request->type;
}

/* All in one answer, parents first; the domain that goes does so behind it. */
static void answer_all(const struct mif_message *request)
{
	uint32_t below = request->as.announce_interfaces.below;

	say("interface interface=1 name=h1 kind=ethernet flags=up,running mtu=1500");
	say("pvd interface=1 pvd=3 name=h1:10.11.0.0/24 family=ipv4 state=usable "
	    "egress=certain flags=default-route");
	if ((below & MIF_BELOW_ELEMENTS) != 0)
		say("element pvd=3 element=static generation=1");
	if ((below & MIF_BELOW_ADDRESSES) != 0)
		say("address pvd=3 address=10.11.0.50 prefix_length=24 valid_until=forever "
		    "preferred_until=forever");
	say("pvd interface=1 pvd=4 name=pvd.example family=ipv6 state=usable "
	    "egress=uncertain flags=explicit");
	say("interface interface=2 name=h2 kind=wifi flags=up mtu=1500");
	say("pvd interface=2 pvd=5 name=pvd.example family=ipv6 state=no-router "
	    "egress=impossible");
	say("interface interface=1 name=h1 kind=ethernet flags=up,running mtu=9000");
	say("pvd interface=1 pvd=3 name=h1:10.11.0.0/24 family=ipv4 state=usable "
	    "egress=certain flags=default-route");
	say("interface_going_away interface=1 deadline=900 cause=request");
	say("interface_going_away interface=2 deadline=4230 cause=sleep");
	say("interface_going_up interface=1");
	say_end(request);
	if (played.gone)
		say("no_pvd interface=1 pvd=4");
}

static void answer_data(const struct mif_message *request)
{
	played.dns_posts +=
		request->as.get_configuration_data.information == MIF_INFORMATION_DNS_SERVERS;
	if (request->as.get_configuration_data.information == MIF_INFORMATION_DNS_SERVERS &&
		request->as.get_configuration_data.pvd == 3) {
		say("configuration_data pvd=3 information=dns-servers index=0 count=2 "
		    "origin=static address=10.11.0.1 valid_until=forever");
		say("configuration_data pvd=3 information=dns-servers index=1 count=2 "
		    "origin=static address=10.11.0.2 valid_until=forever");
		return;
	}
	say("no_configuration_data");
}

int mif_post(struct mif *mif, const struct mif_message *request)
{
	(void)mif;
	if (played.room == 0) {
		played.refusals++;
		return -EAGAIN;
	}
	played.room--;
	played.posts++;
	switch (request->type) {
	case MIF_ANNOUNCE_INTERFACES:
		answer_all(request);
		break;
	case MIF_GET_CONFIGURATION_DATA:
		answer_data(request);
		break;
	case MIF_GET_COUNTERS:
		say("counter name=dropped value=7");
		say_end(request);
		break;
	case MIF_ANNOUNCE_DEFAULT_PVD:
		say("default_pvd family=ipv4 pvd=3");
		say_end(request);
		break;
	default:
		return -EINVAL;
	}
	return 0;
}

int mif_get(struct mif *mif, const struct mif_message **reportp)
{
	(void)mif;
	played.room = 2;
	if (played.first == played.count)
		return 0;
	*reportp = &played.reports[played.first++];
	return 1;
}

int mif_check(struct mif *mif, struct pollfd *fds, unsigned int count, int timeout_ms)
{
	(void)mif;
	(void)fds;
	(void)count;
	(void)timeout_ms;
	return 0;
}

int mif_open(struct mif **mifp, unsigned int flags)
{
	(void)mifp;
	(void)flags;
	return -ELIBACC;
}

void mif_close(struct mif *mif)
{
	(void)mif;
}

int mif_host(const struct mif *mif)
{
	(void)mif;
	return MIF_OPEN_ENGINE;
}

void complain(const char *format, ...)
{
	(void)format;
}

/* ---- the tests ---- */

static size_t count_of(const struct picture *picture, uint32_t type, uint64_t parent)
{
	const struct mif_message *message = NULL;
	size_t count = 0;

	while ((message = picture_next(picture, type, parent, message)) != NULL)
		count++;
	return count;
}

static int play(unsigned int flags, bool gone, struct picture *picture)
{
	memset(&played, 0, sizeof(played));
	played.gone = gone;
	*picture = (struct picture){0};
	return gather(NULL, flags, picture);
}

static void test_whole(void)
{
	struct picture picture;
	const struct mif_message *message;
	uint64_t pvd = 0;

	ok(play(FOLLOW_DATA | FOLLOW_COUNTERS, false, &picture) == 0,
		"M4 M8: mif: gathering ends when every request is answered");
	ok(played.refusals > 0, "mif: requests that find no room are posted later");
	ok(played.dns_posts == 3, "mif: a domain announced again is not asked again");
	ok(count_of(&picture, MIF_INTERFACE, 0) == 2, "mif: each interface once");
	message = picture_next(&picture, MIF_INTERFACE, 0, NULL);
	ok(message->as.interface.mtu == 9000, "mif: ... as it was announced last");
	ok(count_of(&picture, MIF_PVD, 1) == 2 && count_of(&picture, MIF_PVD, 2) == 1,
		"mif: each domain below its interface");
	ok(count_of(&picture, MIF_ADDRESS, 3) == 1 && count_of(&picture, MIF_ELEMENT, 3) == 1 &&
			count_of(&picture, MIF_CONFIGURATION_DATA, 3) == 2,
		"mif: what a domain holds below it");
	ok(count_of(&picture, MIF_COUNTER, 0) == 1 && count_of(&picture, MIF_DEFAULT_PVD, 0) == 1,
		"mif: counters and default domains");
	ok(picture_find_pvd(&picture, "h1:10.11.0.0/24", &pvd) == 0 && pvd == 3,
		"mif: a domain by its name");
	ok(picture_find_pvd(&picture, "5", &pvd) == 0 && pvd == 5, "mif: a domain by its number");
	ok(picture_find_pvd(&picture, "pvd.example", &pvd) == -ENOTUNIQ,
		"mif: a name that two domains bear");
	ok(picture_find_pvd(&picture, "6", &pvd) == -ENOENT &&
			picture_find_pvd(&picture, "", &pvd) == -ENOENT &&
			picture_find_pvd(&picture, "5x", &pvd) == -ENOENT,
		"mif: no such domain");
	picture_deinit(&picture);
}

static void test_withdrawn(void)
{
	struct picture picture;

	ok(play(FOLLOW_DATA, true, &picture) == 0,
		"M11: mif: a domain that goes meanwhile does not keep gathering from its end");
	ok(count_of(&picture, MIF_PVD, 1) == 1 && picture_pvd(&picture, 4) == NULL,
		"mif: ... and is not in the picture");
	picture_deinit(&picture);
}

static void test_few(void)
{
	struct picture picture;

	ok(play(FOLLOW_PVDS, false, &picture) == 0 && played.posts == 1,
		"mif: no more is asked for than is needed");
	ok(picture_pvd(&picture, 5) != NULL && count_of(&picture, MIF_ADDRESS, 3) == 0,
		"mif: ... which are the domains");
	picture_deinit(&picture);
}

static void test_status(void)
{
	static const char expected[] =
		"2 interfaces, 3 provisioning domains, told by nobody\n\n"
		"interface 1  h1\n"
		"  ethernet, up, running, mtu 9000\n\n"
		"  domain 3  h1:10.11.0.0/24\n"
		"    ipv4, usable, egress certain, default-route, default for IPv4\n"
		"    address  10.11.0.50/24  valid for ever\n"
		"    dns      10.11.0.1      valid for ever  from static\n"
		"    dns      10.11.0.2      valid for ever  from static\n"
		"    element  static         generation 1\n\n"
		"  domain 4  pvd.example\n"
		"    ipv6, usable, egress uncertain, explicit\n\n"
		"interface 2  h2\n"
		"  wifi, up, mtu 1500\n"
		"  going away in 4.2 s: the host goes to sleep\n\n"
		"  domain 5  pvd.example\n"
		"    ipv6, no-router, egress impossible\n";
	struct picture picture;
	struct json_object *object, *array, *pvds, *away, *cause;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	play(FOLLOW_DATA, false, &picture);
	status_print(&picture, "told by nobody", 0, file);
	fclose(file);
	if (!ok(strcmp(text, expected) == 0, "M4 M10 M14 M18 M21 M34: mif: status, for people"))
		printf("# got:\n%s", text);
	free(text);
	object = status_json(&picture, "engine", 0);
	ok(json_object_object_get_ex(object, "interfaces", &array) &&
			json_object_array_length(array) == 2 &&
			json_object_object_get_ex(
				json_object_array_get_idx(array, 0), "pvds", &pvds) &&
			json_object_array_length(pvds) == 2,
		"mif: status as JSON: domains in their interfaces");
	ok(!json_object_object_get_ex(json_object_array_get_idx(array, 0), "going_away", &away) &&
			json_object_object_get_ex(
				json_object_array_get_idx(array, 1), "going_away", &away) &&
			json_object_object_get_ex(away, "cause", &cause) &&
			strcmp(json_object_get_string(cause), "sleep") == 0,
		"M34 M35: mif: and why one is going away, unless it stays after all");
	json_object_put(object);
	picture_deinit(&picture);
}

/* Each kind of information as people read it. */
static void test_information(void)
{
	static const struct {
		uint32_t information;
		const char *address;
		uint32_t length;
		uint64_t number;
		const char *text, *expected;
	} items[] = {
		{MIF_INFORMATION_DNS_SERVERS, "192.0.2.1", 0, 0, "",
			"    dns            192.0.2.1  "},
		{MIF_INFORMATION_NTP_SERVERS, "192.0.2.1", 0, 0, "",
			"    ntp            192.0.2.1  "},
		{MIF_INFORMATION_NTP_SERVERS, NULL, 0, 0, "ntp.example",
			"    ntp            ntp.example  "},
		{MIF_INFORMATION_ROUTES, "192.0.2.0", 24, 0, "192.0.2.1",
			"    route          192.0.2.0/24 via 192.0.2.1  "},
		{MIF_INFORMATION_ROUTES, "2001:db8::", 32, 0, "",
			"    route          2001:db8::/32  "},
		{MIF_INFORMATION_MTU, NULL, 0, 1480, "", "    mtu            1480  "},
		{MIF_INFORMATION_PREF64, "64:ff9b::", 96, 0, "",
			"    pref64         64:ff9b::/96  "},
		{MIF_INFORMATION_LEASE, "192.0.2.9", 0, 300 * NSEC_PER_SEC, "renew",
			"    lease          renew in 5 min  "},
		{MIF_INFORMATION_ENCRYPTED_DNS, "192.0.2.1", 0, 1, "dns.example alpn=dot",
			"    encrypted-dns  192.0.2.1 dns.example alpn=dot  "},
		{MIF_INFORMATION_ENCRYPTED_DNS, NULL, 0, 1, "\x1b[2J",
			"    encrypted-dns  \\x1b[2J  "},
	};
	struct picture picture;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	play(FOLLOW_PVDS, false, &picture);
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		struct mif_message message = {.type = MIF_CONFIGURATION_DATA};
		struct mif_message_configuration_data *data = &message.as.configuration_data;

		data->pvd = 3;
		data->index = (uint32_t)i;
		data->information = items[i].information;
		data->origin = MIF_ELEMENT_DHCPV4;
		data->valid_until = MIF_FOREVER;
		if (items[i].address != NULL)
			mif_address_parse(&data->address, items[i].address);
		data->prefix_length = items[i].length;
		data->number = items[i].number;
		strcpy(data->text, items[i].text);
		picture_add(&picture, &message);
	}
	picture_settle(&picture);
	status_print(&picture, "told by nobody", 0, file);
	fclose(file);
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++)
		if (!ok(strstr(text, items[i].expected) != NULL, "M21: mif: status: \"%s\"",
			    items[i].expected))
			printf("# got:\n%s", text);
	free(text);
	picture_deinit(&picture);
}

int main(void)
{
	test_whole();
	test_withdrawn();
	test_few();
	test_status();
	test_information();
	return tap_done();
}
