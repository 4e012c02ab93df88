/* tombstones.c: see tombstones.h. */
#include "main/tombstones.h"

#include <unistd.h>

#include "desk/privacy.h"

static enum err apply_file(struct app *app, const char *path, int64_t *applied, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct tombstone *list;
	size_t n;
	int64_t now_applied = 0;
	enum err err = tombstone_file_read(a, path, &list, &n, e);
	if (!err)
		err = desk_tombstones_apply(&app->desk, app->db, list, n, &now_applied, e);
	*applied += now_applied;
	return err;
}

/* Only when something was erased anew are the remains of it in the files. */
static enum err settle(struct app *app, int64_t applied, struct error *e)
{
	return applied ? desk_privacy_settle(&app->desk, app->db, e)
	               : tombstone_file_catch_up(app->db, app->desk.tombstones.p, e);
}

enum err tombstones_apply(struct app *app, int64_t *applied, struct error *e)
{
	*applied = 0;
	enum err err = apply_file(app, app->desk.tombstones.p, applied, e);
	return err ? err : settle(app, *applied, e);
}

enum { FILES = 3 };

static void files_of(struct app *app, const char *given, const char *backup,
                     const char *files[FILES])
{
	str path = str_of(backup);
	ptrdiff_t slash = str_rchr(path, '/');
	str folder = slash < 0 ? STR(".") : slash == 0 ? STR("") : str_sub(path, 0, (size_t)slash);
	files[0] = given;
	files[1] = app_path(app, TOMBSTONE_FILE).p;
	files[2] = str_printf(app->arena, "%.*s/" TOMBSTONE_FILE, STR_FMT(folder)).p;
}

enum err tombstones_look(struct app *app, const char *given, const char *backup, struct error *e)
{
	const char *files[FILES];
	files_of(app, given, backup, files);
	if (given && access(given, R_OK)) {
		enum err err = error_detail(e, ERR_IO, "%s: %m", given);
		error_says(e, err, "error.tombstones_read");
		return err;
	}
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < FILES; i++) {
		ARENA_AUTO a = arena_new();
		struct tombstone *list;
		size_t n;
		if (files[i])
			err = tombstone_file_read(a, files[i], &list, &n, e);
		if (err == ERR_IO)
			error_says(e, err, "error.tombstones_read");
	}
	return err;
}

enum err tombstones_restore(struct app *app, const char *given, const char *backup,
                            int64_t *applied, int *n_files, struct error *e)
{
	const char *files[FILES];
	enum err err = ERR_OK;
	files_of(app, given, backup, files);
	*applied = 0;
	*n_files = 0;
	for (size_t i = 0; !err && i < FILES; i++) {
		if (!files[i] || (access(files[i], F_OK) && files[i] != given))
			continue;
		++*n_files;
		err = apply_file(app, files[i], applied, e);
	}
	return err ? err : settle(app, *applied, e);
}

enum err tombstones_missing(struct app *app, struct db_conn *c, int64_t *n, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct tombstone *list;
	size_t n_list;
	*n = 0;
	enum err err = tombstone_file_read(a, app->desk.tombstones.p, &list, &n_list, e);
	for (size_t i = 0; !err && i < n_list; i++) {
		bool known = false;
		err = tombstone_known(c, list[i].uid, &known, e);
		*n += !known;
	}
	return err;
}
