/* err.c: see err.h. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

static void copy_cut(char *to, size_t cap, const char *from)
{
	size_t n = from ? strlen(from) : 0;
	if (n >= cap) {
		n = cap - 1;
		while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
			n--;
	}
	if (n)
		memcpy(to, from, n);
	to[n] = 0;
}

void error_fill(struct error *e, enum err code, const char *key, const char *field, const char *arg)
{
	if (!e)
		return;
	memset(e, 0, sizeof *e);
	e->code = code;
	copy_cut(e->key, sizeof e->key, key);
	copy_cut(e->field, sizeof e->field, field);
	copy_cut(e->arg, sizeof e->arg, arg);
}

void error_among(struct error *e, const char *among)
{
	if (e)
		copy_cut(e->among, sizeof e->among, among);
}

enum err error_detail(struct error *e, enum err code, const char *fmt, ...)
{
	if (!e)
		return code;
	error_set(e, code,
	          code == ERR_DB   ? "error.db"
	          : code == ERR_IO ? "error.io"
	                           : "error.internal",
	          NULL, NULL);
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	copy_cut(e->detail, sizeof e->detail, text);
	return code;
}

const char *err_name(enum err code)
{
	static const char *const names[] = {
	    [ERR_OK] = "ok",
	    [ERR_INVALID] = "invalid",
	    [ERR_SYNTAX] = "syntax",
	    [ERR_AUTH] = "unauthenticated",
	    [ERR_DENIED] = "denied",
	    [ERR_NOT_FOUND] = "not_found",
	    [ERR_CONFLICT] = "conflict",
	    [ERR_TOO_LARGE] = "too_large",
	    [ERR_THROTTLED] = "throttled",
	    [ERR_BUSY] = "busy",
	    [ERR_IO] = "io",
	    [ERR_DB] = "db",
	    [ERR_INTERNAL] = "internal",
	};
	return (size_t)code < COUNT_OF(names) ? names[code] : "unknown";
}

void error_says(struct error *e, enum err err, const char *key)
{
	if (err && e)
		snprintf(e->key, sizeof e->key, "%s", key);
}

static enum err by_errno(struct error *e, const char *key, const char *what)
{
	char arg[sizeof e->arg];
	const char *why = strerrordesc_np(errno);
	/* The end of a long path tells more than its beginning. */
	size_t n = strlen(what), room = sizeof arg - strlen(why) - 3;
	snprintf(arg, sizeof arg, "%s: %s", n > room ? what + (n - room) : what, why);
	return error_set(e, ERR_IO, key, NULL, arg);
}

enum err error_open(struct error *e, const char *path)
{
	return by_errno(e, "error.open", path);
}

enum err error_listen(struct error *e, const char *where)
{
	return by_errno(e, "error.listen", where);
}

void error_cause(struct error *e, int why)
{
	switch (why) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* the limit of a process is its disk's end too */
		error_says(e, ERR_IO, "error.disk_full");
		break;
	case EROFS:
		error_says(e, ERR_IO, "error.read_only");
		break;
	case EMFILE:
	case ENFILE:
		error_says(e, ERR_IO, "error.descriptors");
		break;
	default:
		break;
	}
}
