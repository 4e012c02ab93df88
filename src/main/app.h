/* app.h: what every command of the program stands on: settings, log, clock, key, database.
 *
 * One process serves one data folder: `serve` and whatever replaces data hold
 * the folder's lock file; other commands may run beside (SQLite and PostgreSQL
 * keep their transactions apart).
 */
#ifndef OTKLIK_MAIN_APP_H
#define OTKLIK_MAIN_APP_H

#include <pthread.h>

#include <sys/socket.h>

#include "db/db.h"
#include "desk/desk.h"
#include "sys/log.h"
#include "sys/settings.h"

struct app {
	struct arena *arena; /* of the process */
	struct settings s;
	enum lang lang; /* of the terminal */
	struct log log;
	struct clock *clock;
	struct secret_key key;
	struct db *db;
	struct desk desk;
	str base_url; /* setting or http:// and the listen address; no slash at the end */
	int lock_fd;
	pthread_mutex_t commit_mutex;
	void (*on_commit)(void *arg);
	void *on_commit_arg;
	bool (*image_allow)(const struct sockaddr *sa); /* of api_options; tests set it */
	/* As main() got them, for a restart. */
	char *const *argv, *const *environ;
};

enum app_open {
	APP_LOCK = 1,    /* refuse when another process serves this data folder */
	APP_MIGRATE = 2, /* bring the schema up to date, and make what a first start needs */
	APP_READ_ONLY = 4,
	APP_NO_FIRST_ROWS = 8, /* with APP_MIGRATE: the schema only, for what fills it itself */
};

/* Reads settings, opens log and clock. foreign: options that the command takes itself. */
enum err app_begin(struct app *app, int *argc, char **argv, char *const *environ,
                   const char *const *foreign, struct error *e) MUST_USE;
/* Data folder, key, database. Without APP_MIGRATE a schema that is not this
 * program's is ERR_CONFLICT "error.db_too_old" or "error.db_too_new", none at all ERR_NOT_FOUND
 * "error.no_data", or "error.no_data_db" of a database that is named by db.url. */
enum err app_open(struct app *app, unsigned flags, struct error *e) MUST_USE;
/* Who is told of commits (db_on_commit), NULL: nobody. Afterwards the one before
 * is not being called and will not be. */
void app_on_commit(struct app *app, void (*fn)(void *arg), void *arg);
/* Closes what is open; app_begin's part too. */
void app_close(struct app *app);

/* "otklik: sentence (detail)" on standard error; gives 1, for `return`. */
int app_fail(const struct app *app, const struct error *e);
/* "<data.dir>/name" in the app's arena, terminated. */
str app_path(struct app *app, const char *name);
/* Where the rows are, for a sentence: the folder, or "db.url" (a URL may hold a password). */
const char *app_data_place(struct app *app);
/* Splits "127.0.0.1:8080", "[::1]:8080", "unix:/run/x" (port 0). Address in the arena. */
enum err app_listen(struct app *app, str listen, const char *field, char **address, int *port,
                    struct error *e) MUST_USE;

#endif
