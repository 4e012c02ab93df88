/* log.c: see log.h. Lines are built on the stack; nothing here allocates. */
#include "sys/log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error", "off"};

/* A line under construction. The last bytes are kept for its end, so that even
 * a cut line is whole: fields past the limit are left out. */
struct line {
	char p[LOG_LINE_MAX];
	size_t n;
	bool json;
};
#define LINE_TAIL 4

static void put(struct line *l, const char *p, size_t n)
{
	size_t room = sizeof l->p - LINE_TAIL - l->n;
	if (n > room)
		n = room;
	memcpy(l->p + l->n, p, n);
	l->n += n;
}

static void put_z(struct line *l, const char *z)
{
	put(l, z, strlen(z));
}

static size_t room(const struct line *l)
{
	return sizeof l->p - LINE_TAIL - l->n;
}

/* Length of the well-formed UTF-8 sequence at p, or 0. */
static size_t sequence(const unsigned char *p, size_t n)
{
	size_t want = p[0] < 0x80                    ? 1
	              : p[0] >= 0xc2 && p[0] <= 0xdf ? 2
	              : (p[0] & 0xf0) == 0xe0        ? 3
	              : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
	                                             : 0;
	if (!want || want > n)
		return 0;
	return str_is_utf8(str_n((const char *)p, want)) ? want : 0;
}

/* A quoted string; control characters, quotes and backslashes escaped as JSON
 * has it, foreign bytes shown as U+FFFD. Leaves room for the closing quote. */
static void put_quoted(struct line *l, str s)
{
	put_z(l, "\"");
	for (size_t i = 0; i < s.n && room(l) > 8;) {
		unsigned char c = (unsigned char)s.p[i];
		size_t n = sequence((const unsigned char *)s.p + i, s.n - i);
		if (n == 0) {
			put_z(l, "\xef\xbf\xbd");
			n = 1;
		} else if (c == '"' || c == '\\') {
			put(l, (char[]){'\\', (char)c}, 2);
		} else if (c == '\n') {
			put_z(l, "\\n");
		} else if (c < 0x20 || c == 0x7f) {
			char u[8];
			snprintf(u, sizeof u, "\\u%04x", c);
			put_z(l, u);
		} else {
			put(l, s.p + i, n);
		}
		i += n;
	}
	put_z(l, "\"");
}

/* logfmt shows a value bare when nothing in it needs a quote. */
static void put_value(struct line *l, str s)
{
	str cut = str_cut_utf8(s, LOG_VALUE_MAX);
	bool bare = !l->json && cut.n > 0;
	for (size_t i = 0; bare && i < cut.n; i++) {
		unsigned char c = (unsigned char)cut.p[i];
		bare = c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
	}
	if (bare)
		put(l, cut.p, cut.n);
	else
		put_quoted(l, cut);
}

/* False when the field would hardly fit: it is left out, whole. */
static bool put_key(struct line *l, const char *key)
{
	if (room(l) < strlen(key) + 48)
		return false;
	put_z(l, l->json ? l->n > 1 ? ",\"" : "\"" : l->n > 0 ? " " : "");
	put_z(l, key);
	put_z(l, l->json ? "\":" : "=");
	return true;
}

static void put_str(struct line *l, const char *key, str s)
{
	if (put_key(l, key))
		put_value(l, s);
}

static void put_number(struct line *l, const char *key, int64_t v)
{
	char text[32];
	snprintf(text, sizeof text, "%lld", (long long)v);
	if (put_key(l, key))
		put_z(l, text);
}

static void put_usec(struct line *l, const char *key, usec v)
{
	char text[48];
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	snprintf(text, sizeof text, "%s%llu.%03u", v < 0 ? "-" : "", (unsigned long long)(u / 1000),
	         (unsigned)(u % 1000));
	if (put_key(l, key))
		put_z(l, text);
}

static void put_error(struct line *l, const struct error *e)
{
	put_str(l, "error", str_of(err_name(e->code)));
	if (e->key[0])
		put_str(l, "error_key", str_of(e->key));
	if (e->field[0])
		put_str(l, "error_field", str_of(e->field));
	if (e->detail[0])
		put_str(l, "error_detail", str_of(e->detail));
}

static void put_field(struct line *l, const struct log_field *f)
{
	switch (f->type) {
	case LOG_TYPE_STR:
		put_str(l, f->key, f->s);
		break;
	case LOG_TYPE_INT:
		put_number(l, f->key, f->i);
		break;
	case LOG_TYPE_BOOL:
		if (put_key(l, f->key))
			put_z(l, f->i ? "true" : "false");
		break;
	case LOG_TYPE_USEC:
		put_usec(l, f->key, f->i);
		break;
	case LOG_TYPE_SECRET:
		put_str(l, f->key, f->i ? STR("***") : STR(""));
		break;
	case LOG_TYPE_ERR:
		if (f->e)
			put_error(l, f->e);
		break;
	case LOG_TYPE_END:
		break;
	}
}

void log_init(struct log *l, struct clock *clock, enum log_level level, enum log_format format,
              int fd, const char *process)
{
	memset(l, 0, sizeof *l);
	l->clock = clock;
	l->process = process ? process : "";
	l->format = format;
	atomic_store(&l->level, level);
	atomic_store(&l->fd, fd);
	pthread_mutex_init(&l->mutex, NULL);
}

enum err log_open(struct log *l, const char *path, struct error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (fd < 0)
		return error_detail(e, ERR_IO, "log file %s: %m", path);
	int old = atomic_load(&l->fd);
	if (old > 2) {
		/* Put the new file under the old number: a thread in the middle of a
		 * write cannot hit a descriptor that was closed under it. */
		int r = dup3(fd, old, O_CLOEXEC);
		close(fd);
		if (r < 0)
			return error_detail(e, ERR_IO, "log file %s: %m", path);
		return ERR_OK;
	}
	atomic_store(&l->fd, fd);
	return ERR_OK;
}

bool log_level_of(str name, enum log_level *out)
{
	for (size_t i = 0; i < COUNT_OF(level_names); i++)
		if (str_eq(name, str_of(level_names[i]))) {
			*out = (enum log_level)i;
			return true;
		}
	return false;
}

static uint64_t add_hash(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h;
}

static uint64_t add_field(uint64_t h, const struct log_field *f)
{
	if (f->type == LOG_TYPE_STR)
		for (size_t i = 0; i < f->s.n; i++)
			h = (h ^ (unsigned char)f->s.p[i]) * 1099511628211u;
	else if (f->type == LOG_TYPE_INT)
		for (int i = 0; i < 64; i += 8)
			h = (h ^ ((uint64_t)f->i >> i & 0xff)) * 1099511628211u;
	return h;
}

static void emit(struct log *l, enum log_level level, const char *event, int64_t unsaid,
                 const struct log_field *fields)
{
	struct line line;
	line.n = 0;
	line.json = l->format == LOG_JSON;
	if (line.json)
		put_z(&line, "{");
	char now[DATE_RFC3339_SIZE];
	date_rfc3339_z(now, clock_now(l->clock));
	put_str(&line, "time", str_of(now));
	put_str(&line, "level", str_of(level_names[level]));
	put_str(&line, "event", str_of(event));
	if (l->process[0])
		put_str(&line, "process", str_of(l->process));
	if (unsaid)
		put_number(&line, "unsaid", unsaid);
	for (; fields->type != LOG_TYPE_END; fields++)
		put_field(&line, fields);
	if (line.json)
		line.p[line.n++] = '}';
	line.p[line.n++] = '\n';
	ssize_t r;
	do
		r = write(atomic_load(&l->fd), line.p, line.n);
	while (r < 0 && errno == EINTR);
	/* A log that cannot be written has nobody to complain to. */
}

/* Not under the mutex: writing may block. */
static void say_unsaid(struct log *l, const struct log_slot *s)
{
	if (s->unsaid)
		emit(l, (enum log_level)s->level, "repeats were not written", s->unsaid,
		     (const struct log_field[]){LOG_Z("of", s->event),
		                                LOG_Z("error_key", s->key),
		                                {.type = LOG_TYPE_END}});
}

/* Takes one count out that is to be said: of a window that is over, or of any. */
static bool take_unsaid(struct log *l, bool all, struct log_slot *out)
{
	usec now = clock_mono(l->clock), next = 0;
	bool found = false;
	pthread_mutex_lock(&l->mutex);
	for (size_t i = 0; l->flush_at && (all || now >= l->flush_at) && i < LOG_SLOTS; i++) {
		struct log_slot *s = &l->slots[i];
		if (!s->unsaid)
			continue;
		usec at = s->since + LOG_WINDOW;
		if (!found && (all || now >= at)) {
			found = true;
			*out = *s;
			s->unsaid = 0;
		} else if (!next || at < next) {
			next = at;
		}
	}
	if (l->flush_at && (all || now >= l->flush_at))
		l->flush_at = next;
	pthread_mutex_unlock(&l->mutex);
	return found;
}

void log_flush(struct log *l)
{
	struct log_slot s;
	while (l && take_unsaid(l, false, &s))
		say_unsaid(l, &s);
}

/* May this line be written, or have there been too many of its kind? *unsaid: how many were kept
 * back before it. *before: the one whose slot it has taken. */
static bool may_say(struct log *l, enum log_level level, const char *event,
                    const struct log_field *fields, int64_t *unsaid, struct log_slot *before)
{
	uint64_t name = add_hash(14695981039346656037u, event);
	const char *key = "";
	bool first = true;
	for (; fields->type != LOG_TYPE_END; fields++) {
		if (fields->type == LOG_TYPE_ERR && fields->e) {
			key = fields->e->key;
			name = add_hash(name, key);
			first = false; /* what stands behind the error names no item */
		} else if (first) {
			name = add_field(name, fields);
			first = false;
		}
	}
	usec now = clock_mono(l->clock);
	pthread_mutex_lock(&l->mutex);
	struct log_slot *s = &l->slots[name % LOG_SLOTS];
	if (s->name != name) {
		*before = *s;
		*s = (struct log_slot){.name = name, .since = now, .event = event, .level = level};
		snprintf(s->key, sizeof s->key, "%s", key);
	}
	if (now - s->since >= LOG_WINDOW) {
		s->since = now;
		s->written = 0;
	}
	bool may = s->written < LOG_BURST;
	*unsaid = may ? s->unsaid : 0;
	s->unsaid = may ? 0 : s->unsaid + 1;
	s->written += may;
	if (!may && (!l->flush_at || s->since + LOG_WINDOW < l->flush_at))
		l->flush_at = s->since + LOG_WINDOW;
	pthread_mutex_unlock(&l->mutex);
	return may;
}

void log_write(struct log *l, enum log_level level, const char *event,
               const struct log_field *fields)
{
	if (!l || level >= LOG_OFF)
		return;
	atomic_fetch_add_explicit(&l->counts[level], 1, memory_order_relaxed);
	if ((int)level < atomic_load_explicit(&l->level, memory_order_relaxed))
		return;
	int64_t unsaid = 0;
	struct log_slot before = {0};
	bool may = level < LOG_WARN || may_say(l, level, event, fields, &unsaid, &before);
	say_unsaid(l, &before);
	log_flush(l);
	if (may)
		emit(l, level, event, unsaid, fields);
}

void log_release(struct log *l)
{
	struct log_slot s;
	while (take_unsaid(l, true, &s))
		say_unsaid(l, &s);
	int fd = atomic_exchange(&l->fd, 2);
	if (fd > 2)
		close(fd);
}
