/* SPDX-License-Identifier: MIT */
/*
 * mif paths: the caller's multipath connections with their paths, as mifd has them; and what changes them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/field.h"
#include "ctl/handle.h"
#include "ctl/json.h"

/* Tags of requests, by which their answers are known. */
enum {
	TAG_DOMAINS = 1,
	TAG_PATHS,
	TAG_CHANGE,
};

/* mifd answers when a path is decided, or at once. */
#define PATIENCE (10 * NSEC_PER_SEC)

struct pictured {
	struct mif_message *messages; /* MIF_PVD, MIF_MULTIPATH_CONNECTION, MIF_PATH */
	size_t count, room;
};

struct job {
	const struct options *options;
	struct mif *mif;
	struct pictured pictured;
	uint32_t connection; /* whose paths are changed */
	unsigned int unanswered; /* announcements that have not ended */
	int status; /* -1: not over */
};

static void picture_add(struct pictured *pictured, const struct mif_message *report)
{
	if (pictured->count == pictured->room) {
		size_t room = MAX(2 * pictured->room, 16U);
		struct mif_message *more =
			realloc(pictured->messages, room * sizeof(pictured->messages[0]));

		if (more == NULL)
			return;
		pictured->messages = more;
		pictured->room = room;
	}
	pictured->messages[pictured->count++] = *report;
}

/* ---- for people ---- */

static const char *domain_name(const struct pictured *pictured, uint64_t pvd, char text[SHOW_TEXT])
{
	for (size_t i = 0; i < pictured->count; i++) {
		const struct mif_message *message = &pictured->messages[i];

		if (message->type == MIF_PVD && message->as.pvd.pvd == pvd)
			return show_text(message->as.pvd.name, text);
	}
	return "-";
}

static const char *octets_text(uint64_t octets, char text[SHOW_TEXT])
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	double value = (double)octets;
	size_t unit = 0;

	while (value >= 1000 && unit + 1 < ARRAY_SIZE(units)) {
		value /= 1000;
		unit++;
	}
	snprintf(text, SHOW_TEXT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
	return text;
}

static void print_state(const struct mif_message *message, uint64_t now)
{
	const struct mif_message_path *path = &message->as.path;
	char text[SHOW_TEXT];

	if (path->backup != 0 && path->state == MIF_PATH_ESTABLISHED)
		printf("backup, ");
	fputs(field_text(message, "state", text), stdout);
	if (path->error != 0 && path->state != MIF_PATH_ESTABLISHED)
		printf(": %s", strerror((int)path->error));
	if (path->retry_at > now)
		printf("; again in %s", show_duration(path->retry_at - now, text));
}

static void print_path(const struct pictured *pictured, const struct mif_message *message,
	bool managed, uint64_t now)
{
	const struct mif_message_path *path = &message->as.path;
	char local[MIF_ADDRESS_TEXT], remote[MIF_ADDRESS_TEXT], text[SHOW_TEXT], sent[SHOW_TEXT],
		received[SHOW_TEXT];

	printf("  %s > %s  ", mif_endpoint_format(&path->local, local),
		mif_endpoint_format(&path->remote, remote));
	if (!managed) {
		puts("not managed");
		return;
	}
	print_state(message, now);
	printf("\n    %s, identifiers %" PRIu32 " and %" PRIu32,
		domain_name(pictured, path->pvd, text), path->local_id, path->remote_id);
	if (path->state == MIF_PATH_ESTABLISHED)
		printf(", round trip %.3f ms, %s sent, %s received", (double)path->rtt / 1000,
			octets_text(path->sent, sent), octets_text(path->received, received));
	putchar('\n');
}

static void print_connection(
	const struct pictured *pictured, const struct mif_message *message, uint64_t now)
{
	const struct mif_message_multipath_connection *connection =
		&message->as.multipath_connection;

	printf("%08" PRIx32 "  user %" PRIu32 ", %" PRIu32 " path%s", connection->connection,
		connection->uid, connection->paths, connection->paths == 1 ? "" : "s");
	if (connection->mode == MIF_PATHS_AUTOMATIC)
		printf(", more by itself");
	if (connection->single != MIF_SINGLE_NOT)
		printf(": %s", field_meaning(message, "single"));
	if (connection->single == MIF_SINGLE_FAILED)
		printf(" (%s)", strerror((int)connection->error));
	putchar('\n');
	for (size_t i = 0; i < pictured->count; i++) {
		const struct mif_message *path = &pictured->messages[i];

		if (path->type == MIF_PATH && path->as.path.connection == connection->connection)
			print_path(pictured, path, connection->mode != MIF_PATHS_UNMANAGED, now);
	}
}

static void print_all(const struct pictured *pictured)
{
	uint64_t now = clock_boottime();
	bool any = false;

	for (size_t i = 0; i < pictured->count; i++) {
		if (pictured->messages[i].type != MIF_MULTIPATH_CONNECTION)
			continue;
		any = true;
		print_connection(pictured, &pictured->messages[i], now);
	}
	if (!any)
		puts("mifd manages no multipath connection of yours");
}

/* ---- for programs ---- */

static struct json_object *path_json(
	const struct pictured *pictured, const struct mif_message *path)
{
	struct json_object *object = json_fields(path);
	char text[SHOW_TEXT];

	json_add(object, "pvd_name", json_text(domain_name(pictured, path->as.path.pvd, text)));
	return object;
}

static void print_json(const struct pictured *pictured)
{
	struct json_object *all = json_object_new_object();
	struct json_object *connections = json_object_new_array();

	for (size_t i = 0; i < pictured->count; i++) {
		const struct mif_message *message = &pictured->messages[i];
		struct json_object *object, *paths;

		if (message->type != MIF_MULTIPATH_CONNECTION)
			continue;
		object = json_fields(message);
		paths = json_object_new_array();
		for (size_t j = 0; j < pictured->count; j++) {
			const struct mif_message *path = &pictured->messages[j];

			if (path->type == MIF_PATH &&
				path->as.path.connection ==
					message->as.multipath_connection.connection)
				json_object_array_add(paths, path_json(pictured, path));
		}
		json_add(object, "paths_now", paths);
		json_object_array_add(connections, object);
	}
	json_add(all, "connections", connections);
	json_print(stdout, all, true);
}

/* ---- reports ---- */

static void tell_answer(struct job *job, const struct mif_message *report)
{
	const struct mif_message_path_answer *answer = &report->as.path_answer;
	struct json_object *object;
	char text[SHOW_TEXT];

	job->status = answer->error == 0 ? CTL_DONE : CTL_NOT;
	if (job->options->json) {
		object = json_object_new_object();
		json_add_message(object, report);
		json_print(stdout, object, false);
	} else if (answer->error != 0) {
		/* The answer names none that is not known. */
		complain("%08" PRIx32 ": %s", job->connection, show_text(answer->text, text));
	}
}

static void tell_end(struct job *job)
{
	if (--job->unanswered > 0)
		return;
	if (job->options->json)
		print_json(&job->pictured);
	else
		print_all(&job->pictured);
	job->status = CTL_DONE;
}

static void job_report(struct job *job, const struct mif_message *report)
{
	char text[SHOW_TEXT];

	switch (report->type) {
	case MIF_PVD:
	case MIF_MULTIPATH_CONNECTION:
	case MIF_PATH:
		picture_add(&job->pictured, report);
		break;
	case MIF_END_OF_ANNOUNCEMENTS:
		if (job->unanswered > 0)
			tell_end(job);
		break;
	case MIF_PATH_ANSWER:
		if (report->tag == TAG_CHANGE)
			tell_answer(job, report);
		break;
	case MIF_ERROR:
		complain("%s", show_text(report->as.error.text, text));
		job->status = CTL_NOT;
		break;
	default:
		break;
	}
}

static int job_run(struct job *job)
{
	uint64_t deadline = clock_boottime() + PATIENCE;
	const struct mif_message *report;
	int r = 1;

	while (r == 1 && job->status < 0) {
		r = handle_get(job->mif, deadline, &report);
		if (r == 1)
			job_report(job, report);
	}
	return r == 0 ? -ETIMEDOUT : MIN(r, 0);
}

/* ---- requests ---- */

static int post_list(struct job *job)
{
	struct mif_message domains = {.type = MIF_ANNOUNCE_INTERFACES,
		.tag = TAG_DOMAINS,
		.as.announce_interfaces.below = MIF_BELOW_PVDS};
	const struct mif_message paths = {.type = MIF_ANNOUNCE_PATHS, .tag = TAG_PATHS};
	int r = mif_post(job->mif, &domains);

	job->unanswered = 2;
	return r < 0 ? r : mif_post(job->mif, &paths);
}

/* What stands for any is "any". */
static int read_end(struct mif_endpoint *endpoint, const char *text)
{
	char shown[SHOW_TEXT];

	if (text == NULL || strcmp(text, "any") == 0)
		return 0;
	if (mif_endpoint_parse(endpoint, text) == 0)
		return 0;
	complain("paths: not an address: %s", show_word(text, shown));
	return -EINVAL;
}

static const struct change {
	const char *name;
	uint32_t type;
	uint32_t value; /* of backup, or mode */
	int least, most; /* addresses */
	const char *arguments;
} changes[] = {
	{"add", MIF_ADD_PATH, 0, 1, 2, "CONNECTION LOCAL [REMOTE]"},
	{"del", MIF_REMOVE_PATH, 0, 1, 2, "CONNECTION LOCAL [REMOTE]"},
	{"backup", MIF_PREFER_PATH, 1, 1, 2, "CONNECTION LOCAL [REMOTE]"},
	{"priority", MIF_PREFER_PATH, 0, 1, 2, "CONNECTION LOCAL [REMOTE]"},
	{"offer", MIF_OFFER_ADDRESS, 0, 1, 1, "CONNECTION ADDRESS"},
	{"retract", MIF_RETRACT_ADDRESS, 0, 1, 1, "CONNECTION ADDRESS"},
	{"auto", MIF_MANAGE_PATHS, MIF_PATHS_AUTOMATIC, 0, 0, "CONNECTION"},
	{"manual", MIF_MANAGE_PATHS, MIF_PATHS_AS_ASKED, 0, 0, "CONNECTION"},
};

static bool change_takes_id(const struct change *change)
{
	return change->type == MIF_ADD_PATH || change->type == MIF_OFFER_ADDRESS ||
		change->type == MIF_RETRACT_ADDRESS;
}

static const struct change *find_change(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		if (strcmp(changes[i].name, name) == 0)
			return &changes[i];
	}
	return NULL;
}

static struct mif_message change_request(const struct change *change, uint32_t connection,
	const struct mif_endpoint *local, const struct mif_endpoint *remote, uint32_t id)
{
	struct mif_message request = {.type = change->type, .tag = TAG_CHANGE};

	/* Where they stand in common: the socket, that is none here, and the connection. */
	request.as.add_path.fd = -1;
	request.as.add_path.connection = connection;
	if (change->type == MIF_MANAGE_PATHS) {
		request.as.manage_paths.mode = change->value;
	} else {
		request.as.add_path.local = *local;
		if (change->most == 2)
			request.as.add_path.remote = *remote;
		if (change->type == MIF_PREFER_PATH)
			request.as.prefer_path.backup = change->value;
		if (change->type == MIF_ADD_PATH)
			request.as.add_path.id = id;
		if (change->type == MIF_OFFER_ADDRESS)
			request.as.offer_address.id = id;
		if (change->type == MIF_RETRACT_ADDRESS)
			request.as.retract_address.id = id;
	}
	return request;
}

/* 0, or -EINVAL after a sentence. */
static int read_change(const struct options *options, char **arguments, struct mif_message *request)
{
	const struct change *change = find_change(arguments[0]);
	struct mif_endpoint local = {0}, remote = {0};
	unsigned long connection;
	char shown[SHOW_TEXT], *end;
	int count = 0;

	if (change == NULL) {
		complain("paths: neither add, del, backup, priority, offer, retract, auto nor "
			 "manual: %s",
			show_word(arguments[0], shown));
		return -EINVAL;
	}
	while (arguments[1] != NULL && arguments[2 + count] != NULL)
		count++;
	if (arguments[1] == NULL || count < change->least || count > change->most) {
		complain("usage: mif paths %s %s [OPTION...]", change->name, change->arguments);
		return -EINVAL;
	}
	if (options->id != 0 && !change_takes_id(change)) {
		complain("paths %s does not take --id", change->name);
		return -EINVAL;
	}
	connection = strtoul(arguments[1], &end, 16);
	if (*end != '\0' || connection == 0 || connection > UINT32_MAX) {
		complain("paths: not the identifier of a connection: %s",
			show_word(arguments[1], shown));
		return -EINVAL;
	}
	if (read_end(&local, count > 0 ? arguments[2] : NULL) < 0 ||
		read_end(&remote, count > 1 ? arguments[3] : NULL) < 0)
		return -EINVAL;
	*request = change_request(change, (uint32_t)connection, &local, &remote, options->id);
	return 0;
}

int paths_run(const struct options *options, char **arguments)
{
	_cleanup_(mif_closep) struct mif *mif = NULL;
	struct job job = {.options = options, .status = -1};
	struct mif_message request = {0};
	int r;

	if (arguments[0] == NULL && options->id != 0) {
		complain("paths takes --id with add, offer and retract only");
		return CTL_USAGE;
	}
	if (arguments[0] != NULL && read_change(options, arguments, &request) < 0)
		return CTL_USAGE;
	job.connection = request.as.add_path.connection;
	if (handle_open(&mif, options) < 0)
		return CTL_NO_ENGINE;
	job.mif = mif;
	r = arguments[0] != NULL ? mif_post(mif, &request) : post_list(&job);
	if (r >= 0)
		r = job_run(&job);
	free(job.pictured.messages);
	if (r == -ETIMEDOUT) {
		complain("paths: there is no answer");
		return CTL_NOT;
	}
	return r < 0 ? handle_broken(r) : job.status;
}
