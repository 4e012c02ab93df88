/* serve.c: `otklik serve`: the life of the process.
 *
 *   SIGTERM, SIGINT   take nothing new, finish what is under way, end; a second one ends at once
 *   SIGUSR2           the same, then begin anew in the same process: a new
 *                     program or configuration takes over the listening sockets, whose
 *                     backlogs hold what comes in meanwhile, so that no request is refused
 *   SIGHUP            open the log file anew
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/commands.h"
#include "main/service.h"
#include "main/tombstones.h"

/* Name the listening sockets for the program that begins anew. No settings. */
#define HTTP_FD "_OTKLIK_HTTP_FD"
#define LMTP_FD "_OTKLIK_LMTP_FD"

static int inherited_fd(const char *name)
{
	const char *text = getenv(name); /* no thread yet */
	int64_t fd;
	int listening = 0;
	socklen_t size = sizeof listening;
	if (!text || !str_to_i64(str_of(text), &fd) || fd < 3 || fd > 1 << 20)
		return -1;
	if (getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening)
		return -1;
	(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	return (int)fd;
}

/* The environment, with the sockets' variables as far as there are sockets. */
static char **environment(struct app *app, struct service_fds fds)
{
	size_t n = 0, kept = 0;
	while (app->environ[n])
		n++;
	char **env = ARENA_ARRAY(app->arena, n + 3, char *);
	for (size_t i = 0; i < n; i++)
		if (!str_starts(str_of(app->environ[i]), STR(HTTP_FD "=")) &&
		    !str_starts(str_of(app->environ[i]), STR(LMTP_FD "=")))
			env[kept++] = app->environ[i];
	if (fds.http >= 0)
		env[kept++] = str_z(app->arena, str_printf(app->arena, HTTP_FD "=%d", fds.http));
	if (fds.lmtp >= 0)
		env[kept++] = str_z(app->arena, str_printf(app->arena, LMTP_FD "=%d", fds.lmtp));
	return env;
}

/* Where the program's file was at the start; a new one may lie there now. */
static char *program(struct app *app)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	return n > 0 ? str_z(app->arena, str_n(path, (size_t)n)) : NULL;
}

/* Would the program start? Asked before the old one ends: `version` reads all
 * settings, so a typo in a configuration costs nothing but a line in the log. */
static bool would_start(struct app *app, const char *path)
{
	pid_t child;
	int status, n = 0;
	while (app->argv[n])
		n++;
	char version[] = "version";
	char **argv = ARENA_ARRAY(app->arena, (size_t)n + 1, char *);
	memcpy(argv, app->argv, (size_t)n * sizeof *argv);
	if (n > 1)
		argv[1] = version;
	posix_spawn_file_actions_t quiet;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	int spawned = posix_spawn(&child, path, &quiet, NULL, argv,
	                          environment(app, (struct service_fds){-1, -1}));
	posix_spawn_file_actions_destroy(&quiet);
	if (spawned != 0)
		return false;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Signals are waited for by the main thread alone; every other one blocks them. */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR2);
	(void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

/* Until the process shall end; true: to begin anew. */
static bool wait_for_end(struct app *app, const sigset_t *set, const char *path)
{
	for (;;) {
		int sig = sigwaitinfo(set, NULL);
		struct error e;
		if (sig == SIGTERM || sig == SIGINT)
			return false;
		if (sig == SIGHUP && app->s.log.file.n &&
		    log_open(&app->log, str_z(app->arena, app->s.log.file), &e) != ERR_OK)
			log_error(&app->log, "the log file cannot be opened", LOG_ERR(&e));
		if (sig != SIGUSR2)
			continue;
		if (path && would_start(app, path))
			return true;
		log_error(&app->log,
		          "no restart: the program or its configuration would not start");
	}
}

/* A second signal while draining: the operator will not wait. */
static void *end_at_once(void *arg)
{
	const sigset_t *set = arg;
	int sig;
	do {
		sig = sigwaitinfo(set, NULL);
	} while (sig != SIGTERM && sig != SIGINT);
	_exit(1);
}

/* A shell gives a thousand descriptors and allows many more. */
static void raise_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int command_serve(struct app *app, int argc, char **argv)
{
	struct error e;
	sigset_t signals;
	struct service *service;
	pthread_t watcher;
	if (argc > 1)
		return command_usage(app, "serve");
	char *path = program(app);
	block_signals(&signals);
	raise_descriptors();
	struct service_fds fds = {inherited_fd(HTTP_FD), inherited_fd(LMTP_FD)};
	enum err err = app_open(app, APP_LOCK | APP_MIGRATE, &e);
	int64_t erased = 0;
	if (err == ERR_OK)
		err = tombstones_apply(app, &erased, &e);
	if (err == ERR_OK && erased)
		log_info(&app->log, "erased again", LOG_INT("tombstones", erased));
	if (err == ERR_OK)
		err = service_start(app, &fds, &service, &e);
	if (err) {
		log_error(&app->log, "not started", LOG_ERR(&e));
		return app_fail(app, &e);
	}
	log_info(&app->log, "started", LOG_Z("version", OTKLIK_VERSION),
	         LOG_STR("listen", app->s.http.listen), LOG_INT("port", service_http_port(service)),
	         LOG_INT("lmtp_port", service_lmtp_port(service)),
	         LOG_STR("base_url", app->base_url));
	bool again = wait_for_end(app, &signals, path);
	log_info(&app->log, again ? "restarting" : "ending");
	fds = again ? service_hand_over(service) : (struct service_fds){-1, -1};
	if (pthread_create(&watcher, NULL, end_at_once, &signals) == 0)
		pthread_detach(watcher);
	service_drain(service, app->s.http.drain_timeout);
	service_stop(service);
	db_close(app->db);
	app->db = NULL;
	log_info(&app->log, "ended");
	if (!again)
		return 0;
	if (fds.http >= 0)
		(void)fcntl(fds.http, F_SETFD, 0);
	if (fds.lmtp >= 0)
		(void)fcntl(fds.lmtp, F_SETFD, 0);
	char **env = environment(app, fds);
	(void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	(void)execve(path, app->argv, env);
	(void)error_detail(&e, ERR_IO, "%s: %m", path);
	log_error(&app->log, "the program cannot be started anew", LOG_ERR(&e));
	return 1;
}
