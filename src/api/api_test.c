/* Tests of api/: decoding and its errors, routes, headers. The API over HTTP is
 * tested with the whole service, in main/. */
#include "base/test.h"

#include "api/image.h"

static struct arena *arena;

static enum err decode(const struct api_type *type, void *out, const char *text, struct error *e)
{
	const struct json *j;
	arena_free(arena);
	arena = arena_new();
	memset(out, 0, type->size);
	enum err err = json_parse(arena, str_of(text), &(struct json_limits){.wide = true}, &j, e);
	return err ? err : api_read(arena, type, j, out, e);
}

static void wrong(const struct api_type *type, const char *text, const char *field, const char *key)
{
	struct error e = {.code = ERR_OK};
	char out[4096];
	CHECK(type->size <= sizeof out);
	CHECK_INT(decode(type, out, text, &e), ERR_INVALID);
	CHECK_STR(str_of(e.field), field);
	CHECK_STR(str_of(e.key), key);
}

TEST(a_ticket_is_decoded)
{
	struct api_ticket_create t;
	struct error e;
	CHECK_OK(decode(&api_ticket_create_type, &t,
	                "{\"subject\":\"Где заказ\",\"text\":\"x\\ny\",\"to\":{\"address\":"
	                "\"Anna@Shop.Test\"},\"cc\":[{\"address\":\"b@x.test\",\"name\":\"B\"}],"
	                "\"tags\":[\"a\",\"b\"],\"status\":\"on_hold\",\"uploads\":[7],"
	                "\"from_customer\":true,\"contact_id\":null}",
	                &e),
	         &e);
	CHECK_STR(t.subject, "Где заказ");
	CHECK(t.has_to && !t.to.has_name && !t.has_contact_id && t.has_cc && !t.has_bcc);
	CHECK_STR(t.to.address, "Anna@shop.test");
	CHECK_INT(t.n_cc, 1);
	CHECK_STR(t.cc[0].name, "B");
	CHECK_INT(t.n_tags, 2);
	CHECK_STR(t.tags[1], "b");
	CHECK_INT(t.status, API_TICKET_STATUS_ON_HOLD);
	CHECK_INT(t.uploads[0], 7);
	CHECK(t.has_from_customer && t.from_customer);
	arena_free(arena);
	arena = NULL;
}

TEST(errors_name_the_field_and_what_is_wrong)
{
	const struct api_type *t = &api_ticket_create_type, *p = &api_ticket_patch_type;
	wrong(t, "[]", "", "error.not_an_object");
	wrong(t, "{}", "subject", "error.required");
	wrong(t, "{\"subject\":\"\",\"text\":\"x\"}", "subject", "error.required");
	wrong(t, "{\"subject\":null,\"text\":\"x\"}", "subject", "error.required");
	wrong(t, "{\"subject\":1,\"text\":\"x\"}", "subject", "error.not_text");
	wrong(t, "{\"subject\":\"a\\u0007\",\"text\":\"x\"}", "subject", "error.control_character");
	wrong(t, "{\"subject\":\"a\",\"text\":\"x\",\"colour\":1}", "colour",
	      "error.unknown_field");
	wrong(t, "{\"subject\":\"a\",\"text\":\"x\",\"cc\":{}}", "cc", "error.not_a_list");
	wrong(t,
	      "{\"subject\":\"a\",\"text\":\"x\",\"cc\":[{\"address\":\"a@b.test\"},{\"address\":"
	      "\"nobody\"}]}",
	      "cc.1.address", "error.not_an_email");
	wrong(t, "{\"subject\":\"a\",\"text\":\"x\",\"cc\":[{}]}", "cc.0.address",
	      "error.required");
	wrong(t, "{\"subject\":\"a\",\"text\":\"x\",\"cc\":[7]}", "cc.0", "error.not_an_object");
	wrong(t, "{\"subject\":\"a\",\"text\":\"x\",\"status\":\"opened\"}", "status",
	      "error.not_one_of");
	wrong(t, "{\"subject\":\"a\",\"text\":\"x\",\"line_id\":0}", "line_id",
	      "error.out_of_range");
	wrong(t, "{\"subject\":\"a\",\"text\":\"x\",\"line_id\":\"1\"}", "line_id",
	      "error.not_a_number");
	wrong(t, "{\"subject\":\"a\",\"text\":\"x\",\"line_id\":1.5}", "line_id",
	      "error.not_a_number");
	wrong(t, "{\"subject\":\"a\",\"text\":\"x\",\"from_customer\":1}", "from_customer",
	      "error.not_a_flag");
	wrong(p, "{\"assignee_id\":-1}", "assignee_id", "error.out_of_range");
	wrong(p, "{\"assignee_id\":99999999999999999999}", "assignee_id", "error.out_of_range");
	wrong(p, "{\"assignee_id\":-99999999999999999999}", "assignee_id", "error.out_of_range");
	wrong(&api_ticket_bulk_type, "{\"ids\":[],\"change\":{}}", "ids", "error.too_few_items");
	wrong(&api_ticket_bulk_type, "{\"ids\":[1],\"change\":{\"subject\":\"\"}}",
	      "change.subject", "error.required");
	wrong(&api_contact_patch_type, "{\"attributes\":{\"a\":1}}", "attributes.a",
	      "error.not_text");
	wrong(&api_contact_create_type, "{\"phone\":\"tomorrow\"}", "phone", "error.not_a_phone");
	wrong(&api_api_token_create_type,
	      "{\"name\":\"a\",\"rights\":[\"export\"],\"expires_at\":\"soon\"}", "expires_at",
	      "error.not_a_time");
	arena_free(arena);
	arena = NULL;
}

TEST(lengths_are_counted_in_characters)
{
	struct error e;
	struct api_tag_in tag;
	ARENA_AUTO a = arena_new();
	BUF_AUTO b;
	buf_init(&b, 4096);
	buf_addz(&b, "{\"name\":\"");
	for (int i = 0; i < 60; i++)
		buf_addz(&b, "щ");
	buf_addz(&b, "\"}");
	CHECK_OK(decode(&api_tag_in_type, &tag, str_z(a, buf_str(&b)), &e), &e);
	CHECK_INT(tag.name.n, 120);
	b.n -= 2;
	buf_addz(&b, "щ\"}");
	CHECK_INT(decode(&api_tag_in_type, &tag, str_z(a, buf_str(&b)), &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.too_long");
	CHECK_STR(str_of(e.arg), "60");
	arena_free(arena);
	arena = NULL;
}

TEST(pictures_are_kept_within_bounds)
{
	ARENA_AUTO a = arena_new();
	str big = str_n(arena_alloc(a, 2000), 2000), body;
	struct api_images *im = api_images_new(5000);
	for (int i = 0; i < 600; i++)
		api_images_keep(im, str_printf(a, "https://x.test/%d", i), str_sub(big, 0, 7), i);
	CHECK(!api_images_find(im, a, STR("https://x.test/0"), 600, &body));
	CHECK(api_images_find(im, a, STR("https://x.test/599"), 600, &body) && body.n == 7);
	api_images_keep(im, STR("huge"), big, 601); /* more than its share */
	CHECK(!api_images_find(im, a, STR("huge"), 601, &body));
	for (int i = 0; i < 10; i++)
		api_images_keep(im, str_printf(a, "b%d", i), str_sub(big, 0, 1250), 700 + i);
	CHECK(!api_images_find(im, a, STR("b5"), 720, &body));
	CHECK(api_images_find(im, a, STR("b9"), 720, &body) && body.n == 1250);
	CHECK(!api_images_find(im, a, STR("b9"), 720 + 7 * USEC_HOUR, &body));
	api_images_free(im);
}

TEST(nobody_takes_all_the_threads_that_fetch_pictures)
{
	struct api_images *im = api_images_new(5000);
	for (int i = 0; i < API_IMAGES_EACH; i++)
		CHECK(api_images_enter(im, 7));
	CHECK(!api_images_enter(im, 7));
	CHECK(api_images_enter(im, 8));
	api_images_leave(im, 7);
	CHECK(api_images_enter(im, 7));
	CHECK(!api_images_enter(im, 7));
	for (int i = 0; i < API_IMAGES_EACH; i++)
		api_images_leave(im, 7);
	/* The places of those who are done serve others. */
	for (int64_t id = 100; id < 1100; id++) {
		CHECK(api_images_enter(im, id));
		api_images_leave(im, id);
	}
	api_images_free(im);
}

static void wrong_query(const char *query, const char *field, const char *key)
{
	ARENA_AUTO a = arena_new();
	struct error e = {.code = ERR_OK};
	struct api_ticket_list_query q = {0};
	CHECK_INT(api_read_query(a, &api_ticket_list_query_type, str_of(query), &q, &e),
	          ERR_INVALID);
	CHECK_STR(str_of(e.field), field);
	CHECK_STR(str_of(e.key), key);
}

TEST(query_strings_are_decoded)
{
	ARENA_AUTO a = arena_new();
	struct error e;
	struct api_ticket_list_query q = {0};
	CHECK_OK(api_read_query(
	             a, &api_ticket_list_query_type,
	             STR("view=mine&waiting=true&assignee_id=0&tag=%D1%89+x&limit=&line_id=3"), &q,
	             &e),
	         &e);
	CHECK_STR(q.view, "mine");
	CHECK(q.has_waiting && q.waiting && q.has_assignee_id && !q.has_limit);
	CHECK_STR(q.tag, "щ x");
	CHECK_INT(q.line_id, 3);
	wrong_query("limit=0", "limit", "error.out_of_range");
	wrong_query("limit=201", "limit", "error.out_of_range");
	wrong_query("limit=ten", "limit", "error.not_a_number");
	wrong_query("waiting=maybe", "waiting", "error.not_a_flag");
	wrong_query("view=a&view=b", "view", "error.repeated");
	wrong_query("sort_by=x", "sort_by", "error.unknown_field");
	struct api_search_query s = {0};
	CHECK_INT(api_read_query(a, &api_search_query_type, STR(""), &s, &e), ERR_INVALID);
	CHECK_STR(str_of(e.field), "q");
}

TEST(answers_are_written)
{
	BUF_AUTO b;
	struct jw w;
	buf_init(&b, 4096);
	jw_init(&w, &b);
	const struct api_me_patch unused UNUSED = {0};
	const struct api_event ev = {.id = 7,
	                             .schema = 1,
	                             .at = USEC_SECOND,
	                             .type = STR("x"),
	                             .data = STR("{\"n\":5,\"s\":\"t\",\"b\":true}")};
	api_event_write(&w, &ev);
	CHECK(jw_done(&w));
	CHECK_STR(buf_str(&b),
	          "{\"id\":7,\"schema\":1,\"at\":\"1970-01-01T00:00:01.000000Z\",\"type\":\"x\","
	          "\"audience\":\"\",\"actor\":\"\",\"ticket_id\":null,\"line_id\":null,"
	          "\"brand_id\":null,\"data\":{\"n\":\"5\",\"s\":\"t\",\"b\":\"true\"}}");
	buf_clear(&b);
	jw_init(&w, &b);
	const struct api_ticket_list list = {.has_total = false};
	api_ticket_list_write(&w, &list);
	CHECK_STR(buf_str(&b), "{\"items\":[],\"next\":null,\"total\":null}");
	buf_clear(&b);
	jw_init(&w, &b);
	const int64_t lines[] = {1, 2};
	const struct api_api_token token = {
	    .id = 1, .has_line_ids = true, .line_ids = lines, .n_line_ids = 2};
	api_api_token_write(&w, &token);
	CHECK(str_find(buf_str(&b), STR("\"line_ids\":[1,2],\"brand_ids\":null")) > 0);
	CHECK(str_find(buf_str(&b), STR("\"token\":null")) > 0);
}

TEST(paths_find_their_routes)
{
	int64_t id = 0;
	str token = STR_NONE;
	ARENA_AUTO a = arena_new();
	const struct api_path *p = api_path_find(STR("/api/v1/tickets/42/messages"), &id, &token);
	CHECK(p && p->by_method[HTTP_GET] == &api_routes[API_ROUTE_MESSAGE_LIST]);
	CHECK(p->by_method[HTTP_POST] == &api_routes[API_ROUTE_MESSAGE_CREATE]);
	CHECK_INT(id, 42);
	CHECK_STR(api_path_allow(a, p), "GET, HEAD, POST");
	p = api_path_find(STR("/api/v1/tickets/bulk"), &id, &token);
	CHECK(p && p->by_method[HTTP_POST] == &api_routes[API_ROUTE_TICKET_BULK]);
	p = api_path_find(STR("/api/v1/invitations/abc-_"), &id, &token);
	CHECK(p && p->by_method[HTTP_GET] == &api_routes[API_ROUTE_INVITATION_GET]);
	CHECK_STR(token, "abc-_");
	static const char *const none[] = {"/api/v1",
	                                   "/api/v1/",
	                                   "/api/v2/tickets",
	                                   "/api/v1/tickets/",
	                                   "/api/v1/tickets/0",
	                                   "/api/v1/tickets/-1",
	                                   "/api/v1/tickets/+1",
	                                   "/api/v1/tickets/01",
	                                   "/api/v1/tickets/x",
	                                   "/api/v1//tickets",
	                                   "/api/v1/tickets/1 ",
	                                   "/api/v1/invitations/",
	                                   "/api/v1/tickets/9223372036854775808",
	                                   "/api/v1/a/b/c/d/e/f/g"};
	for (size_t i = 0; i < COUNT_OF(none); i++)
		CHECK(!api_path_find(str_of(none[i]), &id, &token));
}

TEST(every_route_is_found_by_its_own_path)
{
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < API_ROUTE_COUNT; i++) {
		int64_t id = 0;
		str token = STR_NONE, path = STR("/api/v1"), rest = str_of(api_routes[i].path),
		    piece;
		(void)str_split(&rest, '/', &piece);
		while (str_split(&rest, '/', &piece))
			path = str_printf(a, "%.*s/%.*s", STR_FMT(path),
			                  STR_FMT(piece.p[0] == '{' ? STR("5") : piece));
		const struct api_path *p = api_path_find(path, &id, &token);
		CHECK(p && p->by_method[api_routes[i].method] == &api_routes[i]);
	}
}

TEST(file_names_cannot_break_a_header)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(api_disposition(a, false, STR("report.pdf")),
	          "attachment; filename=\"report.pdf\"");
	CHECK_STR(api_disposition(a, true, STR("a\"b\\c.png")),
	          "inline; filename=\"a_b_c.png\"; filename*=UTF-8''a%22b%5Cc.png");
	CHECK_STR(api_disposition(a, false, STR("a\r\nX: y")),
	          "attachment; filename=\"a__X: y\"; filename*=UTF-8''a%0D%0AX%3A%20y");
	CHECK_STR(api_disposition(a, false, STR("щ.txt")),
	          "attachment; filename=\"_.txt\"; filename*=UTF-8''%D1%89.txt");
}

TEST(pictures_are_told_by_their_bytes)
{
	CHECK(strcmp(api_image_type(STR("\x89PNG\r\n\x1a\n...")), "image/png") == 0);
	CHECK(strcmp(api_image_type(STR("RIFF....WEBPVP8 ")), "image/webp") == 0);
	CHECK(!api_image_type(STR("RIFF....WAVE")));
	CHECK(!api_image_type(STR("<svg onload=")));
	CHECK(!api_image_type(STR("")));
}

TEST(only_the_host_of_a_picture_is_told)
{
	CHECK_STR(api_image_host(STR("https://cdn.shop.test:8443/o?to=anna@client.test&t=s")),
	          "cdn.shop.test:8443");
	CHECK_STR(api_image_host(STR("https://anna@client.test:pw@cdn.test")), "cdn.test");
	CHECK_STR(api_image_host(STR("http://cdn.test?anna@client.test")), "cdn.test");
	CHECK_STR(api_image_host(STR("anna@client.test")), "");
}

TEST(the_language_is_the_best_that_we_have)
{
	CHECK_STR(str_of(api_language(STR("ru-RU,ru;q=0.9,en;q=0.8"))), "ru");
	CHECK_STR(str_of(api_language(STR("de, en;q=0.7, ru;q=0.75"))), "ru");
	CHECK_STR(str_of(api_language(STR("ru;q=0, en;q=0.1"))), "en");
	CHECK_STR(str_of(api_language(STR("de"))), "en");
	CHECK_STR(str_of(api_language(STR_NONE)), "en");
	CHECK_STR(str_of(api_language(STR(";;;,,q=,ru;q=zz"))), "en");
}

TEST(cookies_are_closed_to_scripts_and_other_sites)
{
	ARENA_AUTO a = arena_new();
	CHECK_STR(api_auth_cookie(a, true, STR("tok"), USEC_HOUR),
	          "__Host-otklik=tok; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=3600");
	CHECK_STR(api_auth_cookie(a, false, STR(""), USEC_HOUR),
	          "otklik=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
}

TEST(the_description_is_embedded_whole)
{
	ARENA_AUTO a = arena_new();
	const struct json *j;
	struct error e;
	const struct json_limits limits = {.bytes = 8 << 20};
	CHECK_OK(json_parse(a, str_n(api_openapi_json, api_openapi_size), &limits, &j, &e), &e);
	CHECK_STR(json_get_str(j, "openapi", STR("")), "3.1.0");
	CHECK(json_get(j, "paths")->n > 50);
}
