/* understand.c: see understand.h. */
#include "desk/understand.h"

#include "base/vec.h"
#include "text/detect.h"
#include "text/facts.h"
#include "text/language.h"

enum { LOOKED_AT = 20000, PATTERNS_MAX = 20, FACTS_MOST = 40 };
#define LANGUAGE_SURE 0.5
#define MOOD 0.35 /* of the sentiment, beside which it is none */

str desk_understand_text(struct arena *a, str subject, str text)
{
	/* A subject made of the text's own beginning says nothing more. */
	if (!subject.n || str_starts(text, subject))
		return text;
	return str_printf(a, "%.*s\n%.*s", STR_FMT(subject), STR_FMT(text));
}

static unsigned flags_of(const struct detection d[DETECT_COUNT])
{
	static const struct {
		enum detect_kind kind;
		enum sense_flag flag;
	} map[] = {{DETECT_URGENT, SENSE_URGENT},
	           {DETECT_MANAGER, SENSE_MANAGER},
	           {DETECT_ABUSE, SENSE_ABUSE},
	           {DETECT_THANKS, SENSE_THANKS}};
	unsigned flags = 0;
	for (size_t i = 0; i < COUNT_OF(map); i++)
		if (d[map[i].kind].found)
			flags |= map[i].flag;
	return flags;
}

static bool has(const struct ticket_fact *list, size_t n, str kind, str value)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i].kind, kind) && str_eq(list[i].value, value))
			return true;
	return false;
}

/* What an amount may be instead: "1500000.00 RUB". */
static str other_reading(struct arena *a, const struct fact *f)
{
	if (f->kind != FACT_AMOUNT || !f->other_minor)
		return STR("");
	return str_printf(a, "%lld.%02d%s%s", (long long)(f->other_minor / 100),
	                  (int)(f->other_minor % 100), f->currency[0] ? " " : "", f->currency);
}

static size_t patterns_of(str lines, str *out)
{
	size_t n = 0;
	str line;
	while (lines.n && n < PATTERNS_MAX && str_split(&lines, '\n', &line)) {
		line = str_trim(line);
		if (line.n && order_pattern_valid(line))
			out[n++] = line;
	}
	return n;
}

static void find_facts(struct arena *a, str all, const struct sense_rule *rule, usec now,
                       int64_t pictures, const struct detection *photo, struct understood *out)
{
	VEC(struct ticket_fact) v = {0};
	str patterns[PATTERNS_MAX];
	struct fact *found;
	size_t n;
	const struct facts_options o = {.order_patterns = patterns,
	                                .order_patterns_n =
	                                    patterns_of(rule->order_patterns, patterns),
	                                .now = now,
	                                .max = FACTS_MOST,
	                                .photo = photo};
	text_facts(a, all, &o, &found, &n);
	for (size_t i = 0; i < n; i++) {
		str kind = str_of(fact_name(found[i].kind));
		/* A photo that is only spoken of is none. */
		if (found[i].kind == FACT_PHOTO || has(v.p, v.n, kind, found[i].value))
			continue;
		str value = found[i].value;
		if (found[i].kind == FACT_AMOUNT && found[i].currency[0])
			value = str_printf(a, "%.*s %s", STR_FMT(value), found[i].currency);
		*vec_push(a, &v) = (struct ticket_fact){
		    .kind = kind,
		    .value = value,
		    .text = str_to_utf8(a, str_sub(all, found[i].at, found[i].at + found[i].n)),
		    .ambiguous = found[i].ambiguous,
		    .other = other_reading(a, &found[i]),
		};
	}
	if (pictures)
		*vec_push(a, &v) = (struct ticket_fact){
		    .kind = STR("photo"), .value = str_printf(a, "%lld", (long long)pictures)};
	out->facts = v.p;
	out->n_facts = v.n;
}

void desk_understand(struct arena *a, str subject, bool said, str text, int64_t pictures,
                     const struct sense_rule *rule, usec now, struct understood *out)
{
	*out = (struct understood){.language = STR("")};
	str all = str_cut_utf8(desk_understand_text(a, subject, text), LOOKED_AT);
	struct language_guess lang = language_of(text.n ? str_cut_utf8(text, LOOKED_AT) : all);
	if (lang.confidence >= LANGUAGE_SURE && strcmp(lang.code, "und") != 0)
		out->language = str_of(lang.code);
	struct detection found[DETECT_COUNT];
	double mood;
	detect_all(said ? all : str_cut_utf8(text, LOOKED_AT), found, &mood);
	out->sentiment = mood > MOOD ? 1 : mood < -MOOD ? -1 : 0;
	out->flags = flags_of(found);
	find_facts(a, all, rule, now, pictures, &found[DETECT_PHOTO], out);
}
