/* understand.c: see understand.h. */
#include "desk/understand.h"

#include "base/vec.h"
#include "text/language.h"

enum { LOOKED_AT = 20000 }; /* bytes of a text */
#define LANGUAGE_SURE 0.5

str desk_understand_text(struct arena *a, str subject, str text)
{
	/* A subject made of the text's own beginning says nothing more. */
	if (!subject.n || str_starts(text, subject))
		return text;
	return str_printf(a, "%.*s\n%.*s", STR_FMT(subject), STR_FMT(text));
}

void desk_understand(struct arena *a, str subject, str text, int64_t pictures,
                     const struct sense_rule *rule, usec now, struct understood *out)
{
	(void)rule;
	(void)now;
	*out = (struct understood){.language = STR("")};
	str all = str_cut_utf8(desk_understand_text(a, subject, text), LOOKED_AT);
	struct language_guess lang = language_of(text.n ? str_cut_utf8(text, LOOKED_AT) : all);
	if (lang.confidence >= LANGUAGE_SURE && strcmp(lang.code, "und") != 0)
		out->language = str_of(lang.code);
	VEC(struct fact) facts = {0};
	if (pictures)
		*vec_push(a, &facts) = (struct fact){
		    .kind = STR("photo"), .value = str_printf(a, "%lld", (long long)pictures)};
	out->facts = facts.p;
	out->n_facts = facts.n;
}
