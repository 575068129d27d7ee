/* SPDX-License-Identifier: MIT */
/*
 * Plays text scenarios against a host: facts in, expected messages out, on a fake clock. Usage:
 *
 *	scenario engine|server|mifd:PATH FILE|FOLDER...
 *
 * A scenario begins with "# ROWS: what it shows". Lines:
 *
 *	put ... / drop ... / heard ... / begin / commit / at S	   to the script source
 *	open CLIENT [strict]			a new subscriber
 *	close CLIENT
 *	CLIENT > MESSAGE FIELD=VALUE...		posts a request
 *	CLIENT ! ERRNO MESSAGE ...		posts one that is refused at once, e.g. EINVAL
 *	CLIENT < MESSAGE FIELD=VALUE...		the next report, with these values; "*" is any value
 *	CLIENT <? MESSAGE ...			the same, if that comes: a host that hands reports on at
 *						once tells more of what changes quickly
 *	CLIENT <* MESSAGE ...			the next report that matches; those before are passed over
 *	CLIENT .				nothing else waits
 *
 * At its end nothing may wait for any client. Every stream is checked for order (test/order.c). Times in
 * messages are seconds since the script's beginning: valid_until=60s.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "client/client.h"
#include "message/message.h"
#include "order.h"
#include "scenario.h"
#include "source/script.h"
#include "tap.h"

#define CLIENTS 8
#define BARRIER 0x7fffffff

struct client {
	char name[16];
	struct mif *mif;
	struct order *order;
	struct mif_message kept; /* read ahead for "<?" */
	bool has_kept;
};

struct play {
	struct host *host;
	struct client clients[CLIENTS];
	char error[1600];
};

__attribute__((format(printf, 2, 3))) static int fail(struct play *play, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(play->error, sizeof(play->error), format, arguments);
	va_end(arguments);
	return -1;
}

static struct client *client_find(struct play *play, const char *name)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		if (play->clients[i].mif != NULL && strcmp(play->clients[i].name, name) == 0)
			return &play->clients[i];
	}
	return NULL;
}

static int client_open(struct play *play, const char *name, bool strict)
{
	struct client *client = play->clients;
	struct link *link;
	int r;

	while (client < play->clients + CLIENTS && client->mif != NULL)
		client++;
	if (client == play->clients + CLIENTS || strlen(name) >= sizeof(client->name))
		return fail(play, "too many clients, or too long a name");
	memset(client, 0, sizeof(*client));
	r = play->host->open(play->host, &link);
	if (r == 0)
		r = client_new(&client->mif, link, MIF_OPEN_ENGINE, strict ? MIF_OPEN_STRICT : 0);
	if (r < 0)
		return fail(play, "open: %s", strerror(-r));
	client->order = order_new();
	strcpy(client->name, name);
	return 0;
}

static void client_close(struct client *client)
{
	if (client->mif != NULL)
		mif_close(client->mif);
	order_free(client->order);
	memset(client, 0, sizeof(*client));
}

/* ---- requests ---- */

static int errno_by_name(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {{"EINVAL", EINVAL}, {"EEXIST", EEXIST}, {"EOPNOTSUPP", EOPNOTSUPP},
		{"ENOBUFS", ENOBUFS}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].name, name) == 0)
			return names[i].number;
	}
	return -1;
}

static int line_post(struct play *play, struct client *client, const char *text, int expected)
{
	struct mif_message request;
	char error[256];
	int r;

	if (message_parse(&request, text, error) < 0)
		return fail(play, "%s", error);
	r = mif_post(client->mif, &request);
	if (r != -expected)
		return fail(play, "post returned %d (%s)", r, strerror(-r));
	if (r == 0)
		order_posted(client->order, &request);
	return 0;
}

/* ---- reports ---- */

static int client_get(struct play *play, struct client *client, struct mif_message *report)
{
	const struct mif_message *got;
	char error[256], text[1024];
	int r;

	if (client->has_kept) {
		*report = client->kept;
		client->has_kept = false;
		return 1;
	}
	r = mif_get(client->mif, &got);
	if (r == 0 && play->host->patience > 0) {
		r = mif_check(client->mif, NULL, 0, play->host->patience);
		if (r > 0)
			r = mif_get(client->mif, &got);
	}
	if (r < 0)
		return fail(play, "get: %s", strerror(-r));
	if (r == 1)
		*report = *got;
	if (r == 1 && !order_check(client->order, report, error)) {
		message_format(report, false, text, sizeof(text));
		return fail(play, "order (M12): %s: %s", error, text);
	}
	return r;
}

/* A time is given in seconds of the script. */
static void time_format(
	const struct mif_message *report, const struct field_info *field, char *text, size_t size)
{
	uint64_t when;

	memcpy(&when, (const char *)report + field->offset, sizeof(when));
	if (when == MIF_FOREVER || when < SCRIPT_EPOCH)
		return;
	snprintf(text, size, "%llus", (unsigned long long)((when - SCRIPT_EPOCH) / NSEC_PER_SEC));
}

static bool field_matches(const struct mif_message *report, const char *name, const char *value)
{
	const struct message_info *info = message_info(report->type);
	char text[1024];

	if (strcmp(name, "tag") == 0) {
		snprintf(text, sizeof(text), "%u", report->tag);
		return strcmp(text, value) == 0;
	}
	for (size_t i = 0; i < info->count; i++) {
		if (strcmp(info->fields[i].name, name) != 0)
			continue;
		field_format(report, &info->fields[i], text, sizeof(text));
		if (strstr(name, "_until") != NULL)
			time_format(report, &info->fields[i], text, sizeof(text));
		return strcmp(value, "*") == 0 || strcmp(text, value) == 0;
	}
	return false;
}

/* 0; 1: it is another message; -1: it cannot be compared. */
static int report_compare(struct play *play, const struct mif_message *report, const char *expected)
{
	char copy[1024], text[1024];
	char *rest = copy;
	char *word;

	message_format(report, true, text, sizeof(text));
	snprintf(copy, sizeof(copy), "%s", expected);
	word = strsep(&rest, " ");
	if (strcmp(word, message_info(report->type)->name) != 0)
		return fail(play, "came: %s\n#   expected: %s", text, expected), 1;
	while ((word = strsep(&rest, " ")) != NULL) {
		char *value = strchr(word, '=');

		if (*word == '\0')
			continue;
		if (value == NULL)
			return fail(play, "expected FIELD=VALUE: %s", word);
		*value++ = '\0';
		if (!field_matches(report, word, value))
			return fail(play, "came: %s\n#   expected: %s (%s)", text, expected, word),
			       1;
	}
	return 0;
}

static int line_skip(struct play *play, struct client *client, const char *expected)
{
	struct mif_message report;
	int r;

	do {
		r = client_get(play, client, &report);
		if (r <= 0)
			return r < 0 ? r : fail(play, "it never came: %s", expected);
		r = report_compare(play, &report, expected);
	} while (r == 1);
	return r;
}

static int line_get(struct play *play, struct client *client, const char *expected, bool optional)
{
	struct mif_message report;
	int r = client_get(play, client, &report);

	if (r < 0)
		return r;
	if (r == 0)
		return optional ? 0 : fail(play, "nothing came, expected: %s", expected);
	r = report_compare(play, &report, expected);
	if (r == 1 && optional) {
		client->kept = report;
		client->has_kept = true;
		return 0;
	}
	return r == 0 ? 0 : -1;
}

/* An answered question drives out whatever waits before it. */
static int line_nothing(struct play *play, struct client *client)
{
	struct mif_message request = {.type = MIF_GET_CONFIGURATION_DATA, .tag = BARRIER};
	struct mif_message report;
	char text[1024];
	int r;

	request.as.get_configuration_data.information = MIF_INFORMATION_MTU;
	r = mif_post(client->mif, &request);
	if (r < 0)
		return fail(play, "post: %s", strerror(-r));
	r = client_get(play, client, &report);
	if (r < 0)
		return r;
	if (r == 1 && report.tag == BARRIER)
		return 0;
	if (r == 1)
		message_format(&report, true, text, sizeof(text));
	return fail(play, "something waits: %s", r == 1 ? text : "no answer to the barrier");
}

/* ---- lines ---- */

static int line_of_client(struct play *play, struct client *client, char *text)
{
	char *verb = strsep(&text, " ");
	char *name;

	if (strcmp(verb, ".") == 0)
		return line_nothing(play, client);
	if (text == NULL)
		return fail(play, "what of it?");
	if (strcmp(verb, ">") == 0)
		return line_post(play, client, text, 0);
	if (strcmp(verb, "<") == 0 || strcmp(verb, "<?") == 0)
		return line_get(play, client, text, verb[1] == '?');
	if (strcmp(verb, "<*") == 0)
		return line_skip(play, client, text);
	if (strcmp(verb, "!") == 0) {
		name = strsep(&text, " ");
		if (text == NULL || errno_by_name(name) < 0)
			return fail(play, "expected ERRNO MESSAGE");
		return line_post(play, client, text, errno_by_name(name));
	}
	return fail(play, "no such verb: %s", verb);
}

static int play_line(struct play *play, const char *line)
{
	char copy[1024], error[256] = "";
	char *text = copy;
	char *word;
	struct client *client;

	snprintf(copy, sizeof(copy), "%s", line);
	word = strsep(&text, " ");
	client = client_find(play, word);
	if (client != NULL && text != NULL)
		return line_of_client(play, client, text);
	if (strcmp(word, "open") == 0 && text != NULL) {
		word = strsep(&text, " ");
		return client_open(play, word, text != NULL && strcmp(text, "strict") == 0);
	}
	if (strcmp(word, "close") == 0 && text != NULL) {
		client = client_find(play, text);
		if (client == NULL)
			return fail(play, "no such client: %s", text);
		client_close(client);
		return 0;
	}
	if (play->host->line(play->host, line, error) < 0)
		return fail(play, "%s", error);
	return 0;
}

static void play_file(struct host *host, const char *path)
{
	static struct play play;
	const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	char line[1024], title[1024] = "";
	int number = 0, r;
	FILE *file = fopen(path, "re");

	memset(&play, 0, sizeof(play));
	play.host = host;
	r = file == NULL ? fail(&play, "%s: %s", path, strerror(errno)) : host->begin(host);
	while (r == 0 && fgets(line, sizeof(line), file) != NULL) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' && title[0] == '\0')
			snprintf(title, sizeof(title), "%s", line + 2);
		if (line[0] != '#' && line[0] != '\0')
			r = play_line(&play, line);
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		if (r == 0 && play.clients[i].mif != NULL)
			r = line_nothing(&play, &play.clients[i]);
		client_close(&play.clients[i]);
	}
	ok(r == 0, "%s [%s, %s]", title, name, host->name);
	if (r != 0)
		printf("# %s:%d: %s\n#   %s\n", path, number, line, play.error);
	if (file != NULL)
		fclose(file);
	host->end(host);
}

static int is_scenario(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".scenario") == 0;
}

/* A file, or every scenario of a folder. */
static void play_all(struct host *host, const char *path)
{
	struct dirent **entries;
	char file[1024];
	int count = scandir(path, &entries, is_scenario, alphasort);

	if (count < 0) {
		play_file(host, path);
		return;
	}
	for (int i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		play_file(host, file);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	struct host *hosts[] = {&host_engine, &host_server, &host_mifd};
	struct host *host = NULL;

	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(hosts); i++) {
		size_t length = strlen(hosts[i]->name);

		if (strncmp(argv[1], hosts[i]->name, length) != 0)
			continue;
		host = hosts[i];
		if (argv[1][length] == ':')
			host->program = argv[1] + length + 1;
	}
	if (argc < 3 || host == NULL) {
		fprintf(stderr, "usage: %s engine|server|mifd:PATH FILE|FOLDER...\n", argv[0]);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		play_all(host, argv[i]);
	return tap_done();
}
