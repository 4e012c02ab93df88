/* send.c: `otklik send`: the stop of everything that leaves, from the command line. */
#include "desk/admin.h"
#include "main/commands.h"

struct change {
	struct app *app;
	struct arena *arena;
	bool stop;
	str note;
};

static enum err run(void *arg, struct db_conn *tx, struct error *e)
{
	struct change *c = arg;
	const struct desk *d = &c->app->desk;
	return c->stop ? desk_system_stop(d, c->arena, tx, actor_system(), c->note, e)
	               : desk_system_resume(d, c->arena, tx, actor_system(), e);
}

/* One line: the state, how many wait, and why. Exit status 0 also when stopped: it is no failure.
 */
static int status(struct app *app)
{
	ARENA_AUTO a = arena_new();
	struct error e;
	struct db_conn *c;
	struct desk_system s = {0};
	enum err err = db_read_begin(app->db, &c, &e);
	if (err)
		return app_fail(app, &e);
	err = desk_system_get(&app->desk, a, c, actor_system(), &s, &e);
	db_read_end(app->db, c);
	if (err)
		return app_fail(app, &e);
	printf("%s\twaiting %lld\theld by limits %lld", s.no_send.on ? "stopped" : "sending",
	       (long long)s.outbox_waiting, (long long)s.outbox_held);
	if (s.no_send.on)
		printf("\t%.*s\t%.*s", STR_FMT(s.no_send.reason), STR_FMT(s.no_send.note));
	printf("\n");
	return 0;
}

int command_send(struct app *app, int argc, char **argv)
{
	struct error e;
	ARENA_AUTO a = arena_new();
	struct change c = {.app = app, .arena = a};
	c.note = str_of(command_option(&argc, argv, "note"));
	const char *what = argc == 2 ? argv[1] : "";
	c.stop = strcmp(what, "stop") == 0;
	bool look = strcmp(what, "status") == 0;
	if (!c.stop && !look && strcmp(what, "resume") != 0)
		return command_usage(app, "send");
	enum err err = app_open(app, 0, &e);
	if (err == ERR_OK && !look)
		err = db_write(app->db, run, &c, &e);
	return err ? app_fail(app, &e) : status(app);
}
