/* SPDX-License-Identifier: MIT */
/*
 * resolv.conf(5) as the C library's resolver takes it: the first servers, the last search list; lines
 * that are not understood are passed over.
 */
#include "source/resolv-conf-parse.h"

#include <stdbool.h>
#include <string.h>

#include "base/address.h"
#include "base/cleanup.h"
#include "base/name.h"

#define LINE_SIZE 1024
#define BLANKS " \t\r"

/* Cuts the next word off. NULL: there is none. */
static char *word_next(char **rest)
{
	char *word;

	do {
		word = strsep(rest, BLANKS);
	} while (word != NULL && *word == '\0');
	return word;
}

/* "fe80::1%h1": the scope stays a text, for the link may come later. */
static bool server_parse(const char *word, struct resolv_conf_server *server)
{
	const char *scope = strchr(word, '%');
	char plain[MIF_ADDRESS_TEXT];
	size_t length = scope != NULL ? (size_t)(scope - word) : strlen(word);

	memset(server, 0, sizeof(*server));
	if (length >= sizeof(plain) || (scope != NULL && strlen(scope + 1) >= IFNAMSIZ))
		return false;
	memcpy(plain, word, length);
	plain[length] = '\0';
	if (mif_address_parse(&server->address, plain) < 0 || server->address.family == AF_UNSPEC ||
		address_is_multicast(&server->address))
		return false;
	if (server->address.family != AF_INET6 || !address_is_link_local(&server->address))
		return scope == NULL;
	/* Without a link it is nobody's address. */
	if (scope == NULL || scope[1] == '\0')
		return false;
	strcpy(server->scope, scope + 1);
	return true;
}

/* 0.0.0.0 and :: are this host, too (resolver(3)). */
static bool is_local(const struct mif_address *address)
{
	return address_is_loopback(address) || address_is_unspecified(address);
}

static void server_take(struct resolv_conf *conf, const char *word)
{
	struct resolv_conf_server server;

	if (word == NULL || !server_parse(word, &server))
		conf->bad_count++;
	else if (conf->server_count + conf->local_count == RESOLV_CONF_SERVERS)
		return;
	else if (is_local(&server.address))
		conf->local_count++;
	else
		conf->servers[conf->server_count++] = server;
}

static void search_take(struct resolv_conf *conf, char **rest)
{
	char *word;

	conf->search_count = 0;
	while ((word = word_next(rest)) != NULL && conf->search_count < RESOLV_CONF_SEARCH) {
		if (strcmp(word, ".") == 0) /* "search .": none */
			continue;
		if (name_normalise(word))
			strcpy(conf->search[conf->search_count++], word);
		else
			conf->bad_count++;
	}
}

static void line_take(struct resolv_conf *conf, char *line)
{
	char *rest = line, *key = word_next(&rest);

	if (key == NULL || *line == '#' || *line == ';')
		return;
	if (strcmp(key, "nameserver") == 0)
		server_take(conf, word_next(&rest));
	else if (strcmp(key, "search") == 0 || strcmp(key, "domain") == 0)
		search_take(conf, &rest);
}

void resolv_conf_parse(struct resolv_conf *conf, const char *octets, size_t size)
{
	char line[LINE_SIZE];

	memset(conf, 0, sizeof(*conf));
	while (size > 0) {
		const char *end = memchr(octets, '\n', size);
		size_t length = end != NULL ? (size_t)(end - octets) : size;

		if (length < sizeof(line) && memchr(octets, '\0', length) == NULL) {
			memcpy(line, octets, length);
			line[length] = '\0';
			line_take(conf, line);
		} else {
			conf->bad_count++;
		}
		length += end != NULL;
		octets += length;
		size -= length;
	}
}
