/* SPDX-License-Identifier: MIT */
/*
 * mif-fetch: fetches the additional information of one provisioning domain (RFC 8801 section 4), and
 * ends. mifd's parent starts it, with a socket to the engine as its standard input; nobody else has a
 * use for it. What it needs from the machine it reads before it is in the cage; then the request,
 * then the network.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fetch/cage.h"
#include "fetch/exchange.h"
#include "fetch/transfer.h"
#include "helper/helper.h"

#define AUTHORITIES_MAX (4U << 20)

static bool authorities_room(struct authorities *authorities, size_t *room)
{
	char *pem;

	if (*room > authorities->size)
		return true;
	if (*room >= AUTHORITIES_MAX)
		return false;
	*room = *room > 0 ? 2 * *room : 65536;
	pem = realloc(authorities->pem, *room);
	if (pem != NULL)
		authorities->pem = pem;
	return pem != NULL;
}

/* Adds a file of certificates, and an end of line. 0, or negative errno. */
static int authorities_add(struct authorities *authorities, size_t *room, const char *path)
{
	FILE *file = fopen(path, "re");
	int r = 0, octet;

	if (file == NULL)
		return -errno;
	do {
		octet = fgetc(file);
		if (!authorities_room(authorities, room))
			r = -EFBIG;
		else
			authorities->pem[authorities->size++] = octet == EOF ? '\n' : (char)octet;
	} while (r == 0 && octet != EOF);
	if (ferror(file) != 0)
		r = -EIO;
	fclose(file);
	return r;
}

/* The system's own may be missing, if others are named. */
static int authorities_read(struct authorities *authorities, int count, char **paths)
{
	const char *own = transfer_authorities();
	size_t room = 0;
	int r = own != NULL ? authorities_add(authorities, &room, own) : -ENOENT;

	if (r < 0 && (r != -ENOENT || count == 0))
		return helper_complain(
			own != NULL ? own : "the system's certificate authorities", r);
	for (int i = 0; i < count; i++) {
		r = authorities_add(authorities, &room, paths[i]);
		if (r < 0)
			return helper_complain(paths[i], r);
	}
	return 0;
}

static int serve(const struct authorities *authorities)
{
	static struct fetch_request request;
	static struct fetch_answer answer;
	static uint8_t packet[FETCH_PACKET_MAX];
	int r = helper_receive(packet, sizeof(packet), FETCH_SECONDS);

	if (r >= 0)
		r = fetch_request_read(&request, packet, (size_t)r);
	if (r < 0)
		return helper_complain("no request", r);
	transfer_run(&request, authorities, &answer);
	return helper_answer(packet, fetch_answer_write(&answer, packet));
}

static void authorities_deinit(struct authorities *authorities)
{
	free(authorities->pem);
}

int main(int argc, char **argv)
{
	_cleanup_(authorities_deinit) struct authorities authorities = {0};
	int r;

	if (!helper_is_called())
		return 2;
	r = transfer_prepare();
	if (r < 0)
		return helper_complain("libcurl", r);
	if (authorities_read(&authorities, argc - 1, argv + 1) != 0)
		return 1;
	r = cage_enter();
	if (r < 0)
		return helper_complain("the cage", r);
	return serve(&authorities);
}
