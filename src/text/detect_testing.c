/* detect_testing.c: see detect_testing.h. */
#include "text/detect_testing.h"

#include "base/test.h"
#include "base/vec.h"

static str unescape(struct arena *a, str s)
{
	char *out = arena_alloc(a, s.n);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n) {
			i++;
			out[n++] = s.p[i] == 'n' ? '\n' : s.p[i];
		} else {
			out[n++] = s.p[i];
		}
	}
	return str_n(out, n);
}

struct cases cases_read(struct arena *a, const char *name)
{
	str rest = test_source_file(a, str_printf(a, "tests/cases/detect/%s", name).p), line;
	VEC(struct labelled) v = {0};
	for (int number = 1; str_split(&rest, '\n', &line); number++) {
		ptrdiff_t tab = str_chr(line, '\t');
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (tab < 0)
			test_fail(__FILE__, __LINE__, "%s:%d: no tab", name, number);
		*vec_push(a, &v) = (struct labelled){
		    .want = str_sub(line, 0, (size_t)tab),
		    .text = unescape(a, str_from(line, (size_t)tab + 1)),
		    .line = number,
		};
	}
	return (struct cases){v.p, v.n};
}

void score_add(struct score *s, const struct labelled *l, bool want, bool got)
{
	if (want != got)
		printf("  %s at line %d: %.*s\n", got ? "false alarm" : "missed", l->line,
		       STR_FMT(l->text));
	s->right += want && got;
	s->missed += want && !got;
	s->false_alarms += !want && got;
	s->quiet += !want && !got;
}

void score_check(const struct score *s, const char *name, size_t floor)
{
	size_t said = s->right + s->false_alarms, there = s->right + s->missed;
	printf("  %s: precision %.1f, recall %.1f of %zu with and %zu without\n", name,
	       said ? 100.0 * (double)s->right / (double)said : 100.0,
	       there ? 100.0 * (double)s->right / (double)there : 100.0, there,
	       s->quiet + s->false_alarms);
	CHECK(s->right * 100 >= said * floor);
	CHECK(s->right * 100 >= there * floor);
}
