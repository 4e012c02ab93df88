#include "base/test.h"
#include "json/read.h"
#include "json/write.h"

static const struct json *read_ok(struct arena *a, const char *text)
{
	const struct json *v;
	struct error e;
	CHECK_OK(json_parse(a, str_of(text), NULL, &v, &e), &e);
	return v;
}

TEST(json_writes_nested_values)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	struct jw w;
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_i64(&w, "id", INT64_MIN);
	jw_put_id(&w, "none", 0);
	jw_put_time(&w, "at", (usec)1732198920 * USEC_SECOND + 5);
	jw_put_time(&w, "never", 0);
	jw_put_bool(&w, "open", true);
	jw_put_array(&w, "tags");
	jw_str(&w, STR("vip"));
	jw_array(&w);
	jw_end(&w);
	jw_object(&w);
	jw_end(&w);
	jw_double(&w, 0.1);
	jw_double(&w, 1.0 / 0.0);
	jw_end(&w);
	jw_put_raw(&w, "raw", STR("[1]"));
	jw_put_null(&w, "z");
	CHECK(!jw_done(&w));
	jw_end(&w);
	CHECK(jw_done(&w));
	CHECK_STR(buf_str(&b),
	          "{\"id\":-9223372036854775808,\"none\":null,"
	          "\"at\":\"2024-11-21T14:22:00.000005Z\",\"never\":null,\"open\":true,"
	          "\"tags\":[\"vip\",[],{},0.1,null],\"raw\":[1],\"z\":null}");
}

TEST(json_strings_are_escaped_and_repaired)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	json_quote(&b, str_n("\"\\\n\x01</script>&\x7f\0", 16));
	CHECK_STR(buf_str(&b), "\"\\\"\\\\\\n\\u0001\\u003c/script\\u003e\\u0026\\u007f\\u0000\"");
	buf_clear(&b);
	json_quote(&b, STR("ё\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xf0\x9f\x98\x80"));
	CHECK_STR(buf_str(&b), "\"ё\\u2028\\u2029\xe2\x80\xaa\xf0\x9f\x98\x80\"");
	buf_clear(&b);
	json_quote(&b, STR("a\xff"
	                   "b\xed\xa0\x80"
	                   "c\xc0\xaf\xe2\x80"));
	CHECK_STR(buf_str(&b), "\"a\ufffd"
	                       "b\ufffd\ufffd\ufffd"
	                       "c\ufffd\ufffd\ufffd\ufffd\"");
}

TEST(json_reads_every_kind)
{
	ARENA_AUTO a = arena_new();
	const struct json *v =
	    read_ok(a, " {\"s\":\"\\u0451\\n\",\"i\":9223372036854775807,\"d\":-1.5,"
	               "\"t\":true,\"f\":false,\"n\":null,\"a\":[1,[2]],\"o\":{}} ");
	CHECK_INT(v->n, 8);
	CHECK_STR(v->keys[1], "i");
	CHECK_STR(json_get_str(v, "s", STR("")), "ё\n");
	CHECK_INT(json_get_i64(v, "i", 0), INT64_MAX);
	CHECK(json_get_double(v, "d", 0) == -1.5);
	CHECK(json_get_bool(v, "t", false) && !json_get_bool(v, "f", true));
	CHECK(json_absent(json_get(v, "n")) && json_get(v, "n")->kind == JSON_KIND_NULL);
	CHECK(json_absent(json_get(v, "zzz")) && json_get(v, "zzz")->kind == JSON_KIND_NONE);
	CHECK_INT(json_at(json_at(json_get(v, "a"), 1), 0)->i, 2);
	CHECK_INT(json_at(json_get(json_get(v, "o"), "x"), 3)->kind, JSON_KIND_NONE);
	CHECK_STR(json_get_str(v, "i", STR("other")), "other");
	CHECK_INT(read_ok(a, "7")->i, 7);
}

TEST(json_refuses_what_is_wrong)
{
	static const char *const wrong[] = {
	    "",
	    "{",
	    "[1,]",
	    "{\"a\":1,\"a\":2}",
	    "{'a':1}",
	    "[1] 2",
	    "nul",
	    "01",
	    "+1",
	    "\"\\u0000\"",
	    "\"\\ud800\"",
	    "\"\n\"",
	    "\"\xff\"",
	    "9223372036854775808",
	    "1e999",
	    "// x\n1",
	    "[NaN]",
	};
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		const struct json *v;
		struct error e;
		if (json_parse(a, str_of(wrong[i]), NULL, &v, &e) != ERR_SYNTAX)
			test_fail(__FILE__, __LINE__, "accepted %s", wrong[i]);
		CHECK_STR(str_of(e.key), "error.bad_json");
	}
	const struct json *v;
	struct error e;
	CHECK_INT(json_parse(a, STR("{\n \"a\": x}"), NULL, &v, &e), ERR_SYNTAX);
	CHECK(str_starts(str_of(e.arg), STR("2:")));
	CHECK_INT(json_parse(a, str_n("1\0", 2), NULL, &v, &e), ERR_SYNTAX);
}

TEST(json_limits_hold_before_the_parser_runs)
{
	ARENA_AUTO a = arena_new();
	const struct json *v;
	struct error e;
	char *deep = arena_alloc(a, 100000);
	memset(deep, '[', 100000);
	CHECK_INT(json_parse(a, str_n(deep, 100000), NULL, &v, &e), ERR_TOO_LARGE);
	CHECK_STR(str_of(e.key), "error.json_too_deep");
	struct json_limits l = {.bytes = 8, .values = 3, .depth = 1};
	CHECK_INT(json_parse(a, STR("\"12345678\""), &l, &v, &e), ERR_TOO_LARGE);
	CHECK_INT(json_parse(a, STR("[1,2,3]"), &l, &v, &e), ERR_TOO_LARGE);
	CHECK_INT(json_parse(a, STR("[[]]"), &l, &v, &e), ERR_TOO_LARGE);
	CHECK_OK(json_parse(a, STR("[\"[[[,\"]"), &(struct json_limits){.values = 2, .depth = 1},
	                    &v, &e),
	         &e);
}

TEST(json_what_is_written_reads_back)
{
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 0);
	struct jw w;
	jw_init(&w, &b);
	jw_array(&w);
	jw_double(&w, 3.141592653589793);
	jw_double(&w, 1e300);
	jw_double(&w, -0.0);
	jw_str(&w, STR("<&>\xe2\x80\xa8 \x1f \"\\"));
	jw_end(&w);
	const struct json *v = read_ok(a, str_z(a, buf_str(&b)));
	CHECK(json_at(v, 0)->d == 3.141592653589793);
	CHECK(json_at(v, 1)->d == 1e300);
	CHECK_INT(json_at(v, 2)->i, 0);
	CHECK_STR(json_at(v, 3)->s, "<&>\xe2\x80\xa8 \x1f \"\\");
}

/* What must be escaped is seen wherever it stands. */
TEST(each_byte_is_escaped_at_each_place)
{
	for (int c = 1; c < 0x80; c++) {
		for (size_t at = 0; at < 20; at++) {
			char text[21], want[32];
			memset(text, 'a', 20);
			text[20] = 0;
			text[at] = (char)c;
			bool escaped = c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&';
			snprintf(want, sizeof want, "\"%.*s\\u%04x%s\"", (int)at, text, c,
			         text + at + 1);
			if (c == '"' || c == '\\')
				snprintf(want, sizeof want, "\"%.*s\\%c%s\"", (int)at, text, c,
				         text + at + 1);
			else if (c == '\n' || c == '\r' || c == '\t')
				snprintf(want, sizeof want, "\"%.*s\\%c%s\"", (int)at, text,
				         c == '\n'   ? 'n'
				         : c == '\r' ? 'r'
				                     : 't',
				         text + at + 1);
			else if (!escaped)
				snprintf(want, sizeof want, "\"%s\"", text);
			BUF_AUTO b;
			buf_init(&b, 0);
			json_quote(&b, str_of(text));
			CHECK_STR(buf_str(&b), want);
		}
	}
}

TEST(an_integer_past_64_bits_is_a_real_number_if_asked)
{
	ARENA_AUTO a = arena_new();
	struct json_limits wide = {.wide = true};
	const struct json *v;
	struct error e;
	CHECK_OK(json_parse(a,
	                    STR("{\"s\":\"99999999999999999999 \\\" 1\",\"n\":99999999999999999999,"
	                        "\"m\":[-99999999999999999999],\"i\":9223372036854775807}"),
	                    &wide, &v, &e),
	         &e);
	CHECK_STR(json_get(v, "s")->s, "99999999999999999999 \" 1");
	CHECK_INT(json_get(v, "n")->kind, JSON_KIND_DOUBLE);
	CHECK(json_get(v, "n")->d > 9e19);
	CHECK(json_at(json_get(v, "m"), 0)->d < -9e19);
	CHECK_INT(json_get_i64(v, "i", 0), INT64_MAX);
	char *long_one = arena_alloc(a, 5000);
	memset(long_one, '7', 5000);
	CHECK_OK(json_parse(a, str_n(long_one, 5000), &wide, &v, &e), &e);
	CHECK(v->d > 1e200);
	CHECK_INT(json_parse(a, STR("[99999999999999999999,1e999]"), &wide, &v, &e), ERR_SYNTAX);
	CHECK_INT(json_parse(a, STR("[99999999999999999999"), &wide, &v, &e), ERR_SYNTAX);
	CHECK_INT(json_parse(a, STR("99999999999999999999"), NULL, &v, &e), ERR_SYNTAX);
}
