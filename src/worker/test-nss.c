/* SPDX-License-Identifier: MIT */
/*
 * Names that the host's Name Service Switch is asked for: which, when, and what becomes of answers. The
 * processes that ask it are played here.
 */
#include "nss/exchange.h"
#include "test-names-lab.h"
#include "worker/names.h"
#include "worker/nss.h"

#define PROCESSES 200

static struct worker *worker;
static uint32_t numbers[PROCESSES]; /* of those that were asked for */
static unsigned int started;
static int start_result;

static int note_start(void *context, uint32_t number)
{
	(void)context;
	if (start_result == 0 && started < PROCESSES)
		numbers[started++] = number;
	return start_result;
}

static void begin(bool with_switch)
{
	const struct names_switch options = {.start = note_start};

	if (worker_names_new(&worker, "/dev/null") < 0 ||
		(with_switch && names_use_switch(worker, &options) < 0))
		abort();
	started = 0;
	start_result = 0;
}

static void end(void)
{
	worker->ops->free(worker);
}

/* One of them is there: our end of its socket. */
static int process_come(unsigned int which)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
		abort();
	names_switch_started(worker, numbers[which], fds[0], lab_now());
	return fds[1];
}

static const char *process_asked(int fd)
{
	static struct nss_request request;
	uint8_t packet[NSS_PACKET_MAX];
	ssize_t size = recv(fd, packet, sizeof(packet), 0);

	return size > 0 && nss_request_read(&request, packet, (size_t)size) == 0 ? request.name
										 : "";
}

static void process_say(int fd, uint32_t result, const char *first, const char *second)
{
	struct nss_answer answer = {.result = result};
	uint8_t packet[NSS_PACKET_MAX];
	int size;

	if (first != NULL)
		answer.addresses[answer.count++] = lab_address(first);
	if (second != NULL)
		answer.addresses[answer.count++] = lab_address(second);
	size = nss_answer_write(&answer, packet);
	/* What nobody has read would be an error of the socket's other end. */
	process_asked(fd);
	if (size < 0 || send(fd, packet, (size_t)size, MSG_NOSIGNAL) != size)
		abort();
	close(fd);
}

/* Starts it, and runs until a process is asked for or it has ended. */
static struct outcome *ask(const struct name_scope *scope, const char *name)
{
	unsigned int before = started;
	uint64_t id = lab_start(worker, scope, name, 0);

	while (id != 0 && started == before && outcomes[id].done == 0)
		lab_run(worker, id, id, 50);
	return &outcomes[id];
}

static void settle(const struct outcome *outcome)
{
	uint64_t id = (uint64_t)(outcome - outcomes);

	lab_run(worker, id, id, 30000);
}

static void test_last(void)
{
	struct name_scope scope = lab_scope(1);
	struct outcome *outcome;
	int fd;

	begin(true);
	outcome = ask(&scope, "www.example");
	ok(ended(outcome, MIF_TRANSLATION_FOUND, 1, 1) && outcome->system == MIF_SYSTEM_DNS &&
			started == 0,
		"M23: what the domain's DNS has the switch is not asked for");
	outcome = ask(&scope, "any-nx.Bücher.example");
	ok(started == 1 && outcome->done == 0, "M23: what it has not is");
	fd = process_come(0);
	ok(strcmp(process_asked(fd), "any-nx.xn--bcher-kva.example") == 0,
		"M23: one process for both families, with the name as DNS had it");
	process_say(fd, NSS_FOUND, "192.0.2.77", "2001:db8::77");
	settle(outcome);
	ok(ended(outcome, MIF_TRANSLATION_FOUND, 1, 1) && outcome->system == MIF_SYSTEM_NIS &&
			outcome->ttl == NSS_TTL,
		"M25: its answers say which system, and hold for five seconds");
	outcome = ask(&scope, "any-nx.bücher.example");
	ok(ended(outcome, MIF_TRANSLATION_FOUND, 1, 1) && started == 1,
		"in which nobody is asked again");
	lab_pass(6 * NSEC_PER_SEC);
	outcome = ask(&scope, "any-nx.bücher.example");
	ok(started == 2, "and not longer");
	process_say(process_come(1), NSS_NO_NAME, NULL, NULL);
	settle(outcome);
	ok(ended(outcome, MIF_TRANSLATION_NO_NAME, 0, 0), "it has not got it either");
	outcome = ask(&scope, "any-servfail.example");
	ok(ended(outcome, MIF_TRANSLATION_FAILED, 0, 0) && started == 2,
		"M23: a server's failure is no reason to ask the switch");
	outcome = ask(&scope, "any-empty.example");
	ok(ended(outcome, MIF_TRANSLATION_NO_ADDRESS, 0, 0) && started == 2,
		"M23: nor is a name without address");
	end();
}

static void test_never(void)
{
	struct name_scope scope = lab_scope(1);
	struct name_request request = {
		.scope = &scope, .name = "any-nx.example", .withheld = 1, .judged = true};
	struct outcome *outcome;

	begin(true);
	request.id = ++next_id;
	outcomes[request.id] = (struct outcome){0};
	worker->ops->start(worker, &request, lab_now());
	lab_run(worker, request.id, request.id, 30000);
	ok(ended(&outcomes[request.id], MIF_TRANSLATION_OTHER_ZONE, 0, 0) && started == 0,
		"M23: what another domain's zones have the switch is not asked for");
	request.id = ++next_id;
	request.withheld = 0;
	request.domain_only = true;
	outcomes[request.id] = (struct outcome){0};
	worker->ops->start(worker, &request, lab_now());
	lab_run(worker, request.id, request.id, 30000);
	ok(ended(&outcomes[request.id], MIF_TRANSLATION_NO_NAME, 0, 0) && started == 0,
		"nor what is asked of a domain alone");
	request.id = ++next_id;
	request.domain_only = false;
	request.scheme = "https";
	outcomes[request.id] = (struct outcome){0};
	worker->ops->start(worker, &request, lab_now());
	lab_run(worker, request.id, request.id, 30000);
	ok(outcomes[request.id].done == 1 && started == 0, "nor services");
	outcome = ask(&scope, "hidden.onion");
	ok(outcome->done == 1 && outcome->status == MIF_TRANSLATION_NOT_PERMITTED && started == 0,
		"nor what nobody may be asked");
	end();
	begin(false);
	outcome = ask(&scope, "any-nx.example");
	ok(ended(outcome, MIF_TRANSLATION_NO_NAME, 0, 0) && started == 0,
		"M23: and nothing at all unless the host wants it");
	end();
}

static void test_several(void)
{
	struct name_scope one = lab_scope(1), two = lab_scope(2);
	uint64_t first, second, third;
	int fd;

	begin(true);
	two.server_count = 0;
	first = lab_start(worker, &one, "any-nx.shared.example", 0);
	second = lab_start(worker, &two, "any-nx.shared.example", MIF_FAMILY_IPV6);
	third = lab_start(worker, &one, "any-nx.shared.example", 0);
	lab_run(worker, first, first, 1000);
	ok(started == 1, "M23: two domains and three who ask: one process");
	worker->ops->stop(worker, third);
	fd = process_come(0);
	process_say(fd, NSS_FOUND, "192.0.2.77", NULL);
	settle(&outcomes[first]);
	settle(&outcomes[second]);
	ok(ended(&outcomes[first], MIF_TRANSLATION_FOUND, 1, 0), "M25: each has its answer");
	ok(ended(&outcomes[second], MIF_TRANSLATION_NO_ADDRESS, 0, 0),
		"M25: of the family that it asked for");
	ok(outcomes[third].done == 0 && outcomes[third].ipv4 == 0,
		"M24: and who has stopped hears nothing");
	first = lab_start(worker, &two, "alone.example", 0);
	fd = process_come(1);
	worker->ops->stop(worker, first);
	process_say(fd, NSS_FOUND, "192.0.2.77", NULL);
	second = lab_start(worker, &two, "alone.example", 0);
	settle(&outcomes[second]);
	ok(outcomes[first].done == 0 && outcomes[first].ipv4 == 0 &&
			ended(&outcomes[second], MIF_TRANSLATION_FOUND, 1, 0) && started == 2,
		"M24: but the next one who asks does, of the same process");
	end();
}

static void test_faults(void)
{
	struct name_scope scope = lab_scope(1);
	struct outcome *outcome;
	int fd;

	begin(true);
	outcome = ask(&scope, "any-nx.a.example");
	close(process_come(0));
	settle(outcome);
	ok(ended(outcome, MIF_TRANSLATION_FAILED, 0, 0), "a process that dies has failed");
	outcome = ask(&scope, "any-nx.b.example");
	fd = process_come(1);
	ok(send(fd, "\0\0\0\1\0\0\0\1\4noise", 14, 0) == 14, "one that talks nonsense");
	settle(outcome);
	ok(ended(outcome, MIF_TRANSLATION_FAILED, 0, 0), "has failed, too");
	close(fd);
	outcome = ask(&scope, "any-nx.c.example");
	fd = process_come(2);
	settle(outcome);
	ok(ended(outcome, MIF_TRANSLATION_FAILED, 0, 0), "as has one that says nothing");
	ok(recv(fd, (char[256]){0}, 256, 0) > 0 && recv(fd, (char[256]){0}, 256, 0) == 0,
		"whose socket is closed");
	close(fd);
	outcome = ask(&scope, "any-nx.d.example");
	names_switch_started(worker, numbers[3], -ENOENT, lab_now());
	settle(outcome);
	ok(ended(outcome, MIF_TRANSLATION_FAILED, 0, 0), "one that cannot be started");
	start_result = -EPIPE;
	outcome = ask(&scope, "any-nx.e.example");
	settle(outcome);
	ok(ended(outcome, MIF_TRANSLATION_FAILED, 0, 0), "and one that cannot be asked for");
	ok(lab_counter(worker, "names-switch-failures") == 5, "are counted");
	names_switch_started(worker, 4711, -EAGAIN, lab_now());
	ok(fcntl(process_come(2), F_GETFD) >= 0, "one that comes when nobody waits is let go");
	end();
}

static void test_refused(void)
{
	struct name_scope scope = lab_scope(1);
	struct outcome *outcome;
	uint64_t begun;

	begin(true);
	outcome = ask(&scope, "any-nx.later.example");
	names_switch_started(worker, numbers[0], -EAGAIN, lab_now());
	while (started == 1)
		lab_run(worker, next_id, next_id, 50);
	process_say(process_come(1), NSS_FOUND, "192.0.2.77", NULL);
	settle(outcome);
	ok(ended(outcome, MIF_TRANSLATION_FOUND, 1, 0),
		"when there are too many it is tried again");
	start_result = -EAGAIN;
	begun = lab_now();
	outcome = ask(&scope, "any-nx.never.example");
	settle(outcome);
	ok(ended(outcome, MIF_TRANSLATION_FAILED, 0, 0) &&
			lab_now() - begun >= NSS_QUEUE_PATIENCE &&
			lab_now() - begun < 2 * NSS_QUEUE_PATIENCE,
		"but not for ever");
	end();
}

static void test_many(void)
{
	struct name_scope scope = lab_scope(1);
	uint64_t first = next_id + 1;
	unsigned int served = 0, found = 0;
	char name[64];

	begin(true);
	scope.server_count = 0;
	for (unsigned int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		lab_start(worker, &scope, name, 0);
	}
	ok(started == NSS_RUNNING, "M23: no more than four processes at a time");
	while (served < started) {
		process_say(process_come(served), NSS_FOUND, "192.0.2.77", NULL);
		served++;
		lab_run(worker, 1, first, 1);
		while (worker->ops->deadline(worker) <= lab_now())
			worker->ops->dispatch(worker, lab_now());
	}
	lab_run(worker, first, next_id, 30000);
	for (uint64_t id = first; id <= next_id; id++)
		found += outcomes[id].done == 1 && outcomes[id].ipv4 == 1;
	if (!ok(found == 100, "M25: a hundred names are answered all the same"))
		printf("# %u of %u\n", found, started);
	end();
}

static void test_packets(void)
{
	struct nss_answer answer = {.result = NSS_FOUND, .count = 1};
	struct nss_request request = {.name = "-x"};
	uint8_t packet[NSS_PACKET_MAX];
	static const char *const bad[] = {
		"0.0.0.0", "224.0.0.1", "169.254.1.1", "fe80::1", "::ffff:192.0.2.1", "ff02::1"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int size;

		answer.addresses[0] = lab_address(bad[i]);
		size = nss_answer_write(&answer, packet);
		ok(size < 0 || nss_answer_read(&answer, packet, (size_t)size) == -EBADMSG ||
				answer.addresses[0].family == AF_INET,
			"%s is nobody's address", bad[i]);
		answer = (struct nss_answer){.result = NSS_FOUND, .count = 1};
	}
	ok(nss_request_write(&request, packet) == -EINVAL, "a name may not look like an option");
	ok(nss_request_read(&request, (const uint8_t *)"a\0b", 3) == -EBADMSG &&
			nss_request_read(&request, packet, 0) == -EBADMSG,
		"nor be cut short");
	answer = (struct nss_answer){.result = NSS_NO_NAME, .count = 1};
	ok(nss_answer_write(&answer, packet) == -EINVAL, "no name, and an address of it");
}

int main(void)
{
	if (!lab_enter()) {
		tap_skip("nss", "no right to make a network namespace");
		return tap_done();
	}
	test_packets();
	test_last();
	test_never();
	test_several();
	test_faults();
	test_refused();
	test_many();
	lab_leave();
	return tap_done();
}
