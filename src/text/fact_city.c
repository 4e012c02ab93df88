/* fact_city.c: larger cities in any case of their name (rules/cities.txt). */
#include "text/facts_internal.h"

/* Whether a name begins so: most words end here. */
static bool begins_name(str head)
{
	size_t lo = 0, hi = city_forms_n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (str_cmp(str_n(city_forms[mid].p, city_forms[mid].n), head) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < city_forms_n && str_starts(str_n(city_forms[lo].p, city_forms[lo].n), head);
}

static const struct city_form *find_form(str form)
{
	size_t lo = 0, hi = city_forms_n;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = str_cmp(str_n(city_forms[mid].p, city_forms[mid].n), form);
		if (c == 0)
			return &city_forms[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

str text_city(str name, bool english)
{
	char form[160 + WORD_FOLD_MAX];
	size_t len = 0;
	struct words words = words_of(name, false);
	struct word w;
	while (len < 160 && words_next(&words, &w)) {
		if (len > 0)
			form[len++] = ' ';
		len += word_fold(word_str(name, &w), form + len);
	}
	const struct city_form *f = find_form(str_n(form, len));
	if (!f)
		return name;
	return str_of(english ? cities[f->city].en : cities[f->city].ru);
}

/* Words [i, i + n) with one space between each; false when more stands between them. */
static bool join(const struct fact_scan *s, size_t i, size_t n, char *out, size_t room, size_t *len)
{
	*len = 0;
	for (size_t k = 0; k < n; k++) {
		if (i + k >= s->n || s->words[i + k].taken || s->words[i + k].kind != WORD_LETTERS)
			return false;
		if (k > 0) {
			str gap = fact_gap(s, i + k - 1);
			if (!str_is(gap, " ") && !str_is(gap, "-") && !str_is(gap, ". ") &&
			    !str_is(gap, "‑") && !str_is(gap, "\u00a0"))
				return false;
			out[(*len)++] = ' ';
		}
		str w = s->words[i + k].folded;
		if (*len + w.n + 1 >= room)
			return false;
		memcpy(out + *len, w.p, w.n);
		*len += w.n;
	}
	return true;
}

/* Words before a city's name that leave no doubt. */
static bool says_city(const struct fact_scan *s, size_t i)
{
	static const char *const words[] = {"г",   "город", "города", "городе",   "городу",
	                                    "гор", "city",  "м",      "доставка", "доставки"};
	static const char *const in[] = {"в", "из", "до", "в", "во", "по", "to", "in", "from"};
	if (i == 0)
		return false;
	str before = s->words[i - 1].folded;
	return FACT_IS(before, words) || (FACT_IS(before, in) && s->words[i].title);
}

/* A street, a person or a shop that is called like a city. */
static bool is_other_name(const struct fact_scan *s, size_t i)
{
	static const char *const words[] = {
	    "ул",    "улица", "улице",     "улицы",   "пр",       "проспект", "проспекте",
	    "шоссе", "пер",   "переулок",  "бульвар", "метро",    "имени",    "им",
	    "бар",   "отель", "гостиница", "кафе",    "ресторан", "тц",       "трц"};
	return i > 0 && FACT_IS(s->words[i - 1].folded, words);
}

void find_cities(struct fact_scan *s)
{
	for (size_t i = 0; i < s->n; i++) {
		char name[160];
		size_t len;
		if (s->words[i].kind != WORD_LETTERS || !begins_name(s->words[i].folded))
			continue;
		for (size_t n = 3; n > 0; n--) {
			if (!join(s, i, n, name, sizeof name, &len))
				continue;
			const struct city_form *form = find_form(str_n(name, len));
			if (!form)
				continue;
			const struct city *c = &cities[form->city];
			/* Short names in small letters are words more often ("рим", "чита"). */
			bool doubt = c->word || (len <= 6 && !s->words[i].title);
			bool sure = says_city(s, i);
			if (is_other_name(s, i) || (c->word && !sure))
				break;
			struct fact *f = fact_add(s, FACT_CITY, i, i + n, str_of(c->ru));
			f->english = c->en;
			f->ambiguous = doubt && !sure && !s->words[i].title;
			i += n - 1;
			break;
		}
	}
}
