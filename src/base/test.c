/* test.c: see test.h. Linked into test programs only. */
#include "base/test.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

struct test {
	const char *name, *file;
	void (*fn)(void);
};

static struct test tests[4096];
static size_t n_tests;
static jmp_buf leave;
static char why[512];
static char tmp_dir[256];
static struct {
	int passed, failed, skipped;
} counts;
enum { LEFT_FAILED = 1, LEFT_SKIPPED };

void test_register(const char *name, const char *file, void (*fn)(void))
{
	if (n_tests == COUNT_OF(tests))
		abort();
	tests[n_tests++] = (struct test){name, file, fn};
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(why, sizeof why, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vsnprintf(why + n, sizeof why - (size_t)n, fmt, ap);
	va_end(ap);
	longjmp(leave, LEFT_FAILED);
}

void test_skip(const char *reason)
{
	snprintf(why, sizeof why, "%s", reason);
	longjmp(leave, LEFT_SKIPPED);
}

void test_check_str(const char *file, int line, str got, str want)
{
	if (!str_eq(got, want))
		test_fail(file, line, "got \"%.*s\", want \"%.*s\"", STR_FMT(got), STR_FMT(want));
}

void test_check_int(const char *file, int line, int64_t got, int64_t want)
{
	if (got != want)
		test_fail(file, line, "got %lld, want %lld", (long long)got, (long long)want);
}

void test_check_ok(const char *file, int line, enum err got, const struct error *e)
{
	if (got != ERR_OK)
		test_fail(file, line, "error %s %s field=%s arg=%s %s", err_name(got),
		          e ? e->key : "", e ? e->field : "", e ? e->arg : "", e ? e->detail : "");
}

const char *test_data_dir(void)
{
	const char *dir = getenv("OTKLIK_DATA");
	if (!dir || access(dir, R_OK) != 0)
		test_skip("$OTKLIK_DATA names no folder");
	return dir;
}

/* A path of the sources: in $OTKLIK_SOURCE, or found from where this file was compiled. */
static str source_path(struct arena *a, const char *path)
{
	const char *source = getenv("OTKLIK_SOURCE");
	if (source)
		return str_printf(a, "%s/%s", source, path);
	/* As the compiler was given it: absolute, or as seen from the folder of this program. */
	str here = str_of(__FILE__);
	str root = str_sub(here, 0, (size_t)str_find(here, STR("src/base/")));
	if (root.n && root.p[0] == '/')
		return str_printf(a, "%.*s%s", STR_FMT(root), path);
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe);
	str dir = str_n(exe, n < 0 ? 0 : (size_t)n);
	dir = str_sub(dir, 0, (size_t)(str_rchr(dir, '/') + 1));
	return str_printf(a, "%.*s%.*s%s", STR_FMT(dir), STR_FMT(root), path);
}

str test_case_dir(struct arena *a, const char *name)
{
	return source_path(a, str_printf(a, "tests/cases/%s", name).p);
}

str test_source_file(struct arena *a, const char *path)
{
	str full = source_path(a, path);
	FILE *f = fopen(full.p, "rbe");
	if (!f)
		test_fail(__FILE__, __LINE__, "cannot open %s", full.p);
	char *bytes = arena_alloc(a, TEST_FILE_BYTES);
	size_t n = fread(bytes, 1, TEST_FILE_BYTES, f);
	fclose(f);
	CHECK(n < TEST_FILE_BYTES);
	return str_n(bytes, n);
}

const char *test_tmp_dir(void)
{
	if (!tmp_dir[0]) {
		const char *base = getenv("TMPDIR");
		snprintf(tmp_dir, sizeof tmp_dir, "%s/otklik-test-XXXXXX", base ? base : "/tmp");
		if (!mkdtemp(tmp_dir))
			abort();
	}
	static char *dirs[4096]; /* names live as long as the program; kept reachable */
	static size_t n_dirs;
	if (n_dirs == COUNT_OF(dirs))
		abort();
	char **dir = &dirs[n_dirs++];
	if (asprintf(dir, "%s/XXXXXX", tmp_dir) < 0 || !mkdtemp(*dir))
		abort();
	return *dir;
}

static void run(const struct test *t)
{
	switch (setjmp(leave)) {
	case 0:
		t->fn();
		counts.passed++;
		break;
	case LEFT_SKIPPED:
		counts.skipped++;
		printf("skipped %s: %s\n", t->name, why);
		break;
	default:
		counts.failed++;
		printf("FAILED %s\n  %s\n", t->name, why);
	}
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < n_tests; i++)
		if (argc < 2 || strstr(tests[i].name, argv[1]))
			run(&tests[i]);
	if (tmp_dir[0] && !counts.failed) {
		char *cmd = NULL;
		if (asprintf(&cmd, "rm -rf '%s'", tmp_dir) > 0 && system(cmd) != 0)
			fprintf(stderr, "could not remove %s\n", tmp_dir);
		free(cmd);
	}
	printf("%d passed, %d failed, %d skipped\n", counts.passed, counts.failed, counts.skipped);
	return counts.failed ? 1 : 0;
}
