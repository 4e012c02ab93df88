/* write.h: JSON written straight into a buf, value by value (RFC 8259).
 *
 *   struct jw w;
 *   jw_init(&w, &buf);
 *   jw_object(&w);
 *   jw_put_i64(&w, "id", 7);
 *   jw_put_array(&w, "tags");
 *   jw_str(&w, STR("vip"));
 *   jw_end(&w);
 *   jw_end(&w);
 *   assert(jw_done(&w));
 *
 * Commas and nesting are kept by the writer; a value in a wrong place (no key
 * inside an object, a key inside an array) is a bug and asserted. Text that is
 * not UTF-8 is repaired with U+FFFD; U+2028, U+2029, '<', '>' and '&' are
 * escaped, so that the result may stand inside a script element too. The buf's
 * maximum is the limit of size: look at buf.failed at the end.
 */
#ifndef OTKLIK_JSON_WRITE_H
#define OTKLIK_JSON_WRITE_H

#include "base/buf.h"

#define JW_DEPTH_MAX 64

struct jw {
	struct buf *out;
	int depth;
	uint64_t array; /* bit d: the container at depth d is an array */
	uint64_t items; /* bit d: it has an item already */
	bool after_key, done;
};

void jw_init(struct jw *w, struct buf *out);
/* True when exactly one value has been written and all is closed. */
bool jw_done(const struct jw *w);

void jw_object(struct jw *w);
void jw_array(struct jw *w);
void jw_end(struct jw *w); /* closes the innermost */
void jw_key(struct jw *w, str key);
/* A key that is quoted already, with its colon: "\"id\":". */
void jw_key_ready(struct jw *w, str quoted);

void jw_null(struct jw *w);
void jw_bool(struct jw *w, bool v);
void jw_i64(struct jw *w, int64_t v);   /* exact; readers in JavaScript see 53 bits */
void jw_double(struct jw *w, double v); /* shortest that reads back the same; not finite: null */
void jw_str(struct jw *w, str s);
/* RFC 3339 in UTC with microseconds; 0 ("none") is null. */
void jw_time(struct jw *w, usec t);
/* An id; 0 ("none") is null. */
void jw_id(struct jw *w, int64_t id);
/* One JSON value that is known to be well-formed (from this writer or read.h). */
void jw_raw(struct jw *w, str json);

/* Key and value in one. */
#define JW_PUT(kind, type)                                                                         \
	static inline void jw_put_##kind(struct jw *w, const char *key, type v)                    \
	{                                                                                          \
		jw_key(w, str_of(key));                                                            \
		jw_##kind(w, v);                                                                   \
	}
JW_PUT(bool, bool)
JW_PUT(i64, int64_t)
JW_PUT(double, double)
JW_PUT(str, str)
JW_PUT(time, usec)
JW_PUT(id, int64_t)
JW_PUT(raw, str)
#undef JW_PUT
static inline void jw_put_z(struct jw *w, const char *key, const char *z)
{
	jw_key(w, str_of(key));
	jw_str(w, str_of(z));
}
static inline void jw_put_null(struct jw *w, const char *key)
{
	jw_key(w, str_of(key));
	jw_null(w);
}
static inline void jw_put_object(struct jw *w, const char *key)
{
	jw_key(w, str_of(key));
	jw_object(w);
}
static inline void jw_put_array(struct jw *w, const char *key)
{
	jw_key(w, str_of(key));
	jw_array(w);
}

/* Appends s as one quoted JSON string, for callers that build by hand. */
void json_quote(struct buf *out, str s);

#endif
