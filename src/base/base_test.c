/* base_test.c: strings, builders, arenas, maps. */
#include "base/buf.h"
#include "base/map.h"
#include "base/test.h"
#include "base/vec.h"

TEST(str_split_gives_every_piece)
{
	str rest = STR("a,,b,"), piece;
	CHECK(str_split(&rest, ',', &piece));
	CHECK_STR(piece, "a");
	CHECK(str_split(&rest, ',', &piece));
	CHECK_STR(piece, "");
	CHECK(str_split(&rest, ',', &piece));
	CHECK_STR(piece, "b");
	CHECK(str_split(&rest, ',', &piece));
	CHECK_STR(piece, "");
	CHECK(!str_split(&rest, ',', &piece));
}

TEST(str_to_i64_takes_whole_numbers_in_range_only)
{
	int64_t v;
	CHECK(str_to_i64(STR("-9223372036854775808"), &v) && v == INT64_MIN);
	CHECK(str_to_i64(STR("9223372036854775807"), &v) && v == INT64_MAX);
	CHECK(!str_to_i64(STR("9223372036854775808"), &v));
	CHECK(!str_to_i64(STR(""), &v));
	CHECK(!str_to_i64(STR("-"), &v));
	CHECK(!str_to_i64(STR("1 "), &v));
}

TEST(utf8_is_checked_strictly)
{
	CHECK(str_is_utf8(STR("привет, \xf0\x9f\x98\x80")));
	CHECK(!str_is_utf8(STR("\xc0\x80")));     /* overlong */
	CHECK(!str_is_utf8(STR("\xed\xa0\x80"))); /* surrogate */
	CHECK(!str_is_utf8(STR("\xf4\x90\x80\x80")));
	CHECK(!str_is_utf8(STR("\xd0")));
	ARENA_AUTO a = arena_new();
	CHECK_STR(str_to_utf8(a, str_n("a\0\xff"
	                               "b",
	                               4)),
	          "a\xef\xbf\xbd\xef\xbf\xbd"
	          "b");
	CHECK_STR(str_cut_utf8(STR("яя"), 3), "я");
	CHECK_INT(str_utf8_len(STR("яя1")), 3);
}

TEST(base64_and_hex_round_trip)
{
	ARENA_AUTO a = arena_new();
	for (size_t n = 0; n < 40; n++) {
		char bytes[40];
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)(i * 37 + n);
		str out;
		for (int url = 0; url < 2; url++) {
			CHECK(str_unbase64(a, str_base64(a, str_n(bytes, n), url), url, &out));
			CHECK_STRS(out, str_n(bytes, n));
		}
		CHECK(str_unhex(a, str_hex(a, str_n(bytes, n)), &out));
		CHECK_STRS(out, str_n(bytes, n));
	}
	str out;
	CHECK(!str_unbase64(a, STR("a"), true, &out));
	CHECK(!str_unbase64(a, STR("ab=c"), false, &out));
	CHECK(!str_unhex(a, STR("0g"), &out));
}

TEST(buf_stops_at_its_maximum_and_says_so)
{
	BUF_AUTO b;
	buf_init(&b, 5);
	buf_addz(&b, "abc");
	buf_addz(&b, "def");
	CHECK(b.failed);
	buf_addc(&b, 'x');
	CHECK_STR(buf_str(&b), "abc");
	buf_clear(&b);
	buf_add_i64(&b, -1200);
	CHECK_STR(buf_str(&b), "-1200");
	buf_release(&b);
	buf_init(&b, 0);
	buf_add_i64(&b, INT64_MIN);
	CHECK_STR(buf_str(&b), "-9223372036854775808");
	buf_consume(&b, 15);
	CHECK_STR(buf_str(&b), "75808");
}

static void count(void *arg)
{
	++*(int *)arg;
}

TEST(arena_keeps_contents_and_runs_finalizers_once)
{
	struct arena *a = arena_new();
	int calls = 0;
	arena_on_free(a, count, &calls);
	VEC(int) v = {0};
	for (int i = 0; i < 10000; i++)
		*vec_push(a, &v) = i;
	for (int i = 0; i < 10000; i++)
		CHECK_INT(v.p[i], i);
	char *big = arena_alloc(a, 1 << 20);
	CHECK(big[(1 << 20) - 1] == 0);
	arena_clear(a);
	CHECK_INT(calls, 1);
	CHECK(str_is(str_printf(a, "%d-%s", 7, "x"), "7-x"));
	arena_free(a);
	CHECK_INT(calls, 1);
}

TEST(map_finds_what_was_put)
{
	struct map *m = map_new();
	int64_t values[1000];
	for (int64_t i = 0; i < 1000; i++) {
		values[i] = i;
		CHECK(!map_put(m, map_key_i64(&i), &values[i]));
	}
	int64_t k = 500, none = 5000;
	CHECK(map_get(m, map_key_i64(&k)) == &values[500]);
	CHECK(!map_get(m, map_key_i64(&none)));
	CHECK(map_remove(m, map_key_i64(&k)) == &values[500]);
	CHECK(!map_get(m, map_key_i64(&k)));
	CHECK_INT(map_count(m), 999);
	map_free(m);
}

TEST(error_is_cut_at_a_character)
{
	struct error e;
	char long_arg[300];
	memset(long_arg, 'x', sizeof long_arg - 1);
	memcpy(long_arg + 126, "я", 2);
	long_arg[299] = 0;
	CHECK_INT(error_set(&e, ERR_INVALID, "error.too_long", "subject", long_arg), ERR_INVALID);
	CHECK_INT(strlen(e.arg), 126);
}
