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

enum err tombstones_restore(struct app *app, const char *given, const char *backup,
                            int64_t *applied, int *n_files, struct error *e)
{
	str path = str_of(backup);
	ptrdiff_t slash = str_rchr(path, '/');
	str folder = slash < 0 ? STR(".") : str_sub(path, 0, (size_t)slash);
	const char *const files[] = {
	    given,
	    app->desk.tombstones.p,
	    str_printf(app->arena, "%.*s/" TOMBSTONE_FILE, STR_FMT(folder)).p,
	};
	enum err err = ERR_OK;
	*applied = 0;
	*n_files = 0;
	if (given && access(given, R_OK))
		return error_detail(e, ERR_IO, "cannot read %s", given);
	for (size_t i = 0; !err && i < COUNT_OF(files); i++) {
		if (!files[i] || access(files[i], R_OK))
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
