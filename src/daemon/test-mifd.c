/* SPDX-License-Identifier: MIT */
/* The shipped mifd, both processes, in network namespaces and a directory of this test's own. */
#include "daemon/test-mifd.h"

/* Their own pages. What libraries count for depends on who else has them loaded: bench/run measures that of both
 * processes. */
static void test_memory(pid_t parent, pid_t engine)
{
#ifdef __OPTIMIZE__
	unsigned int of_parent = memory_of(parent), of_engine = memory_of(engine);

	ok(of_parent > 0 && of_engine > 0 && of_parent + of_engine <= 3072,
		"both have at most 3 MiB of their own: %u, %u kB", of_parent, of_engine);
#else
	(void)parent;
	(void)engine;
	tap_skip("memory", "built without optimization");
#endif
}

static void test_privilege(pid_t parent, pid_t engine)
{
	bool sanitized = logged("built with a sanitizer"), served_here;
	struct channel client;

	ok(proc_says(parent, "CapPrm", KEPT) && proc_says(parent, "CapEff", KEPT) &&
			proc_says(parent, "CapInh", NONE) && proc_says(parent, "CapBnd", NONE) &&
			proc_says(parent, "CapAmb", NONE),
		"the parent has CAP_NET_ADMIN and CAP_NET_RAW, and nothing else");
	ok(proc_says(engine, "CapPrm", NONE) && proc_says(engine, "CapEff", NONE) &&
			proc_says(engine, "CapInh", NONE) && proc_says(engine, "CapBnd", NONE) &&
			proc_says(engine, "CapAmb", NONE),
		"the engine has no capability");
	ok(proc_says(engine, "NoNewPrivs", "1") && proc_says(parent, "NoNewPrivs", "1"),
		"neither gets one by running a program");
	ok(proc_says(engine, "Uid", "65534\t65534\t65534\t65534") &&
			proc_says(engine, "Gid", "65534\t65534\t65534\t65534") &&
			proc_says(engine, "Groups", ""),
		"the engine runs as its own user, in no group");
	if (sanitized) {
		tap_skip("the engine is filtered", "built with a sanitizer");
		tap_skip("so are its paths", "built with a sanitizer");
		tap_skip("memory", "built with a sanitizer");
		return;
	}
	ok(proc_says(engine, "Seccomp", "2"), "the engine's system calls are filtered");
	served_here = client_open(&client) == 0;
	if (served_here && counter_of(&client, "cage: version of Landlock") == 0)
		tap_skip("the engine's paths are filtered", "this kernel has no Landlock");
	else
		ok(served_here && !logged("without a cage of paths") &&
				counter_of(&client, "cage: system calls are filtered") == 1,
			"so are its paths, and it says so");
	channel_deinit(&client);
	test_memory(parent, engine);
}

static void test_namespace(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct channel client;
		int r = unshare(CLONE_NEWNET) < 0 ? 1 : client_try(&client);

		_exit(r == -EXDEV ? 0 : 1);
	}
	ok(mifd_ended(pid) == 0, "a client of another network namespace is refused: EXDEV");
}

static void test_trace(pid_t parent, pid_t engine)
{
	pid_t pid = fork();

	if (pid == 0) {
		bool safe;

		if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
			_exit(1);
		safe = kill(parent, 0) < 0 && errno == EPERM;
		_exit(safe && kill(engine, 0) == 0 ? 0 : 1);
	}
	ok(mifd_ended(pid) == 0, "the engine's user cannot signal the parent");
}

/* Everything that the engine does in its cage: news, subscriptions, names from hosts and by DNS. */
static void test_work(pid_t parent, pid_t engine)
{
	struct mif_message message = {.type = MIF_ANNOUNCE_INTERFACES};
	struct channel client;
	uint64_t interface = 0, pvd = 0;

	if (client_open(&client) < 0)
		return;
	channel_post(&client, &message);
	if (system("ip link add dmw0 type veth peer name dmw1 && ip link set dmw1 up && "
		   "ip link set dmw0 up && ip addr add 192.0.2.1/24 dev dmw0 && "
		   "ip route add default via 192.0.2.2 dev dmw0") != 0)
		printf("# no veth\n");
	while (client_expect(&client, MIF_INTERFACE, &message) == 1 &&
		strcmp(message.as.interface.name, "dmw0") != 0)
		;
	interface = message.as.interface.interface;
	message = (struct mif_message){
		.type = MIF_ANNOUNCE_PVDS, .as.announce_pvds.interface = interface};
	channel_post(&client, &message);
	while (client_expect(&client, MIF_PVD, &message) == 1 &&
		message.as.pvd.family != MIF_FAMILY_IPV4)
		;
	pvd = message.as.pvd.pvd;
	ok(interface != 0 && pvd != 0, "M4 M8: a link and its domain come up and are announced");
	message = (struct mif_message){.type = MIF_TRANSLATE_NAME,
		.as.translate_name = {.pvd = pvd, .name = "localhost", .translation = 1}};
	channel_post(&client, &message);
	ok(client_expect(&client, MIF_NAME_TRANSLATION, &message) == 1 &&
			message.as.name_translation.translation == 1,
		"M23: a name is translated");
	strcpy(message.as.translate_name.name, "name.example");
	message = (struct mif_message){.type = MIF_TRANSLATE_NAME,
		.as.translate_name = {.pvd = pvd, .name = "name.example", .translation = 2}};
	channel_post(&client, &message);
	ok(client_served(&client), "M23: another one is asked of a server that does not answer");
	usleep(300000);
	if (system("ip link del dmw0") != 0)
		printf("# dmw0 stays\n");
	/* The configuration is read again, from within the cage. */
	close_fd(open(config_path, O_WRONLY | O_APPEND | O_CLOEXEC));
	usleep(100000);
	channel_deinit(&client);
	ok(engine_of(parent, 0) == engine && served(), "no system call of all that is forbidden");
}

/* Many clients: memory grows, in the cage. */
static void test_many(pid_t parent, pid_t engine)
{
	enum {
		MANY = 300
	};
	struct channel clients[MANY];
	int count = 0;
	bool right = true;

	while (count < MANY && right) {
		right = client_open(&clients[count]) == 0;
		if (right)
			right = client_served(&clients[count++]);
	}
	while (count > 0)
		channel_deinit(&clients[--count]);
	ok(right && engine_of(parent, 0) == engine, "%d clients at a time are served", MANY);
}

static pid_t test_crash(pid_t parent, pid_t engine)
{
	struct mif_message message;
	struct channel client;
	pid_t next;

	client_open(&client);
	kill(engine, SIGKILL);
	ok(client_get(&client, &message) == -EPIPE, "the engine is killed: its clients notice");
	channel_deinit(&client);
	ok(served(), "the socket answers again");
	next = engine_of(parent, engine);
	ok(next != 0 && next != engine && proc_says(next, "CapPrm", NONE) &&
			proc_says(next, "Uid", "65534\t65534\t65534\t65534"),
		"by another engine, with as little privilege");
	ok(logged("killed by signal 9"), "and the log says why");
	kill(parent, SIGHUP);
	engine = engine_of(parent, next);
	ok(engine != 0 && engine != next && served(), "SIGHUP starts another one, too");
	return engine;
}

static bool gone(pid_t pid)
{
	for (int i = 0; i < 2000 && kill(pid, 0) == 0; i++)
		usleep(10000);
	return kill(pid, 0) < 0;
}

/* Ticks of processor time that it has used. */
static unsigned long ticks(pid_t pid)
{
	char name[64], line[1024] = "";
	unsigned long user = 0, system_time = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	file = fopen(name, "re");
	if (file != NULL && fgets(line, sizeof(line), file) != NULL && strrchr(line, ')') != NULL)
		sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			&user, &system_time);
	if (file != NULL)
		fclose(file);
	return user + system_time;
}

#define ORPHANED "cage: the parent is dead"

static bool comes(const char *text)
{
	for (int i = 0; i < 2000 && !logged(text); i++)
		usleep(10000);
	return logged(text);
}

static pid_t test_parent_dies(void)
{
	struct mif_message message;
	struct channel client;
	pid_t parent = mifd_start(0, NULL), engine;
	unsigned long before, second = (unsigned long)sysconf(_SC_CLK_TCK);

	client_open(&client);
	engine = engine_of(parent, 0);
	ok(counter_of(&client, ORPHANED) == 0, "as long as the parent lives, the engine says so");
	kill(parent, SIGKILL);
	mifd_ended(parent);
	for (int i = 0; i < 2000 && counter_of(&client, ORPHANED) == 0; i++)
		usleep(10000);
	ok(counter_of(&client, ORPHANED) == 1 && comes("the parent is dead"),
		"when the parent is killed, the engine says that, too, and in the log");
	ok(client_served(&client) && served() && engine != 0 && kill(engine, 0) == 0,
		"and serves on, old clients and new ones");
	if (system("ip link add dmw2 type veth peer name dmw3 && ip link set dmw2 up && "
		   "ip link set dmw3 up && ip addr add 198.51.100.1/24 dev dmw2 && "
		   "ip route add default via 198.51.100.2 dev dmw2") != 0)
		printf("# no veth\n");
	before = ticks(engine);
	usleep(1500000);
	ok(client_served(&client) && access(path, F_OK) == 0 && ticks(engine) - before < second,
		"for as long as it is not told to end, in peace: %lu ticks",
		ticks(engine) - before);
	if (system("ip link del dmw2") != 0)
		printf("# dmw2 stays\n");
	parent = mifd_start(0, NULL);
	ok(comes("taken over from an engine whose parent is dead") && served(),
		"the next daemon takes the name over");
	while (client_get(&client, &message) == 1)
		;
	ok(client_get(&client, &message) == -EPIPE && gone(engine),
		"and the engine of before ends, so that its clients come along");
	channel_deinit(&client);
	return parent;
}

static void test_orphan_told(pid_t parent)
{
	pid_t engine = engine_of(parent, 0);

	kill(parent, SIGKILL);
	mifd_ended(parent);
	ok(served() && engine > 0 && kill(engine, SIGTERM) == 0 && gone(engine),
		"SIGTERM ends such an engine");
	parent = mifd_start(0, NULL);
	ok(served() && !logged("taken over"),
		"the name that it leaves is taken by the next daemon");
	engine = engine_of(parent, 0);
	kill(parent, SIGKILL);
	mifd_ended(parent);
	unlink(path);
	ok(engine > 0 && gone(engine), "one that nobody can reach any more ends by itself");
	parent = mifd_start(0, NULL);
	ok(served() && mifd_stop(parent) == 0 && access(path, F_OK) < 0,
		"after all this, a daemon comes and goes, and its name with it");
}

static void test_root(void)
{
	pid_t parent = mifd_start(0, NULL), engine;

	ok(served(), "mifd starts, and serves");
	engine = engine_of(parent, 0);
	test_privilege(parent, engine);
	test_namespace();
	test_trace(parent, engine);
	test_work(parent, engine);
	test_many(parent, engine);
	engine = test_crash(parent, engine);

	pid_t second = mifd_start(0, NULL);

	ok(mifd_ended(second) == 1 && logged("another daemon serves there") && served(),
		"a second daemon on the same socket does not start, and does not harm");
	mifd_stop(parent);
	test_orphan_told(test_parent_dies());
}

static void test_plain(void)
{
	pid_t parent = mifd_start(NOBODY, NULL), engine;

	ok(served(), "mifd serves without privilege");
	engine = engine_of(parent, 0);
	ok(engine != 0 && proc_says(parent, "CapPrm", NONE) && proc_says(engine, "CapPrm", NONE),
		"in two processes without a capability");
	ok(logged("without privilege") && logged("without router advertisements"),
		"and says what that means");
	ok(mifd_stop(parent) == 0 && access(path, F_OK) < 0, "and ends as well");
}

/* As under a service manager that gives it a user and the two capabilities, and never root. */
static void test_ambient(void)
{
	pid_t parent = fork(), engine;

	running = parent;
	if (parent == 0) {
		int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);

		dup2(fd, STDERR_FILENO);
		execlp("setpriv", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
			"--inh-caps=-all,+net_admin,+net_raw",
			"--ambient-caps=-all,+net_admin,+net_raw",
			"--bounding-set=-all,+net_admin,+net_raw", program, "-v", "-s", path,
			(char *)NULL);
		_exit(127);
	}
	ok(served(), "mifd serves as a user with two capabilities");
	engine = engine_of(parent, 0);
	ok(proc_says(parent, "CapPrm", KEPT) && proc_says(parent, "CapEff", KEPT) &&
			proc_says(parent, "CapInh", NONE) && proc_says(parent, "CapAmb", NONE),
		"the parent keeps them, and cannot hand them on");
	ok(proc_says(engine, "CapPrm", NONE) && proc_says(engine, "CapEff", NONE) &&
			proc_says(engine, "CapInh", NONE) && proc_says(engine, "CapAmb", NONE),
		"the engine has none");
	ok(!logged("without router advertisements"), "and hears router advertisements");
	kill(engine, SIGKILL);
	ok(engine_of(parent, engine) != 0 && served(), "one that is killed is started again");
	ok(mifd_stop(parent) == 0 && access(path, F_OK) < 0, "and ends as well");
}

/* The script is played over a Unix socket; "ok" answers each commit. */
static void test_script(void)
{
	static const char text[] = "put link ifindex=7 name=fake0 kind=ethernet flags=up,running\n"
				   "commit\n";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct mif_message message = {0};
	struct channel client;
	char answer[64] = "";
	pid_t parent;
	int fd, script;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/script", directory);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
		return;
	parent = mifd_start(0, address.sun_path);
	script = accept(fd, NULL, NULL);
	if (write(script, text, sizeof(text) - 1) < 0 || read(script, answer, sizeof(answer)) < 0)
		printf("# script: %s\n", strerror(errno));
	ok(strncmp(answer, "ok\n", 3) == 0, "a script takes the place of the kernel");
	client_open(&client);
	message.type = MIF_ANNOUNCE_INTERFACES;
	channel_post(&client, &message);
	ok(client_get(&client, &message) == 1 && message.type == MIF_INTERFACE &&
			strcmp(message.as.interface.name, "fake0") == 0 &&
			client_get(&client, &message) == 1 &&
			message.type == MIF_END_OF_ANNOUNCEMENTS,
		"M4: its interface is announced, and no other");
	channel_deinit(&client);
	close(script);
	close(fd);
	ok(served(), "when it ends, its picture stays");
	ok(mifd_stop(parent) == 0, "and mifd ends well");
	unlink(address.sun_path);
}

static void test(void)
{
	test_root();
	test_plain();
	test_ambient();
	test_script();
	if (tap_failures > 0 && system("exec 1>&2; cat /tmp/dmw-*/log") != 0)
		printf("# no log\n");
}

int main(int argc, char **argv)
{
	return house_main(argc, argv, test);
}
