/* SPDX-License-Identifier: MIT */
/*
 * Time to connected, by name, of GLib's GSocketClient, as bench-eyeballs measures mif_dial(). One line:
 * nanoseconds, or a sentence on standard error.
 */
#include <gio/gio.h>
#include <inttypes.h>
#include <stdio.h>

#include "measure.h"

#define LIMIT 5 /* seconds */

int main(int argc, char **argv)
{
	GSocketClient *client = g_socket_client_new();
	GError *error = NULL;
	GSocketConnection *connection;
	uint64_t begun, taken;

	if (argc != 3) {
		fprintf(stderr, "usage: bench-gsocket HOST PORT\n");
		return 2;
	}
	g_socket_client_set_enable_proxy(client, FALSE);
	g_socket_client_set_timeout(client, LIMIT);
	begun = measure_now();
	connection = g_socket_client_connect_to_host(
		client, argv[1], (guint16)measure_number(argv[2]), NULL, &error);
	taken = measure_now() - begun;
	if (connection == NULL) {
		fprintf(stderr, "bench-gsocket: %s\n", error->message);
		return 1;
	}
	printf("%" PRIu64 "\n", taken);
	g_object_unref(connection);
	g_object_unref(client);
	return 0;
}
