/* backup.c: `otklik backup`, `restore` and `verify`.
 *
 * A backup is taken from one snapshot while the service runs, and read again
 * from its beginning before it counts. A restored installation is in no-send
 * mode until somebody resumes it.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/event.h"
#include "main/commands.h"
#include "store/check.h"
#include "store/tombstone.h"
#include "main/tombstones.h"
#include "store/dump.h"

#define SNAPSHOTS 5 /* tried, when what they hold is removed meanwhile */

static str key_path(struct app *app)
{
	return app->s.data.key_file.n ? str_dup(app->arena, app->s.data.key_file)
	                              : app_path(app, "key");
}

static enum err read_key(struct app *app, str *out, struct error *e)
{
	char text[256];
	FILE *f = fopen(key_path(app).p, "rbe");
	size_t n = f ? fread(text, 1, sizeof text, f) : 0;
	if (f)
		fclose(f);
	if (!n)
		return error_detail(e, ERR_IO, "cannot read %s", key_path(app).p);
	*out = str_dup(app->arena, str_n(text, n));
	explicit_bzero(text, sizeof text);
	return ERR_OK;
}

static enum err save(struct app *app, const char *path, str key, struct dump_counts *counts,
                     struct error *e)
{
	struct db_conn *c;
	struct archive_writer *w;
	enum err err = archive_create(path, &w, e);
	error_says(e, err, "error.backup_write");
	if (err)
		return err;
	err = db_read_begin(app->db, &c, e);
	if (!err) {
		err = dump_save(c, &app->desk.blobs, w, clock_now(app->clock), key, counts, e);
		db_read_end(app->db, c);
	}
	if (!err) {
		err = archive_finish(w, e);
		error_says(e, err, "error.backup_write");
		return err;
	}
	archive_abandon(w);
	return err;
}

/* The file alone, before anything is opened or made for it. */
static enum err look(const char *path, struct error *e)
{
	if (access(path, R_OK) == 0)
		return ERR_OK;
	enum err err = error_detail(e, ERR_IO, "%s: %m", path);
	error_says(e, err, "error.backup_read");
	return err;
}

static bool same_counts(const struct dump_counts *x, const struct dump_counts *y)
{
	return x->tables == y->tables && x->rows == y->rows && x->blobs == y->blobs &&
	       x->bytes == y->bytes;
}

int command_backup(struct app *app, int argc, char **argv)
{
	struct error e;
	struct dump_counts counts = {0}, again;
	str key = STR_NONE;
	bool with_key = command_flag(&argc, argv, "with-key");
	bool force = command_flag(&argc, argv, "force");
	struct stat st;
	if (argc != 2)
		return command_usage(app, "backup");
	enum err err = app_open(app, 0, &e);
	/* The only copy may be the one that would be written over; devices are no copies. */
	if (!err && !force && stat(argv[1], &st) == 0 && S_ISREG(st.st_mode))
		err = error_set(&e, ERR_CONFLICT, "error.backup_exists", NULL, argv[1]);
	if (!err && with_key)
		err = read_key(app, &key, &e);
	if (!err)
		err = save(app, argv[1], key, &counts, &e);
	/* What is erased while a backup is made is in its snapshot and gone from the disk. */
	for (int i = 1; err && counts.overtaken && i < SNAPSHOTS; i++)
		err = save(app, argv[1], key, &counts, &e);
	if (!err)
		err = dump_check(argv[1], &again, &e);
	if (!err && !same_counts(&counts, &again))
		err = error_set(&e, ERR_IO, "error.bad_backup", NULL, "it reads back differently");
	if (err)
		return app_fail(app, &e);
	printf("%s: %lld rows, %lld files, %lld bytes of files; read back and right\n", argv[1],
	       (long long)counts.rows, (long long)counts.blobs, (long long)counts.bytes);
	if (!with_key)
		printf(
		    "The key that opens stored passwords is not in it (--with-key): keep %s too\n",
		    key_path(app).p);
	return 0;
}

static enum err write_key(struct app *app, str key, struct error *e)
{
	/* app_open has made a new key that nothing was closed with yet. */
	str path = key_path(app);
	int fd = open(path.p, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, key.p, key.n) == (ssize_t)key.n && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok ? ERR_OK : error_detail(e, ERR_IO, "cannot write %s", path.p);
}

int command_restore(struct app *app, int argc, char **argv)
{
	struct error e;
	struct dump_counts counts;
	str key = STR_NONE;
	int64_t erased = 0;
	int n_files = 0;
	const char *tombstones = command_option(&argc, argv, "tombstones");
	if (argc != 2)
		return command_usage(app, "restore");
	enum err err = look(argv[1], &e);
	if (!err) /* before anything is loaded that they must take away again */
		err = tombstones_look(app, tombstones, argv[1], &e);
	if (!err)
		err = app_open(app, APP_LOCK | APP_MIGRATE | APP_NO_FIRST_ROWS, &e);
	if (!err)
		err = dump_check_settled(app->db, app_data_place(app), &e);
	if (!err)
		err = dump_load(app->arena, app->db, &app->desk.blobs, argv[1],
		                clock_now(app->clock), &key, &counts, &e);
	if (err && str_is(str_of(e.key), "error.not_empty"))
		err = error_set(&e, ERR_CONFLICT, "error.restore_occupied", NULL,
		                str_z(app->arena, app->s.data.dir));
	if (!err && key.n)
		err = write_key(app, key, &e);
	if (!err)
		err = tombstones_restore(app, tombstones, argv[1], &erased, &n_files, &e);
	if (!err)
		err = dump_settled(app->db, &e);
	if (err)
		return app_fail(app, &e);
	if (n_files)
		printf("%lld erasures that came after the backup were applied again\n",
		       (long long)erased);
	else
		printf("No " TOMBSTONE_FILE " was given or found: whatever was erased after this "
		       "backup was made is back. If there is such a file of the old installation, "
		       "put it into %.*s before you serve\n",
		       STR_FMT(app->s.data.dir));
	printf("%lld rows and %lld files restored. Nothing is sent and no mailbox is read until "
	       "you resume it in Settings, "
	       "System\n",
	       (long long)counts.rows, (long long)counts.blobs);
	return 0;
}

struct findings {
	int n;
};

static void bad_row(void *arg, const char *what, int64_t id)
{
	struct findings *f = arg;
	f->n++;
	printf("WRONG %s: id %lld\n", what, (long long)id);
}

static void bad_blob(void *arg, str hash, const char *why)
{
	struct findings *f = arg;
	f->n++;
	printf("WRONG file %.*s: %s\n", STR_FMT(hash), why);
}

static enum err verify_all(struct app *app, struct db_conn *c, struct findings *f, struct error *e)
{
	int kinds = 0;
	int64_t events = 0, broken = 0, blobs = 0;
	enum err err = check_rows(c, bad_row, f, &kinds, e);
	if (!err)
		err = event_verify(c, &events, &broken, e);
	if (!err && broken)
		bad_row(f, "the chain of events is broken", broken);
	int64_t missing = 0;
	if (!err)
		err = tombstones_missing(app, c, &missing, e);
	if (!err && missing)
		bad_row(f, "erasures of " TOMBSTONE_FILE " that were not applied, in number",
		        missing);
	if (!err)
		err = blob_verify(&app->desk.blobs, c, bad_blob, f, &blobs, e);
	if (!err)
		printf("%d invariants, %lld events, %lld files: %d wrong\n", kinds,
		       (long long)events, (long long)blobs, f->n);
	return err;
}

int command_verify(struct app *app, int argc, char **argv)
{
	struct error e;
	struct findings f = {0};
	struct dump_counts counts;
	struct db_conn *c;
	enum err err;
	if (argc > 2)
		return command_usage(app, "verify");
	if (argc == 2) {
		err = look(argv[1], &e);
		if (!err)
			err = dump_check(argv[1], &counts, &e);
		if (err)
			return app_fail(app, &e);
		printf("%s: whole, %lld rows, %lld files\n", argv[1], (long long)counts.rows,
		       (long long)counts.blobs);
		return 0;
	}
	err = app_open(app, APP_READ_ONLY, &e);
	if (!err)
		err = db_read_begin(app->db, &c, &e);
	if (!err) {
		err = verify_all(app, c, &f, &e);
		db_read_end(app->db, c);
	}
	if (err)
		return app_fail(app, &e);
	return f.n ? 1 : 0;
}
