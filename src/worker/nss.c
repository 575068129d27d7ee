/* SPDX-License-Identifier: MIT */
/*
 * Questions to the host's Name Service Switch, which a process of its own asks (nss/main.c), one for each
 * name: the host has it started and hands over the socket. Owns the enquiries: one for each name that is
 * asked for, whoever asks and for whichever family, since what the switch says is the host's, and no
 * domain's. An inquiry is one domain's part in it, and its answer goes into that domain's list.
 */
#include "worker/nss.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "nss/exchange.h"

struct nss {
	struct names_switch options;
	struct watches *watches;
	struct list waiting, running; /* enquiries */
	uint32_t waiting_count, running_count;
	uint32_t last_number;
	uint64_t retry_at; /* not before is any started */
	struct nss_counters counters;
};

struct enquiry {
	struct list node;
	struct nss *nss;
	struct watch watch; /* of the process, once it is there */
	struct list inquiries;
	uint32_t number; /* 0: it waits */
	uint64_t due; /* when its process has taken too long */
	uint64_t limit; /* when it has waited too long for one */
	char name[];
};

struct inquiry {
	struct list node; /* of the enquiry, or answered */
	void *owner;
	uint16_t type; /* enum dns_type */
	struct list *answered;
	struct answer *answer; /* NULL: none yet, or there was no memory for it */
};

int nss_new(struct nss **nssp, const struct names_switch *options, struct watches *watches)
{
	struct nss *nss = calloc(1, sizeof(*nss));

	if (nss == NULL)
		return -ENOMEM;
	nss->options = *options;
	nss->watches = watches;
	list_init(&nss->waiting);
	list_init(&nss->running);
	*nssp = nss;
	return 0;
}

static void enquiry_free(struct enquiry *enquiry)
{
	struct nss *nss = enquiry->nss;

	*(enquiry->number == 0 ? &nss->waiting_count : &nss->running_count) -= 1;
	watch_close(nss->watches, &enquiry->watch);
	list_remove(&enquiry->node);
	free(enquiry);
}

void nss_free(struct nss *nss)
{
	if (nss == NULL)
		return;
	list_for_each_safe (node, &nss->waiting)
		enquiry_free(container_of(node, struct enquiry, node));
	list_for_each_safe (node, &nss->running)
		enquiry_free(container_of(node, struct enquiry, node));
	free(nss);
}

/* ---- answers ---- */

/* The addresses of one family. That there are only others is an answer, too. */
static void answer_make(struct answer *answer, const struct nss_answer *said, uint16_t type)
{
	static const uint32_t statuses[NSS_RESULTS] = {[NSS_FOUND] = MIF_TRANSLATION_NO_ADDRESS,
		[NSS_NO_NAME] = MIF_TRANSLATION_NO_NAME,
		[NSS_NO_ADDRESS] = MIF_TRANSLATION_NO_ADDRESS,
		[NSS_FAILED] = MIF_TRANSLATION_FAILED};
	uint16_t family = type == DNS_AAAA ? AF_INET6 : AF_INET;

	*answer = (struct answer){.status = statuses[said->result],
		.system = MIF_SYSTEM_NIS,
		.ttl = NSS_NEGATIVE_TTL};
	for (uint32_t i = 0; i < said->count && answer->count < ANSWER_ADDRESSES; i++) {
		if (said->addresses[i].family == family)
			answer->items.addresses[answer->count++] = said->addresses[i];
	}
	if (answer->count == 0)
		return;
	answer->status = MIF_TRANSLATION_FOUND;
	answer->ttl = NSS_TTL;
}

static void enquiry_end(struct enquiry *enquiry, const struct nss_answer *said)
{
	bool failed = said->result == NSS_FAILED;
	struct answer answer;

	*(failed ? &enquiry->nss->counters.failures : &enquiry->nss->counters.answers) += 1;
	while (!list_empty(&enquiry->inquiries)) {
		struct inquiry *inquiry =
			container_of(enquiry->inquiries.next, struct inquiry, node);

		answer_make(&answer, said, inquiry->type);
		inquiry->answer = answer_copy(&answer);
		list_remove(&inquiry->node);
		list_append(inquiry->answered, &inquiry->node);
	}
	enquiry_free(enquiry);
}

static void enquiry_fail(struct enquiry *enquiry)
{
	const struct nss_answer failed = {.result = NSS_FAILED};

	enquiry_end(enquiry, &failed);
}

/* The whole answer is one packet; a process that ends without one has failed. */
static void enquiry_heard(struct watch *watch, uint32_t events, uint64_t now)
{
	struct enquiry *enquiry = container_of(watch, struct enquiry, watch);
	uint8_t packet[NSS_PACKET_MAX];
	struct nss_answer said;
	ssize_t size = recv(watch->fd, packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC);

	(void)events;
	(void)now;
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size < 0 || size > (ssize_t)sizeof(packet) ||
		nss_answer_read(&said, packet, (size_t)size) < 0)
		said = (struct nss_answer){.result = NSS_FAILED};
	enquiry_end(enquiry, &said);
}

bool nss_answer(struct list *answered, struct answer *answer, void **ownerp)
{
	struct inquiry *inquiry;

	if (list_empty(answered))
		return false;
	inquiry = container_of(answered->next, struct inquiry, node);
	*ownerp = inquiry->owner;
	if (inquiry->answer != NULL)
		memcpy(answer, inquiry->answer, answer_size(inquiry->answer));
	else
		*answer =
			(struct answer){.status = MIF_TRANSLATION_FAILED, .system = MIF_SYSTEM_NIS};
	nss_drop(inquiry);
	return true;
}

/* What was asked goes on, as long as its process runs: the next one who asks may profit. */
void nss_drop(struct inquiry *inquiry)
{
	if (inquiry == NULL)
		return;
	list_remove(&inquiry->node);
	free(inquiry->answer);
	free(inquiry);
}

/* ---- asking ---- */

static struct enquiry *enquiry_find(struct nss *nss, const char *name)
{
	list_for_each (node, &nss->running) {
		struct enquiry *enquiry = container_of(node, struct enquiry, node);

		if (strcmp(enquiry->name, name) == 0)
			return enquiry;
	}
	list_for_each (node, &nss->waiting) {
		struct enquiry *enquiry = container_of(node, struct enquiry, node);

		if (strcmp(enquiry->name, name) == 0)
			return enquiry;
	}
	return NULL;
}

static int enquiry_new(struct nss *nss, struct enquiry **enquiryp, const char *name, uint64_t now)
{
	size_t size = strlen(name) + 1;
	struct enquiry *enquiry;

	if (nss->waiting_count >= NSS_WAITING)
		return -ENOBUFS;
	enquiry = calloc(1, sizeof(*enquiry) + size);
	if (enquiry == NULL)
		return -ENOMEM;
	enquiry->nss = nss;
	enquiry->watch = (struct watch){.fd = -1, .ready = enquiry_heard};
	enquiry->due = enquiry->limit = now + NSS_QUEUE_PATIENCE;
	memcpy(enquiry->name, name, size);
	list_init(&enquiry->inquiries);
	list_append(&nss->waiting, &enquiry->node);
	nss->waiting_count++;
	*enquiryp = enquiry;
	return 0;
}

static bool is_refusal(int r)
{
	return r == -EAGAIN || r == -ENOBUFS;
}

/* Back to the head of those that wait. */
static void enquiry_refused(struct enquiry *enquiry, uint64_t now)
{
	struct nss *nss = enquiry->nss;

	list_remove(&enquiry->node);
	list_append(nss->waiting.next, &enquiry->node);
	nss->running_count--;
	nss->waiting_count++;
	enquiry->number = 0;
	enquiry->due = enquiry->limit;
	nss->retry_at = now + NSS_RETRY;
}

/* One that cannot be had is given up by nss_run(): nobody waits for answers here. */
static void enquiry_begin(struct enquiry *enquiry, uint64_t now)
{
	struct nss *nss = enquiry->nss;
	int r;

	list_remove(&enquiry->node);
	list_append(&nss->running, &enquiry->node);
	nss->waiting_count--;
	nss->running_count++;
	enquiry->number = ++nss->last_number != 0 ? nss->last_number : ++nss->last_number;
	enquiry->due = now + NSS_PATIENCE;
	r = nss->options.start(nss->options.context, enquiry->number);
	if (is_refusal(r))
		enquiry_refused(enquiry, now);
	else if (r < 0)
		enquiry->due = now;
	else
		nss->counters.asked++;
}

static void start_waiting(struct nss *nss, uint64_t now)
{
	while (nss->running_count < NSS_RUNNING && !list_empty(&nss->waiting) &&
		now >= nss->retry_at) {
		struct enquiry *enquiry = container_of(nss->waiting.next, struct enquiry, node);

		if (list_empty(&enquiry->inquiries))
			enquiry_free(enquiry);
		else
			enquiry_begin(enquiry, now);
	}
}

int nss_ask(struct nss *nss, struct inquiry **inquiryp, const char *name, uint16_t type,
	void *owner, struct list *answered, uint64_t now)
{
	struct enquiry *enquiry = enquiry_find(nss, name);
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
	int r = inquiry == NULL ? -ENOMEM : 0;

	if (r == 0 && enquiry == NULL)
		r = enquiry_new(nss, &enquiry, name, now);
	if (r < 0) {
		free(inquiry);
		return r;
	}
	inquiry->owner = owner;
	inquiry->type = type;
	inquiry->answered = answered;
	list_append(&enquiry->inquiries, &inquiry->node);
	start_waiting(nss, now);
	*inquiryp = inquiry;
	return 0;
}

/* Takes the descriptor. 0, or negative errno. */
static int enquiry_send(struct enquiry *enquiry, int fd)
{
	uint8_t packet[NSS_PACKET_MAX];
	struct nss_request request = {0};
	int r = watch_open(enquiry->nss->watches, &enquiry->watch, fd, EPOLLIN);

	if (r < 0)
		return r;
	memcpy(request.name, enquiry->name, strnlen(enquiry->name, sizeof(request.name) - 1));
	r = nss_request_write(&request, packet);
	if (r > 0 && send(fd, packet, (size_t)r, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		r = -errno;
	return r;
}

void nss_started(struct nss *nss, uint32_t number, int fd, uint64_t now)
{
	list_for_each (node, &nss->running) {
		struct enquiry *enquiry = container_of(node, struct enquiry, node);

		if (enquiry->number != number || enquiry->watch.fd >= 0)
			continue;
		if (is_refusal(fd))
			enquiry_refused(enquiry, now);
		else if (fd < 0 || enquiry_send(enquiry, fd) < 0)
			enquiry->due = now;
		return;
	}
	/* It came too late. */
	if (fd >= 0)
		close_fd(fd);
}

static void give_up(struct list *enquiries, uint64_t now)
{
	list_for_each_safe (node, enquiries) {
		struct enquiry *enquiry = container_of(node, struct enquiry, node);

		if (now >= enquiry->due)
			enquiry_fail(enquiry);
	}
}

void nss_run(struct nss *nss, uint64_t now)
{
	give_up(&nss->running, now);
	give_up(&nss->waiting, now);
	start_waiting(nss, now);
}

uint64_t nss_deadline(const struct nss *nss)
{
	uint64_t due = TIME_FOREVER;

	list_for_each (node, &nss->running) {
		due = MIN(due, container_of(node, struct enquiry, node)->due);
	}
	if (list_empty(&nss->waiting))
		return due;
	due = MIN(due, container_of(nss->waiting.next, struct enquiry, node)->due);
	return nss->running_count < NSS_RUNNING ? MIN(due, nss->retry_at) : due;
}

const struct nss_counters *nss_counters(const struct nss *nss)
{
	return &nss->counters;
}
