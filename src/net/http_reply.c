/* http_reply.c: requests as handlers see them, and their answers. */
#include "net/http_internal.h"
#include "net/uri.h"

#include <assert.h>
#include <unistd.h>

enum { SPARE_MAX = 16 << 10 };

/* ---- requests ---- */

/* Believes X-Forwarded-For from its right end as far as it was written by
 * trusted proxies: the first address that is none of them is the client. */
static void find_peer(struct http_req *r, const struct http_conn *c)
{
	r->peer = str_dup(r->arena, str_of(c->peer));
	if (!c->trusted)
		return;
	r->https = str_eq_nocase(http_header(r, "x-forwarded-proto"), STR("https"));
	for (size_t i = r->n_fields; i-- > 0;) {
		if (!str_eq_nocase(r->fields[i].name, STR("x-forwarded-for")))
			continue;
		str list = r->fields[i].value;
		while (list.n) {
			ptrdiff_t comma = str_rchr(list, ',');
			str item = str_trim(str_from(list, (size_t)(comma + 1)));
			list = comma < 0 ? STR_NONE : str_sub(list, 0, (size_t)comma);
			struct net_addr a;
			if (!net_addr_parse(item, &a))
				return;
			char text[NET_ADDR_TEXT];
			net_addr_text(&a, text);
			r->peer = str_dup(r->arena, str_of(text));
			if (!http_server_trusts(c->home->server, &a))
				return;
		}
	}
}

struct http_req *http_req_new(struct http_conn *c)
{
	struct http_loop *l = c->home;
	struct arena *a = l->spare_arena ? l->spare_arena : arena_new();
	l->spare_arena = NULL;
	struct http_req_private *q = ARENA_NEW(a, struct http_req_private);
	struct http_req *r = &q->req;
	struct http_head h;
	http_head_copy(a, &h, &c->parser.head);
	*r = (struct http_req){
	    .arena = a,
	    .method = h.method,
	    .method_name = h.method_name,
	    .target = h.target,
	    .query = h.query,
	    .host = h.host,
	    .fields = h.fields,
	    .n_fields = h.n_fields,
	    .content_length = h.content_length,
	    .upgrade = h.upgrade,
	    .received_at = http_loop_wall_time(l),
	    .body = STR(""),
	    .body_fd = -1,
	    .body_limit = l->opt.limits.body,
	    .priv = q,
	};
	q->home = l;
	q->conn = c;
	q->file_fd = -1;
	q->body = l->spare_body;
	if (!q->body.p)
		buf_init(&q->body, 0);
	l->spare_body = (struct buf){0};
	atomic_fetch_add(&l->refs, 1);
	find_peer(r, c);
	return r;
}

static void release_files(struct http_req_private *q)
{
	if (q->spooled)
		atomic_fetch_sub(&q->home->spooled, q->spooled);
	if (q->req.body_fd >= 0)
		close(q->req.body_fd);
	if (q->file_fd >= 0)
		close(q->file_fd);
}

void http_req_free(struct http_req *r)
{
	struct http_req_private *q = r->priv;
	struct http_loop *l = q->home;
	release_files(q);
	buf_release(&q->body);
	arena_free(r->arena);
	http_loop_unref(l);
}

void http_req_recycle(struct http_req *r)
{
	struct http_req_private *q = r->priv;
	struct http_loop *l = q->home;
	release_files(q);
	if (!l->spare_body.p && q->body.cap && q->body.cap <= SPARE_MAX) {
		l->spare_body = q->body;
		buf_clear(&l->spare_body);
	} else {
		buf_release(&q->body);
	}
	struct arena *a = r->arena;
	if (l->spare_arena) {
		arena_free(a);
	} else {
		arena_clear(a);
		l->spare_arena = a;
	}
	http_loop_unref(l);
}

str http_header(const struct http_req *r, const char *name)
{
	struct http_head h = {.fields = (struct http_field *)r->fields, .n_fields = r->n_fields};
	return http_head_field(&h, name);
}

str http_cookie(const struct http_req *r, const char *name)
{
	for (size_t i = 0; i < r->n_fields; i++) {
		if (!str_eq_nocase(r->fields[i].name, STR("cookie")))
			continue;
		str v = uri_cookie_get(r->fields[i].value, name);
		if (v.p)
			return v;
	}
	return STR_NONE;
}

str http_query_get(struct http_req *r, const char *name)
{
	return uri_form_get(r->arena, r->query, name);
}

bool http_gone(const struct http_req *r)
{
	return atomic_load(&r->priv->gone);
}

/* ---- answers ---- */

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} table[] = {
	    {101, "Switching Protocols"},
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {206, "Partial Content"},
	    {301, "Moved Permanently"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {307, "Temporary Redirect"},
	    {308, "Permanent Redirect"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {410, "Gone"},
	    {411, "Length Required"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {416, "Range Not Satisfiable"},
	    {417, "Expectation Failed"},
	    {421, "Misdirected Request"},
	    {422, "Unprocessable Content"},
	    {426, "Upgrade Required"},
	    {428, "Precondition Required"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	    {505, "HTTP Version Not Supported"},
	};
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (table[i].status == status)
			return table[i].reason;
	return "Status";
}

/* Whatever a value was made of, it cannot end its line. */
static void add_value(struct buf *b, str v)
{
	size_t from = b->n;
	buf_add(b, v);
	for (size_t i = from; i < b->n; i++)
		if (((unsigned char)b->p[i] < 0x20 && b->p[i] != '\t') || b->p[i] == 0x7f)
			b->p[i] = ' ';
}

/* Fields that frame the message are the server's alone. */
static bool is_ours(str name)
{
	static const char *const names[] = {"connection", "content-length", "date", "keep-alive",
	                                    "transfer-encoding"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq_nocase(name, str_of(names[i])))
			return true;
	return false;
}

void http_head_write(struct http_loop *l, struct buf *b, const struct http_req_private *q,
                     int64_t size, const char *connection)
{
	buf_addz(b, "HTTP/1.1 ");
	buf_add_i64(b, q->status);
	buf_addc(b, ' ');
	buf_addz(b, http_reason(q->status));
	buf_addz(b, "\r\nDate: ");
	buf_addz(b, http_loop_date(l));
	buf_addz(b, "\r\n");
	if (connection) {
		buf_addz(b, "Connection: ");
		buf_addz(b, connection);
		buf_addz(b, "\r\n");
	}
	if (size >= 0) {
		buf_addz(b, "Content-Length: ");
		buf_add_i64(b, size);
		buf_addz(b, "\r\n");
	}
	for (size_t i = 0; i < q->n_fields; i++) {
		if (is_ours(q->fields[i].name))
			continue;
		buf_add(b, q->fields[i].name);
		buf_addz(b, ": ");
		add_value(b, q->fields[i].value);
		buf_addz(b, "\r\n");
	}
	buf_addz(b, "\r\n");
}

struct http_req_private *http_answer_begin(struct http_req *r, int status,
                                           const struct http_field *headers, size_t n)
{
	struct http_req_private *q = r->priv;
	bool twice = atomic_exchange(&q->answered, true);
	assert(!twice && "a request is answered once");
	assert(status >= 100 && status <= 599);
	(void)twice;
	q->status = status;
	q->fields = ARENA_ARRAY(r->arena, n, struct http_field);
	for (size_t i = 0; i < n; i++) {
		assert(http_is_token(headers[i].name));
		q->fields[i].name = str_dup(r->arena, headers[i].name);
		q->fields[i].value = str_dup(r->arena, headers[i].value);
	}
	q->n_fields = n;
	return q;
}

void http_answer_post(struct http_req_private *q)
{
	struct http_loop *l = q->home;
	atomic_fetch_add(&l->refs,
	                 1); /* the request, and its hold, may be gone before this returns */
	q->post = (struct net_post){NULL, http_answer_arrived, q};
	bool posted = net_loop_post_node(l->loop, &q->post);
	http_loop_unref(l);
	if (posted)
		return;
	/* The server has stopped; nobody else looks at the request any more. */
	struct http_stream *s = q->stream;
	q->stream = NULL;
	if (s)
		http_stream_ended(s, 1006);
	http_req_free(&q->req);
}

void http_reply_static(struct http_req *r, int status, const struct http_field *headers, size_t n,
                       str body)
{
	struct http_req_private *q = http_answer_begin(r, status, headers, n);
	q->answer = body;
	http_answer_post(q);
}

void http_reply(struct http_req *r, int status, const struct http_field *headers, size_t n,
                str body)
{
	http_reply_static(r, status, headers, n, str_dup(r->arena, body));
}

void http_reply_file(struct http_req *r, int status, const struct http_field *headers, size_t n,
                     int fd, int64_t offset, int64_t size)
{
	assert(fd >= 0 && offset >= 0 && size >= 0);
	struct http_req_private *q = http_answer_begin(r, status, headers, n);
	q->file_fd = fd;
	q->file_at = offset;
	q->file_size = size;
	http_answer_post(q);
}
