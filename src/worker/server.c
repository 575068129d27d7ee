/* SPDX-License-Identifier: MIT */
/*
 * One DNS server of a domain: questions go out by UDP through the domain's interface, from ports that
 * change; answers, and what is wrong on the way, go to the resolver. Remembers how fast the server
 * is, and whether it is there at all.
 */
#include "worker/server.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "worker/hostname.h"
#include "worker/link-socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#define DNS_PORT 53

/* RFC 9715 section 3: no larger, so that answers are not fragmented. */
#define EDNS_PAYLOAD 1232
/* What is larger counts as truncated. */
#define DATAGRAM_SIZE 4096
#define DATAGRAMS 64 /* at a time: others want to be served, too */
#define BATCH 8 /* of these read by one call */

#define EXPECTED (50 * NSEC_PER_MSEC) /* of a server that nothing is known of */
#define PATIENCE (400 * NSEC_PER_MSEC) /* with it */
#define PATIENCE_MIN (250 * NSEC_PER_MSEC) /* a forwarder may have to ask others itself */
#define PATIENCE_MAX (1000 * NSEC_PER_MSEC)

/* As many misses are no chance; then it is tried again after 10 s, 20 s ... */
#define MISSES 2
#define RETRY_FIRST (10 * NSEC_PER_SEC)
#define RETRY_DOUBLINGS 4

/* A UDP socket with some questions. */
struct port {
	struct watch watch;
	struct list node;
	struct server *server;
	struct list attempts;
	uint32_t questions; /* so far */
};

void server_init(struct server *server, struct watches *watches, const struct mif_address *address,
	const struct mif_address *source, uint32_t ifindex)
{
	*server = (struct server){
		.watches = watches, .address = *address, .source = *source, .ifindex = ifindex};
	list_init(&server->ports);
	list_init(&server->streams);
	list_init(&server->truncated);
}

static void port_free(struct port *port)
{
	watch_close(port->server->watches, &port->watch);
	port->server->port_count--;
	list_remove(&port->node);
	free(port);
}

void server_deinit(struct server *server)
{
	list_for_each_safe (node, &server->ports)
		port_free(container_of(node, struct port, node));
	streams_tidy(server);
}

/* ---- what is remembered ---- */

static void heard(struct server *server, uint64_t sent, uint64_t now)
{
	uint64_t sample = MAX(now - sent, 1);

	server->misses = 0;
	if (server->srtt == 0) {
		server->srtt = sample;
		server->rttvar = sample / 2;
		return;
	}

	uint64_t error = sample > server->srtt ? sample - server->srtt : server->srtt - sample;

	server->rttvar = server->rttvar - server->rttvar / 4 + error / 4;
	server->srtt = server->srtt - server->srtt / 8 + sample / 8;
}

void server_missed(struct server *server, uint64_t now)
{
	uint32_t doublings;

	if (server_is_down(server) && now < server->retry_at)
		return;
	server->misses++;
	if (!server_is_down(server))
		return;
	doublings = MIN(server->misses - MISSES, RETRY_DOUBLINGS);
	server->retry_at = now + (RETRY_FIRST << doublings);
}

bool server_is_down(const struct server *server)
{
	return server->misses >= MISSES;
}

uint64_t server_expects(const struct server *server)
{
	return server->srtt == 0 ? EXPECTED : server->srtt;
}

uint64_t server_patience(const struct server *server)
{
	uint64_t patience = server->srtt + 4 * server->rttvar;

	if (server->srtt == 0)
		return PATIENCE;
	return MAX(PATIENCE_MIN, MIN(patience, PATIENCE_MAX));
}

/* ---- attempts ---- */

bool attempt_matches(const struct attempt *attempt, const struct dns_message *message)
{
	return message->id == attempt->id && (message->flags & DNS_RESPONSE) != 0 &&
		(message->flags & DNS_OPCODE) == 0 && message->question.type == attempt->type &&
		message->question.class == DNS_IN &&
		dns_name_is(&message->question.name, attempt->name);
}

void attempt_take(struct attempt *attempt)
{
	list_remove(&attempt->in_server);
	attempt->server->in_flight--;
}

size_t attempt_write(const struct attempt *attempt, void *octets, size_t size)
{
	struct dns_question question = {.type = attempt->type, .class = DNS_IN};

	if (dns_name_parse(&question.name, attempt->name) < 0)
		return 0;
	return dns_ask(octets, size, &question, attempt->id, DNS_RECURSION_DESIRED,
		attempt->edns ? EDNS_PAYLOAD : 0);
}

void server_drop(struct attempt *attempt)
{
	stream_stop(attempt->stream);
	attempt->stream = NULL;
	attempt_take(attempt);
}

static void fail(struct attempt *attempt, uint64_t now)
{
	attempt_take(attempt);
	attempt_failed(attempt, now);
}

/* ---- what comes back ---- */

static struct attempt *find_attempt(struct port *port, const struct dns_message *message)
{
	list_for_each (node, &port->attempts) {
		struct attempt *attempt = container_of(node, struct attempt, in_server);

		if (attempt_matches(attempt, message))
			return attempt;
	}
	return NULL;
}

/* A server older than EDNS says so in various ways (RFC 6891 section 7). Whether it is asked again. */
static bool ask_without_edns(
	struct attempt *attempt, const struct dns_message *message, uint64_t now)
{
	unsigned int code = message->flags & DNS_CODE;
	struct server *server = attempt->server;

	if (!attempt->edns || (code != DNS_FORMERR && code != DNS_NOTIMP))
		return false;
	server->no_edns = true;
	attempt_take(attempt);
	if (server_ask(server, attempt, now) < 0)
		attempt_failed(attempt, now);
	return true;
}

static void truncated(struct attempt *attempt)
{
	struct server *server = attempt->server;

	list_remove(&attempt->in_server);
	list_append(&server->truncated, &attempt->in_server);
}

static void port_heard(struct port *port, const uint8_t *octets, size_t size, uint64_t now)
{
	struct dns_message message;
	struct attempt *attempt;

	/* What is no answer to any question here may be anybody's: the true one may still come. */
	if (dns_open(&message, octets, MIN(size, (size_t)DATAGRAM_SIZE)) < 0)
		return;
	attempt = find_attempt(port, &message);
	if (attempt == NULL)
		return;
	/* One that serves others only is of no more use than one that is not there. */
	if ((message.flags & DNS_CODE) == DNS_REFUSED)
		server_missed(port->server, now);
	else
		heard(port->server, attempt->sent, now);
	if (ask_without_edns(attempt, &message, now))
		return;
	if ((message.flags & DNS_TRUNCATED) || size > DATAGRAM_SIZE) {
		truncated(attempt);
		return;
	}
	attempt_take(attempt);
	attempt_answered(attempt, &message, now);
}

/* The kernel says that the server is not there. */
static void port_failed(struct port *port, uint64_t now)
{
	while (!list_empty(&port->attempts)) {
		struct attempt *attempt =
			container_of(port->attempts.next, struct attempt, in_server);

		server_missed(port->server, now);
		fail(attempt, now);
	}
}

/* By one system call: those that a server sends come several at a time. False: nothing that was asked for
 * is left. */
static bool port_read(struct port *port, uint64_t now)
{
	uint8_t octets[BATCH][DATAGRAM_SIZE];
	struct mmsghdr headers[BATCH];
	struct iovec parts[BATCH];
	int count;

	for (unsigned int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){.iov_base = octets[i], .iov_len = sizeof(octets[i])};
		headers[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
	}
	count = recvmmsg(port->watch.fd, headers, BATCH, MSG_TRUNC, NULL);
	if (count < 0 && errno != EAGAIN && errno != EINTR)
		port_failed(port, now);
	for (int i = 0; i < count; i++)
		port_heard(port, octets[i], headers[i].msg_len, now);
	return count == BATCH && !list_empty(&port->attempts);
}

static void port_ready(struct watch *watch, uint32_t events, uint64_t now)
{
	struct port *port = container_of(watch, struct port, watch);

	(void)events;
	for (unsigned int i = 0; i < DATAGRAMS && port_read(port, now); i += BATCH)
		;
}

/* ---- asking ---- */

static int port_new(struct server *server, struct port **portp)
{
	struct port *port = calloc(1, sizeof(*port));
	int fd, r;

	if (port == NULL)
		return -ENOMEM;
	fd = link_socket(SOCK_DGRAM, server->address.family, server->ifindex, &server->source);
	r = fd < 0 ? fd : link_socket_connect(fd, &server->address, server->ifindex, DNS_PORT);
	if (r < 0)
		close_fd(fd);
	else
		r = watch_open(server->watches, &port->watch, fd, EPOLLIN);
	if (r < 0) {
		free(port);
		return r;
	}
	port->watch.ready = port_ready;
	port->server = server;
	list_init(&port->attempts);
	list_append(&server->ports, &port->node);
	server->port_count++;
	*portp = port;
	return 0;
}

/* The newest, as long as it has not asked too much; or any, when there is no other. */
static int port_for_question(struct server *server, struct port **portp)
{
	struct port *newest = NULL;
	int r;

	if (!list_empty(&server->ports))
		newest = container_of(server->ports.previous, struct port, node);
	if (newest == NULL ||
		(newest->questions >= SERVER_PORT_QUESTIONS && server->port_count < SERVER_PORTS)) {
		r = port_new(server, portp);
		if (r == 0 || newest == NULL || (r != -EMFILE && r != -ENFILE))
			return r;
	}
	*portp = newest;
	return 0;
}

static int draw_id(struct server *server, uint16_t *idp)
{
	if (server->id_count == 0) {
		if (getrandom(server->ids, sizeof(server->ids), GRND_NONBLOCK) !=
			sizeof(server->ids))
			return -EAGAIN;
		server->id_count = SERVER_IDS;
	}
	*idp = server->ids[--server->id_count];
	return 0;
}

static int choose_id(const struct port *port, uint16_t *idp)
{
	bool used;

	do {
		used = false;
		if (draw_id(port->server, idp) < 0)
			return -EAGAIN;
		list_for_each (node, &port->attempts)
			used |= container_of(node, struct attempt, in_server)->id == *idp;
	} while (used);
	return 0;
}

int server_ask(struct server *server, struct attempt *attempt, uint64_t now)
{
	uint8_t octets[DNS_QUESTION_OCTETS];
	struct port *port = NULL;
	size_t size;
	int r = port_for_question(server, &port);

	if (r == 0)
		r = choose_id(port, &attempt->id);
	if (r < 0)
		return r;
	attempt->edns = !server->no_edns;
	attempt->sent = now;
	size = attempt_write(attempt, octets, sizeof(octets));
	port->questions++;
	/* What does not fit into the buffer is lost, as it may be anywhere on its way. */
	if (send(port->watch.fd, octets, size, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
		return -errno;
	attempt->server = server;
	list_append(&port->attempts, &attempt->in_server);
	server->in_flight++;
	return 0;
}

void server_tidy(struct server *server, uint64_t now)
{
	streams_tidy(server);
	while (!list_empty(&server->truncated) && server->stream_count < SERVER_STREAMS) {
		struct attempt *attempt =
			container_of(server->truncated.next, struct attempt, in_server);

		list_remove(&attempt->in_server);
		if (stream_open(attempt) < 0)
			fail(attempt, now);
	}
	list_for_each_safe (node, &server->ports) {
		struct port *port = container_of(node, struct port, node);

		if (list_empty(&port->attempts))
			port_free(port);
	}
}
