/* sense.h: the categorizer and the handbook of an installation from the command line. */
#ifndef OTKLIK_MAIN_SENSE_H
#define OTKLIK_MAIN_SENSE_H

#include "learn/model.h"
#include "main/app.h"

/* `otklik train` without --out: keeps the examples (of `source`; there may be none) for good, whose
 * labels find categories, then trains from everything this installation knows and lets the model
 * decide. Labels that no category has are refused, and nothing is kept, unless make_categories.
 * Says what it made, and which categories have too few examples to be learnt. brand: a slug, NULL =
 * one model for all brands. The exit status. */
struct sense_training {
	const struct learn_example *examples;
	size_t n;
	const char *source, *brand;
	bool make_categories;
};
int sense_train(struct app *app, const struct sense_training *what);
/* `otklik import articles FILE...`: lines of JSON with title, body and perhaps id, slug, language,
 * questions, state, source. The exit status. */
int sense_import_articles(struct app *app, const char *const *files, size_t n, const char *brand,
                          const char *language);

#endif
