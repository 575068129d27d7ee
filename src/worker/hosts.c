/* SPDX-License-Identifier: MIT */
/*
 * The hosts file (hosts(5)): owns the names in it, sorted. Looks at the file's identity when there is a
 * question and reads it anew when it is another one.
 */
#include "worker/hosts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct hosts {
	char *path;
	struct stat seen; /* st_ino 0: nothing is known of the file */
	char *text; /* the names point into it */
	struct host *hosts;
	size_t count, size;
	uint64_t left_out;
	uint64_t looked; /* when, last; 0: never */
};

static bool is_blank(char octet)
{
	return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\0';
}

/* The next word of the line, ended with NUL in place; or NULL. */
static char *next_word(char **at, char *end)
{
	char *word = *at;

	while (word < end && is_blank(*word))
		word++;
	if (word == end)
		return NULL;

	char *stop = word;

	while (stop < end && !is_blank(*stop))
		stop++;
	*at = stop < end ? stop + 1 : end;
	*stop = '\0';
	return word;
}

static int add(struct hosts *hosts, const char *name, const struct mif_address *address)
{
	if (hosts->count == HOSTS_NAMES) {
		hosts->left_out++;
		return 0;
	}
	if (hosts->count == hosts->size) {
		size_t size = hosts->size == 0 ? 16 : 2 * hosts->size;
		struct host *grown = reallocarray(hosts->hosts, size, sizeof(*grown));

		if (grown == NULL)
			return -ENOMEM;
		hosts->hosts = grown;
		hosts->size = size;
	}
	hosts->hosts[hosts->count++] = (struct host){.name = name, .address = *address};
	return 0;
}

/* Like glibc, skips what it does not understand. */
static int read_line(struct hosts *hosts, char *at, char *end)
{
	struct mif_address address;
	char *comment = memchr(at, '#', (size_t)(end - at));
	char *word;

	if (comment != NULL)
		end = comment;
	word = next_word(&at, end);
	if (word == NULL || mif_address_parse(&address, word) < 0 || address.family == AF_UNSPEC)
		return 0;
	while ((word = next_word(&at, end)) != NULL) {
		size_t length = strlen(word);

		if (word[length - 1] == '.')
			word[length - 1] = '\0';
		for (char *octet = word; *octet != '\0'; octet++) {
			if (*octet >= 'A' && *octet <= 'Z')
				*octet = (char)(*octet - 'A' + 'a');
		}
		if (add(hosts, word, &address) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct host *)a)->name, ((const struct host *)b)->name);
}

static int compare_hosts(const void *a, const void *b)
{
	const struct host *left = a, *right = b;
	int order = compare_names(left, right);

	/* The names lie in memory as they do in the file. */
	return order != 0 ? order : left->name < right->name ? -1 : left->name > right->name;
}

/* The whole file, or its first HOSTS_FILE_SIZE octets; one octet more is allocated. */
static int read_file(int fd, char **textp, size_t *sizep)
{
	struct stat status;

	/* A FIFO or a device could block. */
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return -EINVAL;

	size_t size = MIN((size_t)status.st_size, (size_t)HOSTS_FILE_SIZE), done = 0;
	_cleanup_(freep) char *text = malloc(size + 1);

	if (text == NULL)
		return -ENOMEM;
	while (done < size) {
		ssize_t count = read(fd, text + done, size - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return -errno;
		if (count == 0)
			break;
		done += (size_t)count;
	}
	*textp = text;
	*sizep = done;
	text = NULL;
	return 0;
}

static void forget(struct hosts *hosts)
{
	free(hosts->text);
	free(hosts->hosts);
	hosts->text = NULL;
	hosts->hosts = NULL;
	hosts->count = hosts->size = 0;
}

static int load(struct hosts *hosts)
{
	_cleanup_(closep) int fd = open(hosts->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t size = 0;
	int r;

	if (fd < 0)
		return -errno;
	r = read_file(fd, &hosts->text, &size);
	if (r < 0)
		return r;

	char *end = hosts->text + size;

	for (char *at = hosts->text; at < end;) {
		char *stop = memchr(at, '\n', (size_t)(end - at));

		if (stop == NULL && size == HOSTS_FILE_SIZE) {
			hosts->left_out++;
			break;
		}
		stop = stop == NULL ? end : stop;
		r = read_line(hosts, at, stop);
		if (r < 0)
			return r;
		at = stop + 1;
	}
	if (hosts->count > 1)
		qsort(hosts->hosts, hosts->count, sizeof(*hosts->hosts), compare_hosts);
	return 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void refresh(struct hosts *hosts)
{
	struct stat status;

	if (stat(hosts->path, &status) < 0) {
		forget(hosts);
		hosts->seen.st_ino = 0;
		return;
	}
	if (is_same(&status, &hosts->seen))
		return;
	forget(hosts);
	hosts->seen = status;
	if (load(hosts) < 0) {
		forget(hosts);
		hosts->seen.st_ino = 0;
	}
}

const struct host *hosts_find(struct hosts *hosts, const char *name, uint64_t now, uint32_t *count)
{
	if (now == 0 || now != hosts->looked)
		refresh(hosts);
	hosts->looked = now;
	if (hosts->count == 0)
		return NULL;

	struct host key = {.name = name};
	const struct host *end = hosts->hosts + hosts->count;
	const struct host *first =
		bsearch(&key, hosts->hosts, hosts->count, sizeof(key), compare_names);

	if (first == NULL)
		return NULL;
	while (first > hosts->hosts && compare_names(first - 1, &key) == 0)
		first--;

	const struct host *last = first;

	while (last < end && compare_names(last, &key) == 0)
		last++;
	*count = (uint32_t)(last - first);
	return first;
}

const char *hosts_path(const struct hosts *hosts)
{
	return hosts->path;
}

uint64_t hosts_left_out(const struct hosts *hosts)
{
	return hosts->left_out;
}

int hosts_new(struct hosts **hostsp, const char *path)
{
	struct hosts *hosts = calloc(1, sizeof(*hosts));

	if (hosts == NULL)
		return -ENOMEM;
	hosts->path = strdup(path);
	if (hosts->path == NULL) {
		free(hosts);
		return -ENOMEM;
	}
	*hostsp = hosts;
	return 0;
}

void hosts_free(struct hosts *hosts)
{
	if (hosts == NULL)
		return;
	forget(hosts);
	free(hosts->path);
	free(hosts);
}
