/* SPDX-License-Identifier: MIT */
/*
 * The names worker on a line: commands on standard input, results on standard output, for
 * test-names-net. Ends when its input does.
 *
 *	domain PVD GENERATION IFINDEX SOURCE4 SOURCE6 SERVER[,SERVER...]   "-": none; prefixes are /24, /64
 *	ask ID PVD NAME
 *	stop ID
 *
 *	address ID ADDRESS SYSTEM
 *	done ID STATUS
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "worker/names.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DOMAINS 8

static struct name_scope scopes[DOMAINS];

static int read_domain(char *line)
{
	struct name_scope scope = {0};
	char source4[64], source6[64], servers[256];
	char *rest = servers;

	if (sscanf(line, "domain %" SCNu64 " %" SCNu64 " %u %63s %63s %255s", &scope.pvd,
		    &scope.generation, &scope.ifindex, source4, source6, servers) != 6 ||
		scope.pvd >= DOMAINS)
		return -1;
	if (mif_address_parse(&scope.source4, source4) < 0 ||
		mif_address_parse(&scope.source6, source6) < 0)
		return -1;
	scope.length4 = 24;
	scope.length6 = 64;
	for (char *server; strcmp(servers, "-") != 0 && (server = strsep(&rest, ",")) != NULL;) {
		if (scope.server_count == NAME_SCOPE_SERVERS ||
			mif_address_parse(&scope.servers[scope.server_count++], server) < 0)
			return -1;
	}
	scopes[scope.pvd] = scope;
	return 0;
}

static int obey(struct worker *worker, char *line)
{
	struct name_request request = {0};
	uint64_t pvd, id;
	char name[256];

	if (sscanf(line, "ask %" SCNu64 " %" SCNu64 " %255s", &request.id, &pvd, name) == 3 &&
		pvd < DOMAINS) {
		request.scope = &scopes[pvd];
		request.name = name;
		return worker->ops->start(worker, &request, clock_boottime());
	}
	if (sscanf(line, "stop %" SCNu64, &id) == 1) {
		worker->ops->stop(worker, id);
		return 0;
	}
	return read_domain(line);
}

static const char *system_name(uint32_t system)
{
	static const char *const names[] = {[MIF_SYSTEM_LITERAL] = "literal",
		[MIF_SYSTEM_HOSTS] = "hosts",
		[MIF_SYSTEM_DNS] = "dns",
		[MIF_SYSTEM_LLMNR] = "llmnr",
		[MIF_SYSTEM_MDNS] = "mdns"};

	return system < ARRAY_SIZE(names) && names[system] != NULL ? names[system] : "unknown";
}

static void tell(struct worker *worker)
{
	struct name_result result;
	char text[MIF_ADDRESS_TEXT];

	while (worker->ops->result(worker, &result) == 1) {
		if (result.done)
			printf("done %" PRIu64 " %u\n", result.id, result.status);
		else
			printf("address %" PRIu64 " %s %s\n", result.id,
				mif_address_format(&result.address, text),
				system_name(result.system));
	}
	fflush(stdout);
}

int main(void)
{
	struct worker *worker;
	char line[1024];

	if (worker_names_new(&worker, "/dev/null") < 0)
		return 1;
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		struct pollfd ready[] = {
			{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = worker->ops->fd(worker), .events = POLLIN},
		};
		uint64_t due = worker->ops->deadline(worker);

		poll(ready, 2, clock_timeout(clock_boottime(), due));
		if (ready[0].revents != 0) {
			if (fgets(line, sizeof(line), stdin) == NULL)
				break;
			if (obey(worker, line) < 0)
				printf("error %s", line);
		}
		worker->ops->dispatch(worker, clock_boottime());
		tell(worker);
	}
	worker->ops->free(worker);
	return 0;
}
