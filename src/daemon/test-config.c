/* SPDX-License-Identifier: MIT */
/* mifd.conf(5) as the daemon reads it: what it takes, and what it says of what it does not take. */
#include "daemon/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/log.h"
#include "source/config-file.h"
#include "tap.h"

static char path[] = "/tmp/test-config.XXXXXX";
static struct config config;
static char error[256];

static char complaints[4096];

static void complain(const char *text)
{
	size_t used = strlen(complaints);

	snprintf(complaints + used, sizeof(complaints) - used, "%s\n",
		strncmp(text, path, strlen(path)) == 0 ? text + strlen(path) : text);
}

static void file_write(const char *text)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static int load(const char *text)
{
	file_write(text);
	return config_load(&config, path, true, NULL, error);
}

#define A_LOT "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"

static void fails(const char *text, const char *expected)
{
	int r = load(text);

	if (!ok(r == -EINVAL && strncmp(error, path, strlen(path)) == 0 &&
			    strcmp(error + strlen(path), expected) == 0,
		    "error: %s", expected))
		printf("# got: %s\n", r < 0 ? error : "none");
}

static void test_causes(void)
{
	ok(load("[interface h1]\nup-command = /bin/a  b c\n"
		"[interface h2]\non-demand = yes\nup-command = /bin/a  b c\n") == 0 &&
			config.link_count == 1 && config.links[0].by_command &&
			memcmp(config.commands[0].up, "/bin/a\0b\0c\0", 11) == 0 &&
			config.commands[0].down[0] == '\0',
		"M31: commands of a link that may be touched");
	ok(load("[interface h2]\non-demand = yes\ncreate = yes\nup-command = /bin/a\n"
		"[interface h3]\ncontrol = yes\ncreate = yes\nup-command = /bin/a\n"
		"[interface h4]\non-demand = yes\ncreate = yes\ndown-command = /bin/a\n"
		"[interface h5]\non-demand = yes\ncreate = no\nup-command = /bin/a\n") == 0 &&
			config.link_count == 4 && config.links[0].created &&
			!config.links[1].created && !config.links[2].created &&
			!config.links[3].created,
		"M31: a link that need not exist is one on demand, whose command makes it");
	ok(load("[mifd]\nsleep-delay = 3\n") == 0 && config.sleep_delay == 3 * NSEC_PER_SEC,
		"M34: how long a sleep may be delayed");
	ok(load("") == 0 && config.sleep_delay == 600 * NSEC_PER_SEC,
		"M34: by default as long as logind allows");
	ok(config.lifetime_notice == 30 * NSEC_PER_SEC &&
			load("[mifd]\nlifetime-notice = 0\n") == 0 && config.lifetime_notice == 0,
		"M34: how long before its end a link is told to be going away");
}

static void test_defaults(void)
{
	bool all = true;

	ok(config_load(&config, "/nowhere/mifd.conf", false, NULL, error) == 0,
		"a file that is not there is none");
	for (size_t i = 0; i < ACCESS_RIGHTS; i++)
		all &= config.access.lists[i].everybody == (i != ACCESS_CONTROL);
	ok(all && config.socket_access.mode == 0666 && config.socket_access.group == (gid_t)-1,
		"without one, everybody may everything but take links down, which root may");
	ok(config.access.handles == ACCESS_HANDLES &&
			config.access.subscriptions == ACCESS_SUBSCRIPTIONS &&
			config.access.translations == ACCESS_TRANSLATIONS,
		"within the limits that are documented");
	ok(config_load(&config, "/nowhere/mifd.conf", true, NULL, error) == -ENOENT &&
			strstr(error, "/nowhere/mifd.conf: No such file") != NULL,
		"one that was named must be there");
}

static void test_values(void)
{
	const struct access_list *see = &config.access.lists[ACCESS_SEE];
	const struct access_list *names = &config.access.lists[ACCESS_NAMES];

	ok(load("[mifd]\nsocket = /run/x/s\nsocket-mode = 0660\nsocket-group = 24\n"
		"user = 65534\nlog = debug\nroute-table = 1000\nsteer = no\n") == 0 &&
			strcmp(config.socket, "/run/x/s") == 0 &&
			config.socket_access.mode == 0660 && config.socket_access.group == 24 &&
			strcmp(config.user, "65534") == 0 && config.log == LOG_LEVEL_DEBUG &&
			config.mark.table == 1000 && !config.steer,
		"the daemon's own keys");
	ok(load("[mifd]\npvd-fetcher = /x/f\npvd-authorities = /x/a\n") == 0 &&
			strcmp(config.fetcher, "/x/f") == 0 &&
			strcmp(config.authorities, "/x/a") == 0 &&
			load("[mifd]\npvd-fetcher = no\n") == 0 && config.fetcher[0] == '\0',
		"the program that fetches, or none");
	ok(load("[names]\nswitch = nis, Ldap2 files\nswitch-helper = /x/n\n") == 0 &&
			strcmp(config.services, "nis Ldap2 files") == 0 &&
			strcmp(config.nss, "/x/n") == 0 && load("[names]\nswitch = none\n") == 0 &&
			config.services[0] == '\0' && load("") == 0 && config.services[0] == '\0',
		"M23: services of the Name Service Switch, none by default");
	ok(load("[clients]\nsee = root, 1000 @root @50\nnames = none\nlinks = *\ncontrol = *\n"
		"handles = 5\nsubscriptions = 6\ntranslations = 7\nwants = 8\n") == 0 &&
			!see->everybody && see->user_count == 2 && see->users[0] == 0 &&
			see->users[1] == 1000 && see->group_count == 2 && see->groups[0] == 0 &&
			see->groups[1] == 50,
		"users and groups, by name and by number");
	ok(!names->everybody && names->user_count + names->group_count == 0 &&
			config.access.lists[ACCESS_LINKS].everybody,
		"nobody, and everybody");
	ok(config.access.handles == 5 && config.access.subscriptions == 6 &&
			config.access.translations == 7 && config.access.wants == 8 &&
			config.access.lists[ACCESS_CONTROL].everybody,
		"the limits of a user");
}

static void test_errors(void)
{
	char text[1024] = "[clients]\nsee = 1";

	fails("[mifd]\npvd-fetcher = yes", ":2: pvd-fetcher: \"yes\" is not an absolute path");
	fails("[mifd]\npvd-authorities = ca.pem",
		":2: pvd-authorities: \"ca.pem\" is not an absolute path");
	fails("[names]\nswitch = ../nis",
		":2: switch: \"../nis\" is not the name of a service: letters and digits only");
	fails("[names]\nswitch = nis [NOTFOUND=return]",
		":2: switch: \"[NOTFOUND=return]\" is not the name of a service: letters and "
		"digits only");
	fails("[names]\nswitch = nis dns",
		":2: switch: \"dns\" would ask for every name without regard to domains");
	fails("[names]\nswitch = " A_LOT " " A_LOT " abcdef", ":2: switch: longer than 127 octets");
	ok(load("[names]\nswitch = " A_LOT " " A_LOT " abcde\n") == 0 &&
			strlen(config.services) == 127,
		"the longest list");
	fails("[names]\nswitch = ,", ":2: switch: no service is named; to mean that, \"none\"");
	fails("[names]\nswitch-helper = nss", ":2: switch-helper: \"nss\" is not an absolute path");
	fails("[mifd]\nsocket = run", ":2: socket: \"run\" is not an absolute path");
	fails("[mifd]\nsocket-mode = rw", ":2: socket-mode: \"rw\" is not a mode such as 0660");
	fails("[mifd]\nsocket-mode = 00660",
		":2: socket-mode: \"00660\" is not a mode such as 0660");
	fails("[mifd]\nsocket-mode = 444", ":2: socket-mode: \"444\" lets nobody connect");
	fails("[mifd]\nsocket-mode = 1777", ":2: socket-mode: \"1777\" lets nobody connect");
	fails("[mifd]\nsocket-group = no-such",
		":2: socket-group: there is no group \"no-such\" in /etc/group");
	fails("[mifd]\nuser = no-such", ":2: user: there is no user \"no-such\" in /etc/passwd");
	fails("[mifd]\nuser = root", ":2: user: the engine must not be root");
	fails("[mifd]\nuser = 0", ":2: user: the engine must not be root");
	fails("[mifd]\nlog = loud",
		":2: log: \"loud\" is not one of error, warning, notice, info, debug");
	fails("[mifd]\nlog = debug\nlog = debug", ":3: log: a second time");
	fails("[mifd]\ncolour = red", ":2: colour: the section [mifd] has no such key");
	fails("[mifd]\nroute-table = 0",
		":2: route-table: \"0\" is not a number from 256 to 2147482623");
	fails("[mifd]\nroute-table = 1000x",
		":2: route-table: \"1000x\" is not a number from 256 to 2147482623");
	fails("[mifd]\nlifetime-notice = -1",
		":2: lifetime-notice: \"-1\" is not a number from 0 to 600");
	fails("[mifd]\nsleep-delay = 601",
		":2: sleep-delay: \"601\" is not a number from 0 to 600");
	fails("[mifd]\nsteer = perhaps", ":2: steer: \"perhaps\" is neither yes nor no");
	fails("[mifd]\n[mifd]", ":2: the section [mifd] a second time");
	fails("[mifd x]", ":1: the section [mifd] has no argument");
	fails("[interface h1]\nidle-time = 86401",
		":2: idle-time: \"86401\" is not a number from 0 to 86400");
	fails("[interface h1]\nup-command = nmcli up",
		":2: up-command: \"nmcli up\" does not begin with an absolute path");
	fails("[interface h1]\ndown-command = /a b c d e f g h i j k l m n o p q",
		":2: down-command: more than 16 words");
	fails("[interface h1]\nhold-limit = 0",
		":2: hold-limit: \"0\" is not a number from 1 to 600000");
	fails("[interfaces]", ":1: there is no section [interfaces]");
	fails("[interface h1]\ndns = one", ":2: dns: \"one\" is not the address of a server");
	fails("[clients]\nsee = no-such", ":2: see: there is no user \"no-such\" in /etc/passwd");
	fails("[clients]\nnames = @no-such",
		":2: names: there is no group \"no-such\" in /etc/group");
	fails("[clients]\nsee = 1, *", ":2: see: \"*\" stands alone");
	fails("[clients]\nlinks = none @root", ":2: links: \"none\" stands alone");
	fails("[clients]\nsee = ,", ":2: see: nobody is named; to mean that, \"none\"");
	fails("[clients]\nsee = -1", ":2: see: there is no user \"-1\" in /etc/passwd");
	fails("[clients]\nsee = 4294967295",
		":2: see: there is no user \"4294967295\" in /etc/passwd");
	fails("[clients]\nhandles = 0", ":2: handles: \"0\" is not a number from 1 to 4096");
	for (int i = 0; i < ACCESS_NAMES_MAX; i++)
		strcat(text, " 2");
	fails(text, ":2: see: more than 64 users");
}

static void test_all_errors(void)
{
	static const char text[] = "key = 1\n"
				   "[mifd]\n"
				   "log = loud\n"
				   "no sense\n"
				   "user = root\n"
				   "[other]\n"
				   "is = skipped\n"
				   "[interface h1]\n"
				   "dns = one\n"
				   "metered = yes\n"
				   "search =\n"
				   "[clients]\n"
				   "handles = 3\n"
				   "see = no-such\n";
	static const char expected[] =
		":1: key: before the first section\n"
		":3: log: \"loud\" is not one of error, warning, notice, info, debug\n"
		":4: neither a section nor a key with its value\n"
		":5: user: the engine must not be root\n"
		":6: there is no section [other]\n"
		":9: dns: \"one\" is not the address of a server\n"
		":11: search: no value\n"
		":14: see: there is no user \"no-such\" in /etc/passwd\n";

	file_write(text);
	ok(config_load(&config, path, true, complain, error) == -EINVAL &&
			strcmp(complaints, expected) == 0,
		"whoever wants all errors gets them in their order, each once");
	printf("# %zu octets of complaints\n", strlen(complaints));
	complaints[0] = '\0';
	ok(config_load(&config, "/nowhere/mifd.conf", true, complain, error) < 0 &&
			strcmp(complaints, "/nowhere/mifd.conf: No such file or directory\n") == 0,
		"also that there is no file");
	complaints[0] = '\0';
	file_write("[mifd]\nlog = info\n[clients]\nsee = *\n[interface h1]\ndns = ::1\n");
	ok(config_load(&config, path, true, complain, error) == 0 && complaints[0] == '\0',
		"and nothing if nothing is wrong");
}

/* The engine reads the file again for itself, and must not stumble over what is the daemon's. */
static void test_other_reader(void)
{
	struct config_facts facts;

	ok(config_file_read(&facts, path, error) == 0 && facts.count == 1,
		"the source of interfaces knows of every section of the daemon");
	config_facts_deinit(&facts);
}

/* Only what may be touched is known to who could touch it. */
static void test_links(void)
{
	const struct link_policy *a0 = &config.links[0], *d0 = &config.links[1];

	ok(load("[interface a0]\ncontrol = yes\nhold-limit = 1500\n[interface b0]\nmetered = no\n"
		"[interface c0]\ncontrol = no\nidle-time = 3\n[interface d0]\non-demand = yes\n") ==
				0 &&
			config.link_count == 2,
		"M34: links that may be taken down, and no others");
	ok(strcmp(a0->name, "a0") == 0 && a0->control && !a0->on_demand && a0->hold_limit == 1500,
		"M34: on request, and how long they may be held");
	ok(strcmp(d0->name, "d0") == 0 && !d0->control && d0->on_demand &&
			d0->idle_time == CONFIG_IDLE_TIME * NSEC_PER_SEC,
		"M31: on demand, for the usual time");
	ok(load("[interface d0]\non-demand = yes\nidle-time = 7\n") == 0 &&
			config.link_count == 1 && config.links[0].idle_time == 7 * NSEC_PER_SEC,
		"M31: or for another");
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	test_defaults();
	test_causes();
	test_values();
	test_errors();
	test_all_errors();
	test_other_reader();
	test_links();
	unlink(path);
	return tap_done();
}
