/* search_names.c: see search_names.h. */
#include "desk/search_names.h"

#include "text/distance.h"
#include "text/fold.h"
#include "text/translit.h"

/* How lines and categories are usually called, by the beginnings of words. */
static const char *const usual_names[][2] = {
    {"logist", "логист"},   {"deliver", "достав"},   {"shipping", "достав"}, {"courier", "курьер"},
    {"parcel", "посыл"},    {"return", "возврат"},   {"refund", "возврат"},  {"exchange", "обмен"},
    {"payment", "оплат"},   {"billing", "оплат"},    {"invoice", "счет"},    {"review", "отзыв"},
    {"feedback", "отзыв"},  {"quality", "качеств"},  {"defect", "брак"},     {"product", "товар"},
    {"goods", "товар"},     {"support", "поддержк"}, {"tech", "техн"},       {"sales", "продаж"},
    {"wholesale", "опт"},   {"warranty", "гарант"},  {"repair", "ремонт"},   {"complaint", "жалоб"},
    {"claim", "претенз"},   {"general", "общ"},      {"question", "вопрос"}, {"order", "заказ"},
    {"account", "аккаунт"}, {"partner", "партнер"},
};

static bool is_end(char c)
{
	return strchr(" -/,.&()\"", c) != NULL;
}

/* One of its words begins so. */
static bool begins_word(str name, str fold)
{
	for (size_t at = 0; at + fold.n <= name.n; at++)
		if (str_starts(str_from(name, at), fold) && (!at || is_end(name.p[at - 1])))
			return true;
	return false;
}

static bool begins_usual(str name, str fold)
{
	for (size_t i = 0; i < COUNT_OF(usual_names); i++)
		for (int l = 0; l < 2; l++) {
			str said = str_of(usual_names[i][l]);
			if ((str_starts(fold, said) || (fold.n > 4 && str_starts(said, fold))) &&
			    begins_word(name, str_of(usual_names[i][!l])))
				return true;
		}
	return false;
}

/* A word of it, or all of it, with the errors that are believed of a word of that length. */
static bool nearly(str name, str typed)
{
	int max = distance_allowed(str_utf8_len(typed));
	str rest = name, word;
	if (max && text_distance(typed, name, max) <= max)
		return true;
	while (max && rest.p && str_split(&rest, ' ', &word))
		if (text_distance(typed, word, max) <= max)
			return true;
	return false;
}

enum way { WAY_WHOLE, WAY_BEGINS, WAY_USUAL, WAY_LETTERS, WAY_NEARLY, WAY_COUNT };

static bool fits(enum way way, str name, const str *typed, size_t n, bool usual)
{
	if (way == WAY_WHOLE)
		return str_eq(name, typed[0]);
	if (way == WAY_USUAL)
		return usual && begins_usual(name, typed[0]);
	for (size_t i = 0; i < n && (i == 0 || way > WAY_BEGINS); i++)
		if (way == WAY_NEARLY ? nearly(name, typed[i]) : begins_word(name, typed[i]))
			return true;
	return false;
}

size_t search_named(struct arena *a, const struct named *list, size_t n, str fold, bool usual,
                    int64_t *out)
{
	str typed[2 * TRANSLIT_MAX + 1] = {fold};
	size_t ways = 1, found = 0;
	if (!fold.n)
		return 0;
	ways += translit_to_cyrillic(a, fold, typed + ways);
	ways += translit_to_latin(a, fold, typed + ways);
	for (enum way way = WAY_WHOLE; way < WAY_COUNT && !found; way++)
		for (size_t i = 0; i < n; i++) {
			bool fit = false;
			for (size_t k = 0; k < COUNT_OF(list[i].names) && !fit; k++)
				fit = list[i].names[k].n &&
				      fits(way, text_fold(a, list[i].names[k]), typed, ways, usual);
			if (fit)
				out[found++] = list[i].id;
		}
	return found;
}
