/* main.c: the command line. */
#include <malloc.h>
#include <signal.h>

#include "main/commands.h"

extern char **environ;

/* A request's memory is a few hundred KiB: given back to the kernel after each, it would be asked
 * for, and zeroed, page by page with the next one. */
static void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 2 << 20);
	mallopt(M_TRIM_THRESHOLD, 2 << 20);
	mallopt(M_TOP_PAD, 256 << 10);
}

int main(int argc, char **argv)
{
	struct app app = {.lock_fd = -1};
	struct error e;
	keep_memory();
	db_process_init();
	/* The arguments as they came, for a restart: reading settings takes some out. */
	char **original = xcalloc((size_t)argc + 1, sizeof *original);
	for (int i = 0; i < argc; i++)
		original[i] = argv[i];
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is an error like a full disk */
	const struct command *c = command_choose(&argc, argv);
	int status = 2;
	if (!c) {
		fprintf(stderr, "otklik: no command \"%s\"; see otklik help\n", argv[1]);
	} else if (app_begin(&app, &argc, argv, environ, c->options, &e) != ERR_OK) {
		(void)app_fail(&app, &e);
	} else {
		app.argv = original;
		status = argc > 1 ? c->run(&app, argc - 1, argv + 1) : c->run(&app, argc, argv);
	}
	app_close(&app);
	free(original);
	return status;
}
