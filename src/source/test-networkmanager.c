/* SPDX-License-Identifier: MIT */
#include "source/test-model.h"

#include "tap.h"

#include "source/networkmanager.h"
#include "source/test-near.h"

#define SERVICE "org.freedesktop.NetworkManager"
#define AT "/org/freedesktop/NetworkManager/"

/* What the far end says of its only device, lo: the one that is in every network namespace. */
static struct {
	uint32_t metered, state;
	const char *device, *hardware;
	bool vpn, many, silent, odd;
} far_nm;

/* ---- NetworkManager's objects ---- */

static void check_sd(int r)
{
	if (r < 0) {
		printf("Bail out! D-Bus: %s\n", strerror(-r));
		exit(1);
	}
}

static void open_object(sd_bus_message *reply, const char *path, const char *interface)
{
	check_sd(sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}"));
	check_sd(sd_bus_message_append(reply, "o", path));
	check_sd(sd_bus_message_open_container(reply, 'a', "{sa{sv}}"));
	/* Every object has others, which mean nothing here. */
	check_sd(
		sd_bus_message_append(reply, "{sa{sv}}", "org.example.Other", 1, "Device", "i", 7));
	check_sd(sd_bus_message_open_container(reply, 'e', "sa{sv}"));
	check_sd(sd_bus_message_append(reply, "s", interface));
	check_sd(sd_bus_message_open_container(reply, 'a', "{sv}"));
}

static void close_object(sd_bus_message *reply)
{
	for (int i = 0; i < 4; i++)
		check_sd(sd_bus_message_close_container(reply));
}

static void add_device(sd_bus_message *reply)
{
	open_object(reply, AT "Devices/1", SERVICE ".Device");
	check_sd(sd_bus_message_append(reply, "{sv}{sv}{sv}{sv}", "Interface", "s", far_nm.device,
		"IpInterface", "s", far_nm.device, "HwAddress", "s", far_nm.hardware, "State", "u",
		far_nm.state));
	if (far_nm.odd)
		check_sd(sd_bus_message_append(
			reply, "{sv}{sv}", "Metered", "s", "yes", "Ip4Config", "as", 2, "a", "b"));
	else
		check_sd(sd_bus_message_append(reply, "{sv}{sv}", "Metered", "u", far_nm.metered,
			"Ip4Config", "o", AT "IP4Config/1"));
	check_sd(sd_bus_message_append(reply, "{sv}{sv}{sv}", "Ip6Config", "o", AT "IP6Config/1",
		"Dhcp4Config", "o", AT "DHCP4Config/1", "Dhcp6Config", "o", "/"));
	close_object(reply);
}

static void add_config4(sd_bus_message *reply, const char *path, const char *address,
	const char *server, const char *other, const char *search)
{
	open_object(reply, path, SERVICE ".IP4Config");
	check_sd(sd_bus_message_append(reply, "{sv}", "AddressData", "aa{sv}", 1, 2, "address", "s",
		address, "prefix", "u", 24));
	check_sd(sd_bus_message_append(reply, "{sv}", "NameserverData", "aa{sv}", 3, 1, "address",
		"s", server, 1, "address", "s", other, 1, "address", "s", "not an address"));
	check_sd(sd_bus_message_append(reply, "{sv}{sv}", "Domains", "as", 1, "one.example",
		"Searches", "as", strcmp(search, "vpn.example") == 0 ? 5 : 3, "Corp.One.Example.",
		search, "no name", "~Zone.Example", "~."));
	close_object(reply);
}

static void add_config6(sd_bus_message *reply)
{
	open_object(reply, AT "IP6Config/1", SERVICE ".IP6Config");
	check_sd(sd_bus_message_append(reply, "{sv}", "Nameservers", "aay", 2, 16, 0x20, 1, 0xd,
		0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 1, 2, 3, 4));
	check_sd(sd_bus_message_append(reply, "{sv}", "Searches", "as", 1, "six.example"));
	close_object(reply);
}

static void add_lease(sd_bus_message *reply)
{
	char expiry[24];

	snprintf(expiry, sizeof(expiry), "%lld", (long long)time(NULL) + 3600);
	open_object(reply, AT "DHCP4Config/1", SERVICE ".DHCP4Config");
	check_sd(sd_bus_message_append(reply, "{sv}", "Options", "a{sv}", 6,
		"dhcp_server_identifier", "s", "192.0.2.1", "domain_name_servers", "s",
		"192.0.2.53 192.0.2.54", "domain_search", "s", "corp.one.example. x.example",
		"domain_name", "s", "one.example", "expiry", "s", expiry, "ip_address", "s",
		"192.0.2.77"));
	close_object(reply);
}

static void add_vpn(sd_bus_message *reply)
{
	open_object(reply, AT "ActiveConnection/7", SERVICE ".Connection.Active");
	check_sd(sd_bus_message_append(reply, "{sv}{sv}{sv}", "Vpn", "b", 1, "Ip4Config", "o",
		AT "IP4Config/2", "Ip6Config", "o", "/"));
	close_object(reply);
	add_config4(
		reply, AT "IP4Config/2", "192.0.2.77", "198.51.100.53", "127.0.0.1", "vpn.example");
}

static int answer(sd_bus_message *call)
{
	sd_bus_message *reply = NULL;

	if (far_nm.silent)
		return 0;
	if (far_nm.device == NULL)
		return sd_bus_reply_method_return(call, "s", "what objects?");
	check_sd(sd_bus_message_new_method_return(call, &reply));
	check_sd(sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}"));
	for (int i = 0; i < (far_nm.many ? 100 : 1); i++)
		add_device(reply);
	add_config4(reply, AT "IP4Config/1", "192.0.2.77", "192.0.2.53", "203.0.113.53",
		"hand.example");
	add_config6(reply);
	add_lease(reply);
	if (far_nm.vpn)
		add_vpn(reply);
	check_sd(sd_bus_message_close_container(reply));
	check_sd(sd_bus_send(NULL, reply, NULL));
	sd_bus_message_unref(reply);
	return 0;
}

/* Says that a property of this interface has changed. */
static void far_changes(const char *interface)
{
	sd_bus_message *signal = NULL;

	check_sd(sd_bus_message_new_signal(far.bus, &signal, AT "Devices/1",
		"org.freedesktop.DBus.Properties", "PropertiesChanged"));
	check_sd(sd_bus_message_append(signal, "sa{sv}as", interface, 0, 0));
	check_sd(sd_bus_message_set_sender(signal, FAR_NAME));
	check_sd(sd_bus_send(far.bus, signal, NULL));
	sd_bus_message_unref(signal);
}

/* ---- the source ---- */

static const struct fact *find(const char *text)
{
	char line[TEST_TEXT];

	for (size_t i = 0; i < model.count; i++) {
		if (strcmp(fact_format(&model.entries[i].fact, line), text) == 0)
			return &model.entries[i].fact;
	}
	printf("# missing: %s\n", text);
	for (size_t i = 0; i < model.count; i++)
		printf("# there is: %s\n", fact_format(&model.entries[i].fact, line));
	return NULL;
}

static bool has(const char *text, int trust)
{
	test_now = test_clock();
	test_unit = 100;
	const struct fact *fact = find(text);

	return fact != NULL && fact->trust == trust;
}

static void start(void)
{
	memset(&model, 0, sizeof(model));
	far.answer = answer;
	far.owner = FAR_NAME;
	memset(&far_nm, 0, sizeof(far_nm));
	far_nm.device = "lo";
	far_nm.hardware = "00:00:00:00:00:00";
	far_nm.metered = 1;
	far_nm.state = 100;
	if (source_networkmanager_new(&source, far.address) < 0)
		abort();
}

static void stop(void)
{
	source->ops->free(source);
	source = NULL;
	far_hang_up();
}

static void again(void)
{
	far_changes(SERVICE ".Device");
	run(50);
	skip(400);
}

static void test_facts(void)
{
	start();
	ok(run(200) &&
			has("link lo name= kind=0 flags=0 mtu=0 metered=1 element=0 valid=-",
				FACT_TRUST_MANAGER),
		"M6: a link that is metered");
	ok(has("data 1 1 203.0.113.53/0  element=4 valid=-", FACT_TRUST_MANAGER) &&
			has("data 1 2 -/0 hand.example element=4 valid=-", FACT_TRUST_MANAGER),
		"M21: what the lease does not have was set by hand");
	ok(has("data 1 1 192.0.2.53/0  element=3 probed valid=3600 provider=192.0.2.1",
		   FACT_TRUST_PROBE) &&
			has("data 1 2 -/0 corp.one.example element=3 probed valid=3600 "
			    "provider=192.0.2.1",
				FACT_TRUST_PROBE),
		"M21: what it has is the server's, for those who have not seen it");
	ok(has("data 1 1 2001:db8::1/0  element=4 valid=-", FACT_TRUST_RUMOUR) &&
			has("data 1 2 -/0 six.example element=4 valid=-", FACT_TRUST_RUMOUR),
		"M21: of IPv6 nobody knows whose it is");
	ok(has("lease 1 192.0.2.77 renew=0 rebind=0 element=3 probed valid=3600 provider=192.0.2.1",
		   FACT_TRUST_PROBE),
		"M18: and how long the address is leased");
	ok(model.count == 9, "and nothing else");
	far_nm.metered = 4;
	again();
	ok(has("link lo name= kind=0 flags=0 mtu=0 metered=2 element=0 probed valid=-",
		   FACT_TRUST_PROBE),
		"M6: a change is heard of; a guess is no more than that");
	far_nm.metered = 0;
	far_nm.state = 30;
	again();
	ok(model.count == 0, "M21: a device that is not configured has nothing");
	stop();
}

static void test_vpn(void)
{
	start();
	far_nm.vpn = true;
	run(200);
	ok(has("data 1 1 198.51.100.53/0  element=4 valid=-", FACT_TRUST_MANAGER) &&
			has("data 1 2 -/0 vpn.example element=4 valid=-", FACT_TRUST_MANAGER) &&
			has("data 1 17 -/0 zone.example element=4 valid=-", FACT_TRUST_MANAGER) &&
			has("data 1 17 -/0 . element=4 valid=-", FACT_TRUST_MANAGER),
		"M21: a VPN's servers are those of the device that has its addresses");
	stop();
}

static void far_state(const char *path, uint32_t state)
{
	sd_bus_message *signal = NULL;

	check_sd(sd_bus_message_new_signal(
		far.bus, &signal, path, SERVICE ".Device", "StateChanged"));
	check_sd(sd_bus_message_append(signal, "uuu", state, far_nm.state, 0));
	check_sd(sd_bus_message_set_sender(signal, FAR_NAME));
	check_sd(sd_bus_send(far.bus, signal, NULL));
	sd_bus_message_unref(signal);
	if (strcmp(path, AT "Devices/1") == 0)
		far_nm.state = state;
}

static void test_future(void)
{
	start();
	run(200);
	ok(said(""), "M35: what was up before is no news");
	far_state(AT "Devices/1", 110);
	run(20);
	ok(said("away 1 cause 5 in 0 ms, "), "M34: DEACTIVATING: it is going away, at once");
	far_state(AT "Devices/1", 30);
	run(20);
	ok(said("gone 1, "), "M34: then it has gone");
	far_state(AT "Devices/1", 40);
	far_state(AT "Devices/1", 50);
	run(20);
	ok(said("up 1, "), "M35: PREPARE: it is going up");
	far_state(AT "Devices/1", 70);
	far_state(AT "Devices/1", 100);
	run(20);
	ok(said(""), "M35: which is told once");
	far_state(AT "Devices/1", 110);
	run(20);
	far_state(AT "Devices/1", 40);
	run(20);
	ok(said("away 1 cause 5 in 0 ms, up 1, "), "M35: another connection instead: called off");
	far_state(AT "Devices/9", 110);
	run(20);
	ok(said(""), "M1: a device that was never told of means nothing");
	far_nm.state = 110;
	again();
	ok(said("away 1 cause 5 in 0 ms, "),
		"M34: a state whose signal was lost is found in the answer");
	far_own(SERVICE, NULL);
	run(50);
	skip(3500);
	ok(said("stays 0, "), "M35: a NetworkManager that is gone takes nothing down");
	stop();
}

static void test_changes(void)
{
	unsigned int calls;
	uint64_t begun;

	start();
	run(200);
	calls = far.calls;
	far_changes(SERVICE ".AccessPoint");
	run(100);
	skip(1000);
	ok(far.calls == calls, "M6: the strength of access points is no news");
	for (int i = 0; i < 20; i++)
		far_changes(SERVICE ".IP6Config");
	run(50);
	skip(400);
	ok(far.calls == calls + 1, "M21: a burst of changes is one question");
	skip(1000);
	begun = test_clock();
	far_changes(SERVICE ".IP6Config");
	run(130);
	far_changes(SERVICE ".IP6Config");
	run(20);
	ok(source->ops->deadline(source) >= begun + 350 * NSEC_PER_MSEC,
		"M21: and there are four in a second at most");
	far_own(SERVICE, NULL);
	ok(run(100) && model.count == 9, "M21: one that goes may be back at once: its facts stay");
	skip(3500);
	ok(model.count == 0, "M21: one that stays away takes them along");
	far_own(SERVICE, FAR_NAME);
	run(100);
	skip(400);
	ok(model.count == 9, "M21: and brings them when it comes");
	stop();
}

static void test_nonsense(void)
{
	uint64_t bad;

	start();
	run(200);
	far_nm.device = NULL;
	bad = counter(2);
	again();
	ok(model.count == 9 && counter(2) > bad, "M1: an answer of another type changes nothing");
	far_nm.device = "lo";
	far_nm.odd = true;
	skip(6000);
	ok(find("data 1 1 203.0.113.53/0  element=4 valid=-") == NULL && model.count == 2,
		"M1: a property of another type is missing");
	far_nm.odd = false;
	far_nm.many = true;
	again();
	ok(model.count == 9 && counter(3) > 0, "M1: what is over a limit is counted");
	far_nm.many = false;
	far_nm.device = "h-elsewhere";
	again();
	ok(model.count == 0, "M21: a link of another network namespace's is not ours");
	far_nm.device = "lo";
	far_nm.hardware = "02:00:00:00:00:01";
	again();
	ok(model.count == 0, "M21: nor is one that only has the name");
	stop();
}

static void test_dying(void)
{
	start();
	run(200);
	far_nm.silent = true;
	far_changes(SERVICE ".Device");
	run(50);
	ok(skip(400) && model.count == 9 && !source_networkmanager_is_settled(source),
		"M1: nobody waits for one that does not answer");
	far_hang_up();
	ok(run(50) && model.count == 9,
		"M1: when the bus dies between question and answer, facts stay");
	far_nm.silent = false;
	skip(1100);
	run(300);
	ok(model.count == 9 && source_networkmanager_is_settled(source) && counter(4) == 1,
		"M21: and all is asked again");
	stop();
}

int main(void)
{
	far_init();
	far_listen();
	test_facts();
	test_vpn();
	test_future();
	test_changes();
	test_nonsense();
	test_dying();
	far_deinit();
	return tap_done();
}
