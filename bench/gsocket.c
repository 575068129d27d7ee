/* SPDX-License-Identifier: MIT */
/*
 * Time to connected, by name, of GLib's GSocketClient, as bench-eyeballs measures mif_dial(). One line:
 * nanoseconds, or a sentence on standard error. By its asynchronous call, for only that one races.
 */
#include <gio/gio.h>
#include <inttypes.h>
#include <stdio.h>

#include "measure.h"

#define LIMIT 5 /* seconds */

static int status = 1;
static uint64_t begun;

static void connected(GObject *source, GAsyncResult *result, gpointer loop)
{
	GError *error = NULL;
	GSocketConnection *connection =
		g_socket_client_connect_to_host_finish(G_SOCKET_CLIENT(source), result, &error);

	if (connection != NULL) {
		printf("%" PRIu64 "\n", measure_now() - begun);
		g_object_unref(connection);
		status = 0;
	} else {
		fprintf(stderr, "bench-gsocket: %s\n", error->message);
		g_error_free(error);
	}
	g_main_loop_quit(loop);
}

static gboolean give_up(gpointer limit)
{
	g_cancellable_cancel(limit);
	return G_SOURCE_REMOVE;
}

int main(int argc, char **argv)
{
	GSocketClient *client = g_socket_client_new();
	GCancellable *limit = g_cancellable_new();
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);

	if (argc != 3) {
		fprintf(stderr, "usage: bench-gsocket HOST PORT\n");
		return 2;
	}
	g_socket_client_set_enable_proxy(client, FALSE);
	g_timeout_add_seconds(LIMIT, give_up, limit);
	begun = measure_now();
	g_socket_client_connect_to_host_async(
		client, argv[1], (guint16)measure_number(argv[2]), limit, connected, loop);
	g_main_loop_run(loop);
	g_main_loop_unref(loop);
	g_object_unref(limit);
	g_object_unref(client);
	return status;
}
