/* SPDX-License-Identifier: MIT */
/* The cage of system calls: what an engine does all day passes, every class of what it must not do
 * ends the process that tries. Each try is a process of its own, which enters the very cage. */
#include "net/sandbox.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sanitized.h"
#include "tap.h"

static char log_path[] = "/tmp/dmw-XXXXXX";

#define ADDRESS(of) ((long)(intptr_t)(of))
#define NAME ADDRESS("/tmp/dmw-none")
#define ROOT ADDRESS("/")
#define OWN ADDRESS("/proc/self/exe")

struct attempt {
	const char *what;
	long call, arguments[6];
};

/* Arguments that the kernel would at least look at: a filter that lets the call pass gives an error
 * or worse, but no SIGSYS. */
static const struct attempt attempts[] = {
	/* programs and processes */
	{"run a program", SYS_execve, {OWN}},
	{"run a program by descriptor", SYS_execveat, {AT_FDCWD, OWN}},
	{"fork", SYS_clone, {SIGCHLD}},
	{"make a thread", SYS_clone,
		{CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD}},
	{"clone", SYS_clone3, {0, 88}},
	{"trace its parent", SYS_ptrace, {PTRACE_SEIZE, 1}},
	{"read another process's memory", SYS_process_vm_readv, {1}},
	{"write another process's memory", SYS_process_vm_writev, {1}},
	{"take another process's descriptor", SYS_pidfd_getfd, {0}},
	{"name another process", SYS_pidfd_open, {1}},
	{"signal another process", SYS_kill, {1, 0}},
	{"signal a thread", SYS_tgkill, {1, 1, 0}},
	{"signal by queue", SYS_rt_sigqueueinfo, {1, SIGTERM}},
	{"compare with another process", SYS_kcmp, {1, 1}},
	/* files */
	{"write to a file", SYS_openat, {AT_FDCWD, NAME, O_WRONLY}},
	{"read and write a file", SYS_openat, {AT_FDCWD, NAME, O_RDWR}},
	{"append to a file", SYS_openat, {AT_FDCWD, NAME, O_WRONLY | O_APPEND}},
	{"create a file", SYS_openat, {AT_FDCWD, NAME, O_RDONLY | O_CREAT, 0600}},
	{"truncate a file by opening it", SYS_openat, {AT_FDCWD, NAME, O_RDONLY | O_TRUNC}},
	{"make a file without a name", SYS_openat, {AT_FDCWD, NAME, O_TMPFILE | O_WRONLY}},
	{"open in the new way", SYS_openat2, {AT_FDCWD, NAME}},
	{"truncate a file", SYS_truncate, {NAME}},
	{"remove a file", SYS_unlinkat, {AT_FDCWD, NAME}},
	{"rename a file", SYS_renameat2, {AT_FDCWD, NAME, AT_FDCWD, NAME}},
	{"make a directory", SYS_mkdirat, {AT_FDCWD, NAME}},
	{"make a device", SYS_mknodat, {AT_FDCWD, NAME}},
	{"link a file", SYS_linkat, {AT_FDCWD, NAME, AT_FDCWD, NAME}},
	{"make a symbolic link", SYS_symlinkat, {NAME, AT_FDCWD, NAME}},
	{"change a mode", SYS_fchmodat, {AT_FDCWD, NAME}},
	{"change an owner", SYS_fchownat, {AT_FDCWD, NAME}},
	{"set an extended attribute", SYS_setxattr, {NAME, NAME}},
	{"watch all files", SYS_fanotify_init, {0}},
	/* the system */
	{"mount", SYS_mount, {NAME, NAME}},
	{"unmount", SYS_umount2, {NAME}},
	{"move a mount", SYS_move_mount, {AT_FDCWD, NAME}},
	{"change the root", SYS_chroot, {ROOT}},
	{"leave its namespaces", SYS_unshare, {CLONE_NEWUSER}},
	{"enter others", SYS_setns, {0}},
	{"load a kernel module", SYS_finit_module, {0}},
	{"load another kernel", SYS_kexec_load, {0}},
	{"load a program into the kernel", SYS_bpf, {0}},
	{"watch performance events", SYS_perf_event_open, {0}},
	{"set up io_uring", SYS_io_uring_setup, {1}},
	{"handle page faults", SYS_userfaultfd, {0}},
	{"use keys", SYS_keyctl, {0}},
	{"reboot", SYS_reboot, {0}},
	{"set the clock", SYS_clock_settime, {0}},
	{"set the host's name", SYS_sethostname, {NAME, 0}},
	{"read the kernel's log", SYS_syslog, {9}},
	/* its own rights */
	{"become another user", SYS_setresuid, {0}},
	{"become another group", SYS_setresgid, {0}},
	{"join groups", SYS_setgroups, {0}},
	{"get capabilities", SYS_capset, {0}},
	{"change how it is run", SYS_prctl, {PR_SET_DUMPABLE, 1}},
	{"lift its limits", SYS_prlimit64, {0}},
	{"raise its priority", SYS_setpriority, {0}},
	{"change its personality", SYS_personality, {-1}},
	{"filter anew", SYS_seccomp, {0}},
	/* memory */
	{"map executable memory", SYS_mmap,
		{0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1}},
	{"make memory executable", SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}},
	{"make a file of memory", SYS_memfd_create, {NAME}},
	{"share memory", SYS_shmget, {0, 4096, 0600}},
	{"lock memory", SYS_mlockall, {1}},
	/* sockets */
	{"open a packet socket", SYS_socket, {AF_PACKET, SOCK_RAW, 0}},
	{"open a socket of the kernel's ciphers", SYS_socket, {AF_ALG, SOCK_SEQPACKET, 0}},
	{"open a socket to the hypervisor", SYS_socket, {AF_VSOCK, SOCK_STREAM, 0}},
	{"talk to the packet filter", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER}},
	{"talk to IPsec", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_XFRM}},
	{"listen", SYS_listen, {0, 1}},
	{"type into a terminal", SYS_ioctl, {0, TIOCSTI, NAME}},
};

/* Memory whose use the compiler cannot rule out. */
static void *claim(size_t size)
{
	static void *volatile sink;

	sink = malloc(size);
	return sink;
}

static void opens(int fd, int number)
{
	if (fd < 0 || close(fd) < 0)
		_exit(number);
}

/* malloc by brk, mmap and mremap, and what an engine does all day. */
static void do_ordinary(const void *argument)
{
	char name[IF_NAMESIZE], *grown = NULL;

	(void)argument;
	for (size_t size = 16; size <= (size_t)64 << 20; size *= 2) {
		char *more = realloc(grown, size);

		if (more == NULL)
			_exit(2);
		grown = more;
		memset(grown, 1, size);
	}
	free(grown);
	for (int i = 0; i < 20000; i++)
		if (claim(1000) == NULL)
			_exit(2);
	opens(open("/etc/passwd", O_RDONLY | O_CLOEXEC), 3);
	opens(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), 4);
	opens(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), 5);
	if_indextoname(1, name);
}

/* All the memory that it gets, and no more. */
static void do_much(const void *argument)
{
	(void)argument;
	for (;;)
		if (claim(1 << 20) == NULL)
			_exit(7);
}

static void do_attempt(const void *argument)
{
	const struct attempt *attempt = argument;
	const long *a = attempt->arguments;

	/* A call that passed must not be taken for one that was stopped. */
	syscall(attempt->call, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#ifdef __x86_64__
/* getpid(2) is allowed; that of 32-bit programs has another number, and another filter would apply. */
static void do_other_architecture(const void *argument)
{
	long number = 20;

	(void)argument;
	__asm__ volatile("int $0x80" : "+a"(number) : : "memory");
}
#endif

static int caged(void (*action)(const void *), const void *argument, bool tell)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		dup2(fd, STDERR_FILENO);
		alarm(20);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || sandbox_enter(tell) != 0)
			_exit(99);
		action(argument);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#ifdef __x86_64__
/* Whether it can be done at all. */
static bool uncaged(void (*action)(const void *))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		action(NULL);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status);
}
#endif

static bool logged(const char *text)
{
	char line[256] = "";
	FILE *file = fopen(log_path, "re");
	bool found = file != NULL && fgets(line, sizeof(line), file) != NULL &&
		strstr(line, text) != NULL;

	if (file != NULL)
		fclose(file);
	return found;
}

int main(void)
{
	int r;

	if (SANITIZED) {
		tap_skip("the sandbox", "built with a sanitizer");
		return tap_done();
	}
	close_fd(mkstemp(log_path));
	r = caged(do_ordinary, NULL, false);
	if (r == 99) {
		tap_skip("the sandbox", "a kernel without seccomp");
		return tap_done();
	}
	ok(r == 0, "in the sandbox memory grows, files are read, sockets opened (%d)", r);
	r = caged(do_much, NULL, false);
	ok(r == 7, "but memory has an end (%d)", r);
	for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
		r = caged(do_attempt, &attempts[i], false);
		ok(r == 128 + SIGSYS, "who tries to %s is killed (%d)", attempts[i].what, r);
	}
#ifdef __x86_64__
	r = caged(do_other_architecture, NULL, false);
	if (!uncaged(do_other_architecture))
		tap_skip("another architecture", "this kernel has no other one to call it as");
	else
		ok(r == 128 + SIGSYS,
			"so is who calls the kernel as another architecture does (%d)", r);
#endif
	r = caged(do_attempt, &attempts[0], true);
	ok(r == 1 && logged("forbidden system call: "), "and may be told why");
	unlink(log_path);
	return tap_done();
}
