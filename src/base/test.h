/* test.h: the test harness: a test is a function that checks.
 *
 *   TEST(split_yields_an_empty_last_piece)
 *   {
 *           CHECK(str_split(&rest, ',', &piece));
 *           CHECK_STR(piece, "a");
 *   }
 *
 * Every <name>_test.c is linked with the others of its module into one program
 * (main is in test.c), which prints each failure with its place and ends with
 * "N passed, N failed, N skipped". `prog PATTERN` runs the tests whose name
 * contains PATTERN. A test stops at its first failed check.
 */
#ifndef OTKLIK_BASE_TEST_H
#define OTKLIK_BASE_TEST_H

#include "base/err.h"
#include "base/str.h"

void test_register(const char *name, const char *file, void (*fn)(void));
NORETURN void test_fail(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Leaves the test as skipped: for data or servers that are absent. What the test holds then is
 * never freed: ask before anything is made. */
NORETURN void test_skip(const char *why);
void test_check_str(const char *file, int line, str got, str want);
void test_check_int(const char *file, int line, int64_t got, int64_t want);
void test_check_ok(const char *file, int line, enum err got, const struct error *e);

/* The folder of test data outside the project ($OTKLIK_DATA), or skips the test. */
const char *test_data_dir(void);
/* tests/cases/NAME of the sources: in $OTKLIK_SOURCE, or found from where this harness was
 * compiled. */
str test_case_dir(struct arena *a, const char *name);
/* The bytes of a file of the sources, "fuzz/corpus/pairs/one"; fails the test when it cannot be
 * read or has TEST_FILE_BYTES or more. */
#define TEST_FILE_BYTES ((size_t)1 << 20)
str test_source_file(struct arena *a, const char *path);
/* A new empty folder under $TMPDIR, removed when the program ends without failures. */
const char *test_tmp_dir(void);

#define TEST(name)                                                                                 \
	static void test_##name(void);                                                             \
	__attribute__((constructor)) static void test_register_##name(void)                        \
	{                                                                                          \
		test_register(#name, __FILE__, test_##name);                                       \
	}                                                                                          \
	static void test_##name(void)

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond))                                                                       \
			test_fail(__FILE__, __LINE__, "not true: %s", #cond);                      \
	} while (0)
#define CHECK_STR(got, literal) test_check_str(__FILE__, __LINE__, (got), str_of(literal))
#define CHECK_STRS(got, want) test_check_str(__FILE__, __LINE__, (got), (want))
#define CHECK_INT(got, want) test_check_int(__FILE__, __LINE__, (int64_t)(got), (int64_t)(want))
/* An enum err that must be ERR_OK; e (struct error *) may be NULL. */
#define CHECK_OK(got, e) test_check_ok(__FILE__, __LINE__, (got), (e))

#endif
