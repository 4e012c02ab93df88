/* tombstone.c: see tombstone.h. */
#include "store/tombstone.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "json/read.h"
#include "json/write.h"
#include "store/queries_gen.h"
#include "store/system.h"
#include "sys/random.h"

enum { PAGE = 500, UID_BYTES = 16 };
#define FILE_MAX_BYTES ((int64_t)256 << 20)
#define LINE_MAX_BYTES ((size_t)1 << 20)

/* ---- rows ---- */

enum err tombstone_keep(struct db_conn *tx, const struct tombstone *t, struct error *e)
{
	return db_exec(tx, &Q_TOMBSTONE_INSERT,
	               DB_ARGS(db_text(t->uid), db_int(t->at), db_text(t->kind), db_text(t->data)),
	               NULL, e);
}

enum err tombstone_add(struct arena *a, struct db_conn *tx, const char *kind, str data, usec at,
                       struct error *e)
{
	struct tombstone t = {
	    .uid = random_token(a, UID_BYTES), .at = at, .kind = str_of(kind), .data = data};
	return tombstone_keep(tx, &t, e);
}

enum err tombstone_known(struct db_conn *c, str uid, bool *out, struct error *e)
{
	int64_t n = 0;
	enum err err = db_one_int(c, &Q_TOMBSTONE_HAS, DB_ARGS(db_text(uid)), &n, e);
	*out = n > 0;
	return err;
}

enum err tombstone_count(struct db_conn *c, int64_t *out, struct error *e)
{
	return db_one_int(c, &Q_TOMBSTONE_COUNT, DB_NO_ARGS, out, e);
}

enum err tombstone_after(struct arena *a, struct db_conn *c, int64_t after, int limit,
                         struct tombstone **out, size_t *n, struct error *e)
{
	VEC(struct tombstone) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_TOMBSTONE_AFTER, DB_ARGS(db_int(after), db_int(limit)));
	while (db_rows_next(&r))
		*vec_push(a, &v) = (struct tombstone){
		    .id = db_get_int(&r, 0),
		    .uid = db_dup_str(a, &r, 1),
		    .at = db_get_int(&r, 2),
		    .kind = db_dup_str(a, &r, 3),
		    .data = db_dup_str(a, &r, 4),
		};
	*out = v.p;
	*n = v.n;
	return db_rows_close(&r, e);
}

/* ---- the file ---- */

static enum err io_error(struct error *e, const char *what, const char *path)
{
	return error_detail(e, ERR_IO, "%s %s: %s", what, path, strerrordesc_np(errno));
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static enum err read_whole(struct arena *a, int fd, const char *path, str *out, struct error *e)
{
	struct stat st;
	if (fstat(fd, &st))
		return io_error(e, "look at", path);
	if (st.st_size > FILE_MAX_BYTES)
		return error_set(e, ERR_TOO_LARGE, "error.too_large", NULL, NULL);
	char *p = arena_alloc(a, (size_t)st.st_size);
	size_t n = 0;
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(fd, p + n, (size_t)st.st_size - n, (off_t)n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return io_error(e, "read", path);
		if (!got)
			break;
		n += (size_t)got;
	}
	*out = str_n(p, n);
	return ERR_OK;
}

static enum err bad_line(struct error *e, const char *path, size_t line)
{
	error_set(e, ERR_SYNTAX, "error.bad_tombstones", NULL, path);
	if (e)
		snprintf(e->detail, sizeof e->detail, "%s: line %zu", path, line);
	return ERR_SYNTAX;
}

static bool read_line(struct arena *a, str line, struct tombstone *t)
{
	const struct json *j;
	struct json_limits limits = {.bytes = LINE_MAX_BYTES};
	if (json_parse(a, line, &limits, &j, NULL) || j->kind != JSON_KIND_OBJECT)
		return false;
	*t = (struct tombstone){
	    .uid = json_get_str(j, "uid", STR_NONE),
	    .at = json_get_i64(j, "at", 0),
	    .kind = json_get_str(j, "kind", STR_NONE),
	    .instance = json_get_str(j, "instance", STR_NONE),
	};
	/* Our own lines end with the data: its text is taken as it stands. */
	ptrdiff_t at = str_find(line, STR("\"data\":"));
	if (at < 0 || json_get(j, "data")->kind != JSON_KIND_OBJECT || !str_ends(line, STR("}}")))
		return false;
	t->data = str_sub(line, (size_t)at + 7, line.n - 1);
	return t->uid.n && t->at > 0 && t->kind.n && t->instance.n;
}

static enum err parse(struct arena *a, str text, const char *path, struct tombstone **out,
                      size_t *n, struct error *e)
{
	VEC(struct tombstone) v = {0};
	size_t number = 0;
	*out = NULL;
	*n = 0;
	while (text.n) {
		ptrdiff_t end = str_chr(text, '\n');
		if (end < 0)
			break; /* cut off */
		str line = str_trim(str_sub(text, 0, (size_t)end));
		text = str_from(text, (size_t)end + 1);
		number++;
		/* A piece of a line that was cut off stands alone when more was added later. */
		struct tombstone t;
		if (!line.n)
			continue;
		if (line.n > LINE_MAX_BYTES || !read_line(a, line, &t)) {
			if (line.p[line.n - 1] != '}')
				continue;
			return bad_line(e, path, number);
		}
		*vec_push(a, &v) = t;
	}
	*out = v.p;
	*n = v.n;
	return ERR_OK;
}

enum err tombstone_file_read(struct arena *a, const char *path, struct tombstone **out, size_t *n,
                             struct error *e)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	str text;
	*out = NULL;
	*n = 0;
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : io_error(e, "open", path);
	enum err err = read_whole(a, fd, path, &text, e);
	return err ? err : parse(a, text, path, out, n, e);
}

static enum err append(int fd, str bytes, const char *path, struct error *e)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return io_error(e, "write", path);
		bytes = str_from(bytes, (size_t)n);
	}
	return fdatasync(fd) ? io_error(e, "sync", path) : ERR_OK;
}

static void put_line(struct buf *b, str instance, const struct tombstone *t)
{
	struct jw w;
	jw_init(&w, b);
	jw_object(&w);
	jw_put_str(&w, "instance", instance);
	jw_put_str(&w, "uid", t->uid);
	jw_put_i64(&w, "at", t->at);
	jw_put_str(&w, "kind", t->kind);
	jw_key(&w, STR("data"));
	jw_raw(&w, t->data);
	jw_end(&w);
	buf_addc(b, '\n');
}

/* The rows whose uid is not in `have`, as lines. */
static enum err missing_lines(struct db *db, struct map *have, struct buf *out, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct db_conn *c;
	struct tombstone *t;
	size_t n = 0;
	int64_t after = 0;
	str instance;
	enum err err = db_read_begin(db, &c, e);
	if (err)
		return err;
	err = system_get(a, c, SYSTEM_INSTANCE_ID, &instance, e);
	do {
		if (!err)
			err = tombstone_after(a, c, after, PAGE, &t, &n, e);
		for (size_t i = 0; !err && i < n; i++) {
			after = t[i].id;
			if (!map_get(have, t[i].uid))
				put_line(out, instance, &t[i]);
		}
	} while (!err && n == PAGE);
	db_read_end(db, c);
	return err;
}

enum err tombstone_file_catch_up(struct db *db, const char *path, struct error *e)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	struct tombstone *list = NULL;
	size_t n = 0;
	str text = STR_NONE;
	buf_init(&b, 0);
	CLEANUP(close_fd) int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX))
		return io_error(e, "open", path);
	enum err err = read_whole(a, fd, path, &text, e);
	if (err || (err = parse(a, text, path, &list, &n, e)))
		return err;
	struct map *have = map_new();
	for (size_t i = 0; i < n; i++)
		map_put(have, list[i].uid, &list[i]);
	if (text.n && text.p[text.n - 1] != '\n')
		buf_addc(&b, '\n');
	size_t begin = b.n;
	err = missing_lines(db, have, &b, e);
	map_free(have);
	if (!err && b.n > begin)
		err = append(fd, buf_str(&b), path, e);
	return err;
}
