/* detect_testing.h: labelled texts of tests/cases/detect/, for tests only.
 *
 * A line is what is expected, a tab and the text; "\n" in it is a line end, "\\" a backslash. Lines
 * with # are remarks.
 */
#ifndef OTKLIK_TEXT_DETECT_TESTING_H
#define OTKLIK_TEXT_DETECT_TESTING_H

#include "base/str.h"

struct labelled {
	str want, text;
	int line;
};

struct cases {
	struct labelled *p;
	size_t n;
};

/* The file of that name; the test fails when it cannot be read. */
struct cases cases_read(struct arena *a, const char *name);

/* Precision and recall of a detector that says yes or no. */
struct score {
	size_t right, false_alarms, missed, quiet;
};
void score_add(struct score *s, const struct labelled *l, bool want, bool got);
/* Prints and checks both against a floor in percent. */
void score_check(const struct score *s, const char *name, size_t floor);

#endif
