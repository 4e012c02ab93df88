/* rules.h: phrases of rules/detect/ found in a text; the engine beneath detect.h.
 *
 * tools/gen_rules.py tells the syntax of the files. Every word of a text gets a bit for each
 * set of words it is in; a phrase is a short list of sets with gaps, matched inside one sentence.
 * A phrase without confidence takes back what it covers.
 *
 * Linear in the text: phrases reach over a few words only.
 */
#ifndef OTKLIK_TEXT_RULES_H
#define OTKLIK_TEXT_RULES_H

#include "text/sentence.h"

enum rules_kind {
	RULES_MANAGER,
	RULES_THANKS,
	RULES_TROUBLE,
	RULES_ABUSE,
	RULES_PHOTO,
	RULES_COUNT
};

/* ---- the tables ---- */

/* A word, or the begin of words. Tables are sorted by their bytes, the word before the begin. */
struct rule_word {
	const char *p;
	uint8_t n;
	bool prefix;
};
struct rule_atom {
	struct rule_word word;
	uint16_t first, sets; /* in rule_sets */
};
enum rule_what { RULE_WORD, RULE_NOT, RULE_ANY, RULE_BEGIN, RULE_END };
struct rule_element {
	enum rule_what what;
	uint16_t set;
	uint8_t gap; /* so many words may stand before it */
	bool optional, or_end;
};
struct rule_pattern {
	enum rules_kind kind;
	float confidence; /* 0: takes back */
	uint16_t first, n;
};
/* A word's weight for the sentiment, -3..3, or one of these. */
enum { WEIGHT_NOT = 100, WEIGHT_VERY, WEIGHT_LITTLE, WEIGHT_AWAITED };
struct rule_weight {
	struct rule_word word;
	int weight;
};
extern const uint16_t *const rule_sets;
extern const struct rule_atom rule_atoms[];
extern const uint16_t rule_fuzzy[]; /* atoms that are found with a typing error, too */
extern const size_t rule_atoms_n, rule_fuzzy_n, rule_patterns_n, rule_weights_n, rule_sets_n;
extern const struct rule_element rule_elements[];
extern const struct rule_pattern rule_patterns[];
extern const struct rule_weight rule_weights[];

/* ---- finding ---- */

#define RULES_SPANS 8
struct span {
	size_t at, n; /* bytes of the text */
};
struct rules_found {
	double confidence; /* of the surest phrase; 0: none */
	size_t n;          /* spans, the first in the text that were found */
	struct span spans[RULES_SPANS];
};

/* All kinds at once, added to what was found; `offset` is where the sentence begins. */
void rules_scan(const struct sentence *s, size_t offset, struct rules_found out[RULES_COUNT]);

/* A word as the tables hold them: folded, letters said three times or more once
 * ("спасибооо"), letters of the other script and digits that stand for letters put
 * right ("сyка", "пид0р"). Writes to out (WORD_FOLD_MAX bytes), returns the length. */
size_t rules_word(str text, const struct word *x, char *out);

/* The weight of such a word; 0 when it has none. */
int rules_weight(str word);

#endif
