/* detect.c: see detect.h. The urgent word is urgency.c's, sentiments are
 * sentiment.c's, obscenity that hides is hidden.c's. */
#include "text/detect.h"

#include "text/detect_internal.h"

const char *detect_name(enum detect_kind k)
{
	static const char *const names[DETECT_COUNT] = {"urgent", "manager", "abuse", "thanks",
	                                                "photo"};
	return names[k];
}

void detection_add(struct detection *d, double confidence, size_t at, size_t n)
{
	if (confidence > d->confidence)
		d->confidence = confidence;
	for (size_t i = 0; i < d->n; i++)
		if (at < d->spans[i].at + d->spans[i].n && d->spans[i].at < at + n)
			return;
	if (d->n < RULES_SPANS)
		d->spans[d->n++] = (struct span){at, n};
}

/* ---- thanks ---- */

/* A bare "спасибо" (below this) is politeness where something is asked for or went wrong. */
#define THANKS_BARE 0.75

static void weigh_thanks(str own, bool trouble, double mood, struct detection *d)
{
	if (d->confidence <= 0)
		return;
	bool asks = str_chr(own, '?') >= 0 || trouble;
	if (d->confidence < THANKS_BARE && (asks || mood < 0))
		d->confidence = 0.3;
	else if (asks && mood < -0.6)
		d->confidence = 0.4;
}

/* ---- all ---- */

static void take_rules(struct detection *d, const struct rules_found *f, size_t offset)
{
	for (size_t i = 0; i < f->n; i++)
		detection_add(d, f->confidence, offset + f->spans[i].at, f->spans[i].n);
}

/* One piece of own words at `offset`; returns what its words sum up to. */
static double look(str own, size_t offset, struct detection out[DETECT_COUNT], bool *trouble)
{
	static const struct {
		enum detect_kind kind;
		enum rules_kind rules;
	} of_rules[] = {{DETECT_MANAGER, RULES_MANAGER},
	                {DETECT_ABUSE, RULES_ABUSE},
	                {DETECT_THANKS, RULES_THANKS},
	                {DETECT_PHOTO, RULES_PHOTO}};
	struct rules_found found[RULES_COUNT] = {0};
	struct mood mood;
	struct sentence s;
	str rest = own;
	mood_begin(&mood, own);
	sentence_begin(&s);
	while (sentence_read(&rest, &s)) {
		size_t at = (size_t)(s.text.p - own.p);
		bool alone = s.first && s.n <= 2 && s.text.n + 4 > own.n;
		rules_scan(&s, at, found);
		find_urgent(&s, alone, offset + at, &out[DETECT_URGENT]);
		mood_add(&mood, &s);
	}
	for (size_t i = 0; i < COUNT_OF(of_rules); i++)
		take_rules(&out[of_rules[i].kind], &found[of_rules[i].rules], offset);
	find_hidden(own, offset, &out[DETECT_ABUSE]);
	*trouble |= found[RULES_TROUBLE].confidence > 0;
	weigh_thanks(own, *trouble, mood_of(mood.sum), &out[DETECT_THANKS]);
	return mood.sum;
}

void detect_all(str text, struct detection out[DETECT_COUNT], double *sentiment)
{
	str rest = text, own;
	bool trouble = false;
	double sum = 0;
	memset(out, 0, DETECT_COUNT * sizeof *out);
	while (own_next(&rest, &own))
		sum += look(own, (size_t)(own.p - text.p), out, &trouble);
	*sentiment = mood_of(sum);
	if (out[DETECT_ABUSE].confidence >= 0.5) /* whoever insults does not mean it */
		out[DETECT_THANKS].confidence *= 0.5;
	for (int k = 0; k < DETECT_COUNT; k++) {
		out[k].found = out[k].confidence >= 0.5;
		if (!out[k].found)
			out[k].n = 0;
	}
}

struct detection detect(enum detect_kind k, str text)
{
	struct detection all[DETECT_COUNT];
	double mood;
	detect_all(text, all, &mood);
	return all[k];
}
