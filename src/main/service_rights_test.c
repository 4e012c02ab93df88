/* service_rights_test.c: every route of the table, asked by nobody, by an
 * outsourced agent (one line, masked, no export), and for what is out of sight.
 *
 * Made from the route table: a new route is tested the day it is declared. Its
 * body, where it needs one, is the smallest that its type allows.
 */
#include "api/call.h"
#include "db/db_testing.h"
#include "main/service_testing.h"

#define SECRET_SUBJECT "Zauberwort"
#define SECRET_ADDRESS "geheim@customer.test"
#define SECRET_LOCAL "geheim"

/* ---- the smallest request of a type ---- */

static void smallest(struct buf *b, const struct api_type *type);

static void smallest_value(struct buf *b, const struct api_field *f)
{
	switch (f->kind) {
	case API_ID:
	case API_INT:
		buf_add_i64(b, f->min > 1 ? f->min : 1);
		break;
	case API_BOOL:
		buf_addz(b, "true");
		break;
	case API_EMAIL:
		buf_addz(b, "\"new@customer.test\"");
		break;
	case API_ENUM:
		/* MessageKind: of what an agent may write */
		if (f->names == &api_message_kind_names)
			buf_addz(b, "\"note\"");
		else
			buf_addf(b, "\"%.*s\"", STR_FMT(f->names->values[0]));
		break;
	case API_OBJECT:
		smallest(b, f->sub);
		break;
	default:
		buf_addc(b, '"');
		for (int64_t i = 0; i < (f->min > 1 ? f->min : 1); i++)
			buf_addc(b, 'x');
		buf_addc(b, '"');
	}
}

static void smallest(struct buf *b, const struct api_type *type)
{
	bool first = true;
	buf_addc(b, '{');
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct api_field *f = &type->fields[i];
		if (f->optional)
			continue;
		buf_addf(b, "%s\"%s\":%s", first ? "" : ",", f->name, f->list ? "[" : "");
		smallest_value(b, f);
		buf_addz(b, f->list ? "]" : "");
		first = false;
	}
	buf_addc(b, '}');
}

static const char *body_of(struct served *s, const struct api_route *route)
{
	if (!route->in)
		return route->method == HTTP_POST ? "{}" : NULL;
	BUF_AUTO b;
	buf_init(&b, 0);
	smallest(&b, route->in);
	return str_z(s->arena, buf_str(&b));
}

static const char *query_of(const struct api_route *route)
{
	if (route == &api_routes[API_ROUTE_SEARCH])
		return "?q=" SECRET_SUBJECT;
	if (route == &api_routes[API_ROUTE_MESSAGE_IMAGE])
		return "?url=http%3A%2F%2Fx.test%2Fx.png&expires=1&signature=x";
	if (route == &api_routes[API_ROUTE_TICKET_SUGGESTIONS])
		return "?q=" SECRET_SUBJECT;
	if (route == &api_routes[API_ROUTE_UPLOAD_CREATE])
		return "?name=x.txt";
	return "";
}

static const char *method_of(const struct api_route *route)
{
	static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
	return names[route->method];
}

/* The route's path with this text for its parameter. */
static const char *fill_path(struct served *s, const struct api_route *route, const char *param)
{
	str path = str_of(route->path);
	ptrdiff_t open = str_chr(path, '{'), close = str_chr(path, '}');
	if (open < 0)
		return str_z(s->arena,
		             str_printf(s->arena, "/api/v1%s%s", route->path, query_of(route)));
	str head = str_sub(path, 0, (size_t)open), tail = str_from(path, (size_t)close + 1);
	return str_z(s->arena, str_printf(s->arena, "/api/v1%.*s%s%.*s%s", STR_FMT(head), param,
	                                  STR_FMT(tail), query_of(route)));
}

static bool has_id(const struct api_route *route)
{
	return strstr(route->path, "{id}") != NULL;
}

/* ---- the scene ---- */

struct scene {
	struct served s;
	struct who admin, outsourced;
	/* Of line 1, which the outsourced agent does not see. */
	int64_t ticket, message, attachment, contact, thread_ticket;
	/* Of line 2, which it does. */
	int64_t own_ticket, own_contact;
};

static int64_t create(struct scene *c, const char *path, const char *body)
{
	struct answer a = ask(&c->s, &c->admin, "POST", path, body, NULL);
	if (a.status != 201)
		test_fail(__FILE__, __LINE__, "POST %s: %d %.*s", path, a.status, STR_FMT(a.body));
	return answer_int(&a, "id");
}

static void add_outsourced(struct scene *c)
{
	struct served *s = &c->s;
	struct answer a = ask(s, &c->admin, "GET", "/api/v1/roles", NULL, NULL);
	CHECK_STATUS(&a, 200);
	int64_t role = 0;
	const struct json *roles = json_get(a.json, "items");
	for (size_t i = 0; i < roles->n; i++)
		if (str_is(json_get_str(json_at(roles, i), "name", STR("")), "outsourced"))
			role = json_get_i64(json_at(roles, i), "id", 0);
	int64_t id =
	    create(c, "/api/v1/accounts",
	           str_z(s->arena,
	                 str_printf(s->arena,
	                            "{\"name\":\"Out\",\"email\":\"out@x.test\",\"role_id\":%lld,"
	                            "\"all_lines\":false,\"line_ids\":[2],\"all_brands\":false,"
	                            "\"brand_ids\":[1]}",
	                            (long long)role)));
	a = ask(s, &c->admin, "POST",
	        str_z(s->arena,
	              str_printf(s->arena, "/api/v1/accounts/%lld/invitation", (long long)id)),
	        NULL, NULL);
	CHECK_STATUS(&a, 201);
	str url = answer_str(&a, "url"), token = str_from(url, (size_t)str_rchr(url, '/') + 1);
	a = ask(s, NULL, "POST",
	        str_z(s->arena, str_printf(s->arena, "/api/v1/invitations/%.*s", STR_FMT(token))),
	        "{\"password\":\"another horse battery\"}", NULL);
	CHECK_STATUS(&a, 200);
	c->outsourced = sign_in(s, "out@x.test", "another horse battery");
}

static void scene_start(struct scene *c, enum db_engine engine)
{
	struct served *s = &c->s;
	served_start(s, engine);
	c->admin = sign_in(s, "admin@x.test", "correct horse battery");
	(void)create(c, "/api/v1/inboxes",
	             "{\"brand_id\":1,\"line_id\":1,\"name\":\"A\",\"address\":\"a@x.test\"}");
	(void)create(c, "/api/v1/inboxes",
	             "{\"brand_id\":1,\"line_id\":2,\"name\":\"B\",\"address\":\"b@x.test\"}");
	int64_t upload = create(c, "/api/v1/uploads?name=x.txt", "some bytes");
	c->ticket = create(c, "/api/v1/tickets",
	                   str_z(s->arena, str_printf(s->arena,
	                                              "{\"subject\":\"" SECRET_SUBJECT
	                                              "\",\"text\":\"" SECRET_SUBJECT
	                                              "\",\"from_customer\":true,\"line_id\":1,"
	                                              "\"to\":{\"address\":\"" SECRET_ADDRESS
	                                              "\",\"name\":\"Karl\"},\"uploads\":[%lld]}",
	                                              (long long)upload)));
	c->own_ticket = create(
	    c, "/api/v1/tickets",
	    "{\"subject\":\"Ours\",\"text\":\"Write to berta@customer.test or +7 495 123-45-67\","
	    "\"from_customer\":true,\"line_id\":2,\"to\":{\"address\":\"berta@customer.test\","
	    "\"name\":\"Berta\"}}");
	struct answer a = ask(s, &c->admin, "GET",
	                      str_z(s->arena, str_printf(s->arena, "/api/v1/tickets/%lld/messages",
	                                                 (long long)c->ticket)),
	                      NULL, NULL);
	const struct json *m = json_at(json_get(a.json, "items"), 0);
	c->message = json_get_i64(m, "id", 0);
	c->contact = json_get_i64(m, "contact_id", 0);
	c->attachment = json_get_i64(json_at(json_get(m, "attachments"), 0), "id", 0);
	CHECK(c->message && c->contact && c->attachment);
	add_outsourced(c);
}

/* An id of the route's kind of thing that the outsourced agent must not see. */
static int64_t foreign_id(const struct scene *c, const struct api_route *route)
{
	static const struct {
		const char *prefix;
		size_t at;
	} kinds[] = {
	    {"/tickets/", offsetof(struct scene, ticket)},
	    {"/messages/", offsetof(struct scene, message)},
	    {"/attachments/", offsetof(struct scene, attachment)},
	    {"/contacts/", offsetof(struct scene, contact)},
	};
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strncmp(route->path, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return *(const int64_t *)(const void *)((const char *)c + kinds[i].at);
	return 999999;
}

static void fail_at(const struct api_route *route, const struct answer *a, const char *want)
{
	test_fail(__FILE__, __LINE__, "%s: status %d, want %s: %.*s", route->name, a->status, want,
	          STR_FMT(a->body));
}

/* ---- the tests ---- */

DB_TEST(nobody_gets_in_anywhere)
{
	struct scene c;
	scene_start(&c, engine);
	for (size_t i = 0; i < API_ROUTE_COUNT; i++) {
		const struct api_route *route = &api_routes[i];
		if (route->access == API_ACCESS_PUBLIC)
			continue;
		const char *path = fill_path(&c.s, route, has_id(route) ? "1" : "x");
		const char *body = body_of(&c.s, route);
		const struct who strangers[] = {
		    {.cookie = STR_NONE},
		    {.cookie = STR("otklik=")},
		    {.cookie = STR("otklik=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
		    {.token = STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
		};
		for (size_t w = 0; w < COUNT_OF(strangers); w++) {
			struct answer a =
			    ask(&c.s, &strangers[w], method_of(route), path, body, NULL);
			if (a.status != 401)
				fail_at(route, &a, "401");
		}
	}
	served_stop(&c.s);
}

/* What the role lacks is refused; what is out of sight is not there. */
DB_TEST(an_outsourced_agent_gets_what_it_may)
{
	struct scene c;
	scene_start(&c, engine);
	struct answer me = ask(&c.s, &c.outsourced, "GET", "/api/v1/session", NULL, NULL);
	const struct json *names = json_get(me.json, "rights");
	uint64_t rights = 0;
	for (size_t i = 0; i < names->n; i++)
		rights |= UINT64_C(1) << right_by_name(json_at(names, i)->s);
	CHECK(rights != 0 && !(rights >> RIGHT_EXPORT & 1));
	for (size_t i = 0; i < API_ROUTE_COUNT; i++) {
		const struct api_route *route = &api_routes[i];
		if (route->access != API_ACCESS_RIGHTS)
			continue;
		bool may = route->rights & rights;
		if (may && (!has_id(route) || route->mode == API_MODE_STREAM))
			continue;
		char id[24];
		snprintf(id, sizeof id, "%lld", (long long)foreign_id(&c, route));
		const char *path = fill_path(&c.s, route, id);
		struct answer a =
		    ask(&c.s, &c.outsourced, method_of(route), path, body_of(&c.s, route), NULL);
		/* Of two rights that open a route the verb may need the other. */
		if (may ? a.status != 404 && a.status != 403 : a.status != 403)
			fail_at(route, &a, may ? "404" : "403");
		if (str_find(a.body, STR(SECRET_SUBJECT)) >= 0 ||
		    str_find(a.body, STR(SECRET_LOCAL)) >= 0)
			fail_at(route, &a, "nothing of the other line");
	}
	served_stop(&c.s);
}

/* Lists, counts, search, events: nothing of the other line, nothing unmasked. */
DB_TEST(what_an_outsourced_agent_sees_is_its_own_and_masked)
{
	struct scene c;
	scene_start(&c, engine);
	char own[24], contact[24];
	snprintf(own, sizeof own, "%lld", (long long)c.own_ticket);
	struct answer t =
	    ask(&c.s, &c.outsourced, "GET",
	        str_z(c.s.arena, str_printf(c.s.arena, "/api/v1/tickets/%s", own)), NULL, NULL);
	CHECK_STATUS(&t, 200);
	snprintf(contact, sizeof contact, "%lld",
	         (long long)json_get_i64(json_get(t.json, "contact"), "id", 0));
	for (size_t i = 0; i < API_ROUTE_COUNT; i++) {
		const struct api_route *route = &api_routes[i];
		if (route->method != HTTP_GET || route->mode != API_MODE_READ)
			continue;
		bool of_contact = strncmp(route->path, "/contacts/", 10) == 0;
		const char *path = fill_path(&c.s, route, of_contact ? contact : own);
		struct answer a = ask(&c.s, &c.outsourced, "GET", path, NULL, NULL);
		static const char *const secrets[] = {SECRET_SUBJECT, SECRET_LOCAL,
		                                      "berta@customer", "123-45-67", "Karl"};
		for (size_t k = 0; k < COUNT_OF(secrets); k++)
			if (str_find(a.body, str_of(secrets[k])) >= 0)
				fail_at(route, &a, secrets[k]);
	}
	struct answer a = ask(&c.s, &c.outsourced, "GET", "/api/v1/tickets?total=1", NULL, NULL);
	CHECK_INT(json_get(a.json, "items")->n, 1);
	CHECK_INT(answer_int(&a, "total"), 1);
	a = ask(&c.s, &c.outsourced, "GET", "/api/v1/counts", NULL, NULL);
	CHECK_INT(answer_int(&a, "open"), 1);
	/* By its address in full, which it must not be able to guess at. */
	a = ask(&c.s, &c.outsourced, "GET", "/api/v1/search?q=" SECRET_ADDRESS, NULL, NULL);
	CHECK_STATUS(&a, 200);
	CHECK_INT(json_get(a.json, "items")->n, 0);
	served_stop(&c.s);
}

/* The stream, too: from the beginning, only what the list of events shows. */
DB_TEST(an_outsourced_agent_hears_of_its_own_line_only)
{
	struct scene c;
	struct stream t;
	scene_start(&c, engine);
	stream_open(&t, &c.s, &c.outsourced, "/api/v1/events/stream?after=0", false);
	CHECK(stream_next(&t) != NULL);
	struct answer a =
	    ask(&c.s, &c.outsourced, "GET", "/api/v1/events?after=0&limit=500", NULL, NULL);
	const struct json *items = json_get(a.json, "items");
	CHECK(items->n >= 1);
	for (size_t i = 0; i < items->n; i++) {
		const struct json *ev = stream_next(&t);
		CHECK(ev != NULL);
		CHECK_INT(json_get_i64(ev, "id", 0), json_get_i64(json_at(items, i), "id", -1));
		CHECK_INT(json_get_i64(ev, "line_id", 0), 2);
		CHECK_INT(json_get_i64(ev, "ticket_id", 0), c.own_ticket);
	}
	/* Something in the other line, then something in its own: only that comes. */
	a = ask(
	    &c.s, &c.admin, "PATCH",
	    str_z(c.s.arena, str_printf(c.s.arena, "/api/v1/tickets/%lld", (long long)c.ticket)),
	    "{\"priority\":\"high\"}", NULL);
	CHECK_STATUS(&a, 200);
	a = ask(&c.s, &c.admin, "PATCH",
	        str_z(c.s.arena,
	              str_printf(c.s.arena, "/api/v1/tickets/%lld", (long long)c.own_ticket)),
	        "{\"priority\":\"high\"}", NULL);
	CHECK_STATUS(&a, 200);
	const struct json *ev = stream_next(&t);
	CHECK(ev != NULL);
	CHECK_INT(json_get_i64(ev, "ticket_id", 0), c.own_ticket);
	stream_close(&t);
	served_stop(&c.s);
}

/* Rights that are taken away count at once, for streams that are open too. */
DB_TEST(a_stream_follows_its_account)
{
	struct scene c;
	struct stream t;
	scene_start(&c, engine);
	struct answer a = ask(&c.s, &c.outsourced, "GET", "/api/v1/session", NULL, NULL);
	int64_t account = answer_int(&a, "id");
	stream_open(&t, &c.s, &c.outsourced, "/api/v1/events/socket", true);
	CHECK(stream_next(&t) != NULL);
	a = ask(
	    &c.s, &c.admin, "PATCH",
	    str_z(c.s.arena, str_printf(c.s.arena, "/api/v1/accounts/%lld", (long long)account)),
	    "{\"line_ids\":[3]}", NULL);
	CHECK_STATUS(&a, 200);
	const char *own = str_z(
	    c.s.arena, str_printf(c.s.arena, "/api/v1/tickets/%lld", (long long)c.own_ticket));
	a = ask(&c.s, &c.admin, "PATCH", own, "{\"priority\":\"urgent\"}", NULL);
	CHECK_STATUS(&a, 200);
	a = ask(&c.s, &c.outsourced, "GET", own, NULL, NULL);
	CHECK_STATUS(&a, 404);
	a = ask(&c.s, &c.admin, "PATCH", own, "{\"line_id\":3}", NULL);
	CHECK_STATUS(&a, 200);
	a = ask(&c.s, &c.admin, "PATCH", own, "{\"status\":\"solved\"}", NULL);
	CHECK_STATUS(&a, 200);
	for (int i = 0; i < 2; i++) {
		const struct json *ev = stream_next(&t);
		CHECK(ev != NULL);
		CHECK_INT(json_get_i64(ev, "line_id", 0), 3);
	}
	/* Switched off: the stream ends. */
	a = ask(
	    &c.s, &c.admin, "PATCH",
	    str_z(c.s.arena, str_printf(c.s.arena, "/api/v1/accounts/%lld", (long long)account)),
	    "{\"active\":false}", NULL);
	CHECK_STATUS(&a, 200);
	while (stream_next(&t))
		;
	stream_close(&t);
	a = ask(&c.s, &c.outsourced, "GET", "/api/v1/session", NULL, NULL);
	CHECK_STATUS(&a, 401);
	served_stop(&c.s);
}

/* Ids that are none, for everybody. */
DB_TEST(what_is_no_id_is_not_found)
{
	static const char *const none[] = {"0", "-1", "01", "x", "9223372036854775808", "1%20"};
	struct scene c;
	scene_start(&c, engine);
	for (size_t i = 0; i < API_ROUTE_COUNT; i++) {
		const struct api_route *route = &api_routes[i];
		if (!has_id(route))
			continue;
		for (size_t k = 0; k < COUNT_OF(none); k++) {
			const char *path = fill_path(&c.s, route, none[k]);
			struct answer a =
			    ask(&c.s, &c.admin, method_of(route), path, body_of(&c.s, route), NULL);
			if (a.status != 404 && a.status != 400)
				fail_at(route, &a, "404");
		}
		/* And one that nobody has. */
		struct answer a = ask(&c.s, &c.admin, method_of(route),
		                      fill_path(&c.s, route, "999999"), body_of(&c.s, route), NULL);
		if (a.status != 404)
			fail_at(route, &a, "404");
	}
	served_stop(&c.s);
}
