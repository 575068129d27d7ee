/* SPDX-License-Identifier: MIT */
#include "base/cleanup.h"
#include "tap.h"
#include "worker/hosts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static char path[] = "/tmp/test-hosts-XXXXXX";

/* Each text of its own size, or a file system's coarse clock would make two look alike. */
static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static bool finds(struct hosts *hosts, const char *name, const char *expected)
{
	char found[1024] = "", text[MIF_ADDRESS_TEXT];
	uint32_t count = 0;
	const struct host *host = hosts_find(hosts, name, 0, &count);

	for (uint32_t i = 0; host != NULL && i < count && i < 8; i++) {
		strcat(found, i == 0 ? "" : " ");
		strcat(found, mif_address_format(&host[i].address, text));
	}
	return strcmp(found, expected) == 0;
}

static void test_reading(struct hosts *hosts)
{
	write_file("# a comment\n"
		   "127.0.0.1\tlocalhost\n"
		   "\n"
		   "192.0.2.7  Router.Example router  # the router\n"
		   "2001:db8::7 router.example.\r\n"
		   "   192.0.2.8 indented\n"
		   "not-an-address name\n"
		   "-  dash\n"
		   "192.0.2.9\n"
		   "#192.0.2.10 commented\n"
		   "192.0.2.11 last");
	ok(finds(hosts, "router.example", "192.0.2.7 2001:db8::7"),
		"M23: the hosts file, both families, in its order");
	ok(finds(hosts, "router", "192.0.2.7"), "M23: the hosts file, an alias");
	ok(finds(hosts, "indented", "192.0.2.8"), "M23: the hosts file, an indented line");
	ok(finds(hosts, "last", "192.0.2.11"), "M23: the hosts file, a last line without end");
	ok(finds(hosts, "name", "") && finds(hosts, "dash", "") && finds(hosts, "commented", "") &&
			finds(hosts, "the", "") && finds(hosts, "rout", "") && finds(hosts, "", ""),
		"M23: the hosts file has nothing else");
}

static void test_changes(struct hosts *hosts)
{
	write_file("192.0.2.1 one\n");
	ok(finds(hosts, "one", "192.0.2.1") && finds(hosts, "router", ""),
		"M23: the hosts file is read again when it has changed");
	unlink(path);
	ok(finds(hosts, "one", ""), "M23: the hosts file is gone");
	mkfifo(path, 0600);
	ok(finds(hosts, "one", ""), "M23: a FIFO in its place does not block");
	unlink(path);
	mkdir(path, 0700);
	ok(finds(hosts, "one", ""), "M23: nor does a directory");
	rmdir(path);
	write_file("192.0.2.22 two\n");
	ok(finds(hosts, "two", "192.0.2.22"), "M23: the hosts file is back");
	write_file("");
	ok(finds(hosts, "two", ""), "M23: an empty hosts file");
}

static void test_limits(struct hosts *hosts)
{
	FILE *file = fopen(path, "w");

	for (unsigned int i = 0; i < HOSTS_NAMES + 5; i++)
		fprintf(file, "192.0.2.1 h%u\n", i);
	fclose(file);
	ok(finds(hosts, "h0", "192.0.2.1") && finds(hosts, "h65535", "192.0.2.1") &&
			finds(hosts, "h65536", "") && hosts_left_out(hosts) == 5,
		"M23: of the hosts file no more than %u names are taken", HOSTS_NAMES);

	file = fopen(path, "w");
	fputs("192.0.2.1 first\n#", file);
	for (unsigned int i = 0; i < HOSTS_FILE_SIZE; i++)
		fputc('x', file);
	fputs("\n192.0.2.1 beyond\n", file);
	fclose(file);
	ok(finds(hosts, "first", "192.0.2.1") && finds(hosts, "beyond", "") &&
			hosts_left_out(hosts) == 6,
		"M23: of the hosts file no more than %u octets are read", HOSTS_FILE_SIZE);

	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	static const char octets[] = "192.0.2.1 nul\0name\n\0\0\n192.0.2.2 after\n";

	ok(write(fd, octets, sizeof(octets) - 1) > 0, "M23: a hosts file with NULs is written");
	close(fd);
	ok(finds(hosts, "after", "192.0.2.2") && finds(hosts, "nul", "192.0.2.1"),
		"M23: NULs in the hosts file are blanks");
}

int main(void)
{
	struct hosts *hosts;

	close(mkstemp(path));
	if (hosts_new(&hosts, path) < 0)
		return 1;
	test_reading(hosts);
	test_changes(hosts);
	test_limits(hosts);
	hosts_free(hosts);
	unlink(path);
	return tap_done();
}
