/* detect.c: `otklik detect`: what the detectors make of texts, one a line, for trying them out and
 * for measuring them. Needs no data folder. */
#include <errno.h>
#include <math.h>

#include "base/date.h"
#include "json/write.h"
#include "main/commands.h"
#include "sys/clock.h"
#include "text/detect.h"
#include "text/facts.h"
#include "text/language.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)
#define PATTERNS_MAX 16
#define OUT_MAX ((size_t)16 << 20)

enum what { SAY_DETECTION, SAY_SENTIMENT, SAY_AMOUNTS, SAY_FACTS, SAY_LANGUAGE };

struct detecting {
	enum what what;
	enum detect_kind kind;
	bool json;
	struct facts_options facts;
	str patterns[PATTERNS_MAX];
	struct arena *arena; /* of a line */
};

static bool choose(struct detecting *d, const char *kind)
{
	static const struct {
		const char *name;
		enum what what;
	} others[] = {{"sentiment", SAY_SENTIMENT},
	              {"amounts", SAY_AMOUNTS},
	              {"facts", SAY_FACTS},
	              {"language", SAY_LANGUAGE}};
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (strcmp(kind, others[i].name) == 0) {
			d->what = others[i].what;
			return true;
		}
	for (int k = 0; k < DETECT_COUNT; k++)
		if (strcmp(kind, detect_name((enum detect_kind)k)) == 0) {
			d->what = SAY_DETECTION;
			d->kind = (enum detect_kind)k;
			return true;
		}
	return false;
}

/* "\n" in a line stands for a line end, so that a text of several lines fits into one. */
static str unescape(struct arena *a, str line)
{
	if (str_find(line, STR("\\n")) < 0)
		return line;
	char *out = arena_alloc(a, line.n);
	size_t n = 0;
	for (size_t i = 0; i < line.n; i++) {
		bool end = line.p[i] == '\\' && i + 1 < line.n && line.p[i + 1] == 'n';
		out[n++] = end ? '\n' : line.p[i];
		i += end;
	}
	return str_n(out, n);
}

static double rounded(double v)
{
	return round(v * 1000) / 1000;
}

static void put_words(struct jw *w, str text, const struct detection *d)
{
	jw_put_array(w, "words");
	for (size_t i = 0; i < d->n; i++)
		jw_str(w, str_sub(text, d->spans[i].at, d->spans[i].at + d->spans[i].n));
	jw_end(w);
}

static void put_amount(struct jw *w, const struct fact *f)
{
	jw_put_i64(w, "value_minor", f->minor);
	if (*f->currency)
		jw_put_z(w, "currency", f->currency);
	else
		jw_put_null(w, "currency");
	jw_put_bool(w, "ambiguous", f->ambiguous);
	if (f->other_minor)
		jw_put_i64(w, "other_minor", f->other_minor);
}

static void put_facts(struct jw *w, const struct detecting *d, str text)
{
	struct fact *f;
	size_t n;
	bool amounts = d->what == SAY_AMOUNTS;
	text_facts(d->arena, text, &d->facts, &f, &n);
	jw_put_array(w, amounts ? "amounts" : "facts");
	for (size_t i = 0; i < n; i++) {
		if (amounts && f[i].kind != FACT_AMOUNT)
			continue;
		jw_object(w);
		if (!amounts)
			jw_put_z(w, "kind", fact_name(f[i].kind));
		jw_put_str(w, "text", str_sub(text, f[i].at, f[i].at + f[i].n));
		if (!amounts) {
			jw_put_str(w, "value", f[i].value);
			jw_put_i64(w, "at", (int64_t)f[i].at);
			jw_put_i64(w, "bytes", (int64_t)f[i].n);
		}
		if (f[i].kind == FACT_AMOUNT)
			put_amount(w, &f[i]);
		else
			jw_put_bool(w, "ambiguous", f[i].ambiguous);
		if (f[i].kind == FACT_CITY)
			jw_put_z(w, "english", f[i].english);
		jw_end(w);
	}
	jw_end(w);
}

static void put_result(struct jw *w, const struct detecting *d, str text)
{
	jw_object(w);
	if (d->what == SAY_DETECTION) {
		struct detection x = detect(d->kind, text);
		jw_put_bool(w, "found", x.found);
		jw_put_double(w, "confidence", rounded(x.confidence));
		put_words(w, text, &x);
	} else if (d->what == SAY_SENTIMENT) {
		jw_put_double(w, "sentiment", rounded(text_sentiment(text)));
	} else if (d->what == SAY_LANGUAGE) {
		struct language_guess g = language_of(text);
		jw_put_z(w, "language", g.code);
		jw_put_double(w, "confidence", rounded(g.confidence));
	} else {
		put_facts(w, d, text);
	}
	jw_end(w);
}

/* The same for people: columns parted by tabs. */
static void print_result(const struct detecting *d, str text)
{
	if (d->what == SAY_DETECTION) {
		struct detection x = detect(d->kind, text);
		printf("%s\t%.2f", x.found ? "yes" : "no", x.confidence);
		for (size_t i = 0; i < x.n; i++)
			printf("\t%.*s",
			       STR_FMT(str_sub(text, x.spans[i].at, x.spans[i].at + x.spans[i].n)));
	} else if (d->what == SAY_SENTIMENT) {
		printf("%+.2f", text_sentiment(text));
	} else if (d->what == SAY_LANGUAGE) {
		struct language_guess g = language_of(text);
		printf("%s\t%.2f", g.code, g.confidence);
	} else {
		struct fact *f;
		size_t n;
		bool first = true;
		text_facts(d->arena, text, &d->facts, &f, &n);
		for (size_t i = 0; i < n; i++) {
			if (d->what == SAY_AMOUNTS && f[i].kind != FACT_AMOUNT)
				continue;
			printf("%s%s=%.*s%s%s%s", first ? "" : "\t", fact_name(f[i].kind),
			       STR_FMT(f[i].value), *f[i].currency ? " " : "", f[i].currency,
			       f[i].ambiguous ? "?" : "");
			first = false;
		}
	}
	putchar('\n');
}

static void say(struct detecting *d, str line, struct buf *out)
{
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	str text = unescape(d->arena, line);
	if (!d->json) {
		print_result(d, text);
	} else {
		struct jw w;
		buf_clear(out);
		jw_init(&w, out);
		put_result(&w, d, text);
		buf_addc(out, '\n');
		(void)fwrite(out->p, 1, out->n, stdout);
	}
	arena_clear(d->arena);
}

/* Lines of any bytes; of a longer one the first LINE_MAX_BYTES count. The last needs no end. */
static int each_line(struct detecting *d)
{
	BUF_AUTO line;
	BUF_AUTO out;
	static const size_t step = 1 << 16;
	char *chunk = xmalloc(step);
	size_t n;
	bool any = false;
	buf_init(&line, 0);
	buf_init(&out, OUT_MAX);
	while ((n = fread(chunk, 1, step, stdin)) > 0) {
		str rest = str_n(chunk, n);
		while (rest.n) {
			ptrdiff_t end = str_chr(rest, '\n');
			str piece = end < 0 ? rest : str_sub(rest, 0, (size_t)end);
			size_t room = LINE_MAX_BYTES - line.n;
			buf_add(&line, str_sub(piece, 0, piece.n < room ? piece.n : room));
			any = true;
			rest = str_from(rest, piece.n + (end >= 0));
			if (end >= 0) {
				say(d, buf_str(&line), &out);
				buf_clear(&line);
				any = false;
			}
		}
	}
	if (any)
		say(d, buf_str(&line), &out);
	bool bad = ferror(stdin) != 0;
	free(chunk);
	return bad ? EIO : 0;
}

static bool take_now(const char *now, usec *out)
{
	str s = str_of(now);
	return date_parse_rfc3339(s, out) || date_parse_day(s, out);
}

int command_detect(struct app *app, int argc, char **argv)
{
	struct detecting d = {.facts.max = 10000};
	const char *pattern;
	while ((pattern = command_option(&argc, argv, "order-pattern"))) {
		size_t at = 0;
		const char *why = order_pattern_wrong(str_of(pattern), &at);
		if (why || d.facts.order_patterns_n == PATTERNS_MAX) {
			fprintf(stderr, "otklik: no pattern of order numbers: %s\n", pattern);
			if (why) {
				struct error e;
				char place[32];
				(void)snprintf(place, sizeof place, "1:%zu", at);
				(void)error_set(&e, ERR_INVALID, why, NULL, place);
				(void)app_fail(app, &e);
			}
			return 2;
		}
		d.patterns[d.facts.order_patterns_n++] = str_of(pattern);
	}
	d.facts.order_patterns = d.patterns;
	const char *now = command_option(&argc, argv, "now");
	d.facts.now = clock_now(app->clock);
	d.json = command_flag(&argc, argv, "json");
	const char *kind = command_option(&argc, argv, "kind");
	if (argc != 1 || !kind || !choose(&d, kind) || (now && !take_now(now, &d.facts.now)))
		return command_usage(app, "detect");
	d.arena = arena_new();
	int why = each_line(&d);
	arena_free(d.arena);
	if (why || fflush(stdout) != 0) {
		fprintf(stderr, "otklik: standard %s failed\n", why ? "input" : "output");
		return 1;
	}
	return 0;
}
