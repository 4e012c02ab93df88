/* app.c: see app.h. */
#include "main/app.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desk/admin.h"
#include "store/dump.h"
#include "store/migrations_gen.h"
#include "store/system.h"
#include "store/tombstone.h"
#include "text/message.h"

/* A usual letter, compressed, has 3 KiB. */
#define BLOB_ROW_MAX (8 << 10)

str app_path(struct app *app, const char *name)
{
	return str_printf(app->arena, "%.*s/%s", STR_FMT(app->s.data.dir), name);
}

int app_fail(const struct app *app, const struct error *e)
{
	ARENA_AUTO a = arena_new();
	str sentence = message_error(a, app->lang, e);
	fprintf(stderr, "otklik: %.*s", STR_FMT(sentence));
	if (e->field[0])
		fprintf(stderr, " [%s]", e->field);
	if (e->detail[0])
		fprintf(stderr, " (%s)", e->detail);
	fputc('\n', stderr);
	return 1;
}

enum err app_listen(struct app *app, str listen, const char *field, char **address, int *port,
                    struct error *e)
{
	if (str_starts(listen, STR("unix:"))) {
		*address = str_z(app->arena, listen);
		*port = 0;
		return ERR_OK;
	}
	ptrdiff_t colon = str_rchr(listen, ':');
	int64_t n;
	if (colon < 0 || !str_to_i64(str_from(listen, (size_t)colon + 1), &n) || n < 0 || n > 65535)
		return error_set(e, ERR_INVALID, "error.address", field, str_z(app->arena, listen));
	str host = str_sub(listen, 0, (size_t)colon);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_sub(host, 1, host.n - 1);
	*address = str_z(app->arena, host);
	*port = (int)n;
	return ERR_OK;
}

/* The terminal's language, for commands and their failures. */
static enum lang terminal_language(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	enum lang lang = LANG_EN;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *v = getenv(names[i]); /* no thread yet */
		if (v && *v) {
			(void)lang_of(str_of(v), &lang);
			break;
		}
	}
	return lang;
}

enum err app_begin(struct app *app, int *argc, char **argv, char *const *environ,
                   const char *const *foreign, struct error *e)
{
	memset(app, 0, sizeof *app);
	app->arena = arena_new();
	app->lock_fd = -1;
	pthread_mutex_init(&app->commit_mutex, NULL);
	app->environ = environ;
	app->lang = terminal_language();
	const struct settings_input in = {
	    .environ = environ, .argc = argc, .argv = argv, .foreign = foreign};
	enum err err = settings_load(app->arena, &in, &app->s, e);
	if (err)
		return err;
	/* The enumerations stand in the same order. */
	app->clock = clock_system();
	if (app->s.clock.file.n)
		err = clock_file_open(str_z(app->arena, app->s.clock.file), &app->clock, e);
	if (err)
		return err;
	log_init(&app->log, app->clock, (enum log_level)app->s.log.level,
	         (enum log_format)app->s.log.format, STDERR_FILENO,
	         str_z(app->arena, app->s.process.name));
	if (app->s.log.file.n)
		err = log_open(&app->log, str_z(app->arena, app->s.log.file), e);
	str base = app->s.http.base_url;
	if (!base.n && str_starts(app->s.http.listen, STR("unix:")))
		base = STR("http://localhost");
	else if (!base.n)
		base = str_printf(app->arena, "http://%.*s", STR_FMT(app->s.http.listen));
	while (str_ends(base, STR("/")))
		base = str_sub(base, 0, base.n - 1);
	app->base_url = base;
	return err;
}

/* ---- opening ---- */

static enum err no_folder(struct error *e, const char *path)
{
	enum err err = error_detail(e, ERR_IO, "%s: %m", path);
	error_says(e, err, "error.data_folder");
	return err;
}

static enum err make_folder(struct app *app, struct error *e)
{
	/* Each missing part of the path; only the owner may look inside the last. */
	char *path = str_z(app->arena, app->s.data.dir);
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return no_folder(e, path);
		*p = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return no_folder(e, path);
	return ERR_OK;
}

static enum err take_lock(struct app *app, struct error *e)
{
	str path = app_path(app, "lock");
	app->lock_fd = open(path.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (app->lock_fd < 0)
		return no_folder(e, path.p);
	if (flock(app->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(e, ERR_CONFLICT, "error.data_in_use", NULL,
		                 str_z(app->arena, app->s.data.dir));
	return ERR_OK;
}

static void log_db(void *arg, const char *event, const struct error *e)
{
	struct app *app = arg;
	if (strcmp(event, "db_failing") == 0)
		log_error(&app->log, "database fails", LOG_ERR(e));
	else if (strcmp(event, "db_works_again") == 0)
		log_info(&app->log, "database works again", LOG_Z("after", e->key),
		         LOG_Z("detail", e->detail));
	else
		log_warn(&app->log, event, LOG_ERR(e));
}

static void committed(void *arg)
{
	struct app *app = arg;
	pthread_mutex_lock(&app->commit_mutex);
	if (app->on_commit)
		app->on_commit(app->on_commit_arg);
	pthread_mutex_unlock(&app->commit_mutex);
}

void app_on_commit(struct app *app, void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&app->commit_mutex);
	app->on_commit = fn;
	app->on_commit_arg = arg;
	pthread_mutex_unlock(&app->commit_mutex);
}

static enum err open_db(struct app *app, unsigned flags, struct error *e)
{
	const struct settings *s = &app->s;
	str url = s->db.url;
	if (!url.n)
		url = str_printf(app->arena, "sqlite:%.*s/otklik.db", STR_FMT(s->data.dir));
	const struct db_options o = {
	    .url = url,
	    .readers = (int)s->db.readers,
	    .writers = (int)s->db.writers,
	    .batch_max = (int)s->db.batch_max,
	    .busy_timeout = s->db.busy_timeout,
	    .timeout = s->db.timeout,
	    .poll = s->events.poll,
	    .read_only = flags & APP_READ_ONLY,
	    .log_arg = app,
	    .log = log_db,
	};
	enum err err = db_open(&o, &app->db, e);
	if (err == ERR_OK) /* once, before anything is written */
		db_on_commit(app->db, committed, app);
	return err;
}

static enum err bootstrap(void *arg, struct db_conn *tx, struct error *e)
{
	struct app *app = arg;
	ARENA_AUTO a = arena_new();
	bool first;
	const struct desk_bootstrap want = {
	    .language = str_of(lang_code((enum lang)app->s.ui.language)),
	    .base_url = app->base_url,
	};
	enum err err = desk_bootstrap(&app->desk, a, tx, &want, &first, e);
	if (err)
		return err;
	/* The setting holds sending back; taking the setting away lets it go on, unless
	 * somebody paused it for another reason. */
	str reason;
	err = system_get(a, tx, SYSTEM_NO_SEND, &reason, e);
	if (err == ERR_OK && app->s.no_send && !reason.n)
		err = desk_system_pause(&app->desk, a, tx, actor_system(), STR("setting"), e);
	else if (err == ERR_OK && !app->s.no_send && str_is(reason, "setting"))
		err = desk_system_resume(&app->desk, a, tx, actor_system(), e);
	return err;
}

static enum err check_schema(struct app *app, struct error *e)
{
	int64_t version = 0;
	struct db_conn *c;
	struct error ignored; /* a database without a schema is too old */
	int mine = MIGRATIONS[N_MIGRATIONS - 1].version;
	enum err err = db_read_begin(app->db, &c, e);
	if (err)
		return err;
	if (db_schema_version(c, &version, &ignored) != ERR_OK)
		version = 0;
	db_read_end(app->db, c);
	if (version == mine)
		return ERR_OK;
	if (version == 0)
		return error_set(e, ERR_NOT_FOUND,
		                 app->s.db.url.n ? "error.no_data_db" : "error.no_data", NULL,
		                 app_data_place(app));
	return error_set(e, ERR_CONFLICT, version < mine ? "error.db_too_old" : "error.db_too_new",
	                 NULL, NULL);
}

/* Whatever may come in must fit. */
static int64_t blob_most(const struct settings *s)
{
	int64_t most = s->upload.max;
	if (most < s->lmtp.max_message)
		most = s->lmtp.max_message;
	return most < s->imap.max_message ? s->imap.max_message : most;
}

static void fill_desk(struct app *app)
{
	const struct settings *s = &app->s;
	enum db_engine engine = db_engine_of(app->db);
	app->desk = (struct desk){
	    .clock = app->clock,
	    .blobs = {.engine = engine,
	              .dir = app_path(app, "blobs"),
	              .max = blob_most(s),
	              .row_max = BLOB_ROW_MAX},
	    .undo_window = s->outbox.undo,
	    .upload_life = s->upload.keep_unused,
	    .upload_max = s->upload.max,
	    .tombstones = app_path(app, TOMBSTONE_FILE),
	    .models_keep = s->learn.models_keep,
	    .examples_max = s->learn.examples_max,
	    .examples_bytes = s->learn.examples_bytes,
	    .retention_most = s->privacy.retention_most,
	    .retention_hour = s->privacy.retention_hour,
	    .db = app->db,
	    .key = &app->key,
	    .session_ttl = s->session.ttl,
	    .session_idle = s->session.idle,
	    .signin_tries = s->login.tries,
	    .signin_tries_peer = s->login.tries_address,
	    .signin_window = s->login.window,
	    .invite_life = s->login.invite_ttl,
	    .reset_life = s->login.reset_ttl,
	    .search_batch = (int)s->search.batch,
	    .urgent_most = s->sense.urgent_most,
	    .password_min = s->login.password_min,
	};
}

/* For a sentence: a URL may hold a password. */
const char *app_data_place(struct app *app)
{
	return app->s.db.url.n ? "db.url" : str_z(app->arena, app->s.data.dir);
}

/* A command that does not begin an installation makes no empty one by being called elsewhere. */
static enum err check_data(struct app *app, struct error *e)
{
	str url = app->s.db.url;
	if (url.n && !str_starts(url, STR("sqlite:")))
		return ERR_OK; /* the schema tells */
	str path = url.n ? str_from(url, sizeof "sqlite:" - 1) : app_path(app, "otklik.db");
	if (access(str_z(app->arena, path), F_OK) == 0 || errno != ENOENT)
		return ERR_OK;
	return error_set(e, ERR_NOT_FOUND, "error.no_data", NULL, app_data_place(app));
}

static enum err load_key(struct app *app, unsigned flags, struct error *e)
{
	str key = app->s.data.key_file.n ? str_dup(app->arena, app->s.data.key_file)
	                                 : app_path(app, "key");
	return secret_key_load(key.p, !(flags & APP_READ_ONLY), &app->key, e);
}

enum err app_open(struct app *app, unsigned flags, struct error *e)
{
	bool begins =
	    flags & APP_MIGRATE; /* else no key is made before there is known to be data */
	enum err err = make_folder(app, e);
	if (err == ERR_OK && !begins)
		err = check_data(app, e);
	if (err == ERR_OK && (flags & APP_LOCK))
		err = take_lock(app, e);
	if (err == ERR_OK)
		err = open_db(app, flags, e);
	if (err == ERR_OK && !begins)
		err = check_schema(app, e);
	if (err == ERR_OK)
		err = load_key(app, flags, e);
	if (err)
		return err;
	fill_desk(app);
	if (!begins)
		return dump_check_settled(app->db, app_data_place(app), e);
	int applied = 0;
	err = db_migrate(app->db, MIGRATIONS, N_MIGRATIONS, &applied, e);
	if (err == ERR_OK && applied)
		log_info(&app->log, "schema brought up to date", LOG_INT("migrations", applied));
	if (err == ERR_OK && !(flags & APP_NO_FIRST_ROWS))
		err = dump_check_settled(app->db, app_data_place(app), e);
	if (err == ERR_OK && !(flags & APP_NO_FIRST_ROWS))
		err = db_write(app->db, bootstrap, app, e);
	return err;
}

void app_close(struct app *app)
{
	if (app->db)
		db_close(app->db);
	app->db = NULL;
	if (app->lock_fd >= 0)
		(void)close(app->lock_fd);
	app->lock_fd = -1;
	if (app->clock) {
		log_release(&app->log);
		clock_free(app->clock);
	}
	app->clock = NULL;
	arena_free(app->arena);
	app->arena = NULL;
}
