/* http_diff.c: see http_diff.h.
 *
 * Differences that are meant:
 *  1. The other parser knows methods by a list and refuses all others.
 *  2. It takes Proxy-Connection for Connection, loses its way in a list with empty
 *     elements, tabs, what is no token or only the beginning of a word that it knows
 *     ("ke, close"), and in HTTP/1.0 keeps a connection that asks for both close and
 *     keep-alive. None of it moves a boundary, since each
 *     message is compared from its own beginning; only the word about the
 *     connection is then not compared.
 *  3. It takes a name that only begins like Transfer-Encoding for that field, and
 *     refuses the message. */
#include "net/http_diff.h"

#include "net/http_parse.h"
#include "net/http_second.h"

static bool differ(struct arena *a, const char **what, const char *part, str ours, str theirs)
{
	*what = str_printf(a, "%s: \"%.*s\", the other parser says \"%.*s\"", part, STR_FMT(ours),
	                   STR_FMT(theirs))
	            .p;
	return false;
}

/* The beginning of a word about the connection, but not all of it. */
static bool breaks_off(str piece)
{
	static const str words[] = {STR_INIT("close"), STR_INIT("keep-alive"), STR_INIT("upgrade")};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (piece.n < words[i].n && str_starts_nocase(words[i], piece))
			return true;
	return false;
}

/* The second difference of the list. */
static bool says_odd_things(const struct http_head *h)
{
	bool close = false, keep = false;
	for (size_t i = 0; i < h->n_fields; i++) {
		if (str_eq_nocase(h->fields[i].name, STR("proxy-connection")))
			return true;
		if (!str_eq_nocase(h->fields[i].name, STR("connection")))
			continue;
		str rest = h->fields[i].value, piece;
		while (str_split(&rest, ',', &piece))
			if (str_chr(piece, '\t') >= 0 || !http_is_token(str_trim(piece)) ||
			    breaks_off(str_trim(piece)))
				return true;
		close |= http_list_has(h->fields[i].value, "close");
		keep |= http_list_has(h->fields[i].value, "keep-alive");
	}
	return close && keep;
}

/* The third. */
static bool has_longer_coding(const struct http_head *h)
{
	str name = STR("transfer-encoding");
	for (size_t i = 0; i < h->n_fields; i++)
		if (h->fields[i].name.n > name.n && str_starts_nocase(h->fields[i].name, name))
			return true;
	return false;
}

static str fields_of(struct arena *a, const struct http_head *h)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < h->n_fields; i++)
		buf_addf(&b, "%.*s:%.*s\n", STR_FMT(h->fields[i].name),
		         STR_FMT(h->fields[i].value));
	return str_dup(a, buf_str(&b));
}

static bool same_message(struct arena *a, const struct http_head *h, str body, size_t n,
                         const struct http_second *other, const char **what)
{
	if (!other->complete || other->error.n)
		return differ(a, what, "end", STR("complete"), other->error);
	if (n != other->n)
		return differ(a, what, "end", str_printf(a, "%zu", n),
		              str_printf(a, "%zu", other->n));
	const struct {
		const char *name;
		str ours, theirs;
	} parts[] = {
	    {"method", h->method_name, other->method},
	    {"target", h->target, other->target},
	    {"path", h->path, other->path},
	    {"query", h->query, other->query},
	    {"host", other->host.n ? h->host : STR(""), other->host},
	    {"fields", fields_of(a, h), other->fields},
	    {"body", body, other->body},
	};
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (!str_eq(parts[i].ours, parts[i].theirs))
			return differ(a, what, parts[i].name, parts[i].ours, parts[i].theirs);
	if (h->keep_alive != other->keep_alive && !says_odd_things(h))
		return differ(a, what, "connection", h->keep_alive ? STR("kept") : STR("closed"),
		              other->keep_alive ? STR("kept") : STR("closed"));
	return true;
}

/* One message that begins the bytes and is n long for us; n < 0: not at its end. */
static bool compare(struct arena *a, const struct http_head *h, str body, str bytes, ptrdiff_t n,
                    const char **what)
{
	struct http_second other;
	http_second_read(a, bytes, &other);
	if (h->method == HTTP_OTHER && other.unknown_method)
		return true;
	if (!other.complete && has_longer_coding(h))
		return true;
	if (n >= 0)
		return same_message(a, h, body, (size_t)n, &other, what);
	return !other.complete ||
	       differ(a, what, "end", STR("not yet"), str_printf(a, "%zu", other.n));
}

bool http_diff(struct arena *a, str bytes, const char **what)
{
	struct http_limits l;
	http_limits_init(&l);
	struct http_parser p;
	http_parser_init(&p, &l);
	struct http_head h = {0};
	BUF_AUTO body;
	buf_init(&body, 0);
	str in = bytes, piece;
	bool same = true, under_way = false;
	for (bool more = true; more && same;) {
		switch (http_parser_next(&p, &in, &piece)) {
		case HTTP_PARSE_HEAD:
			http_head_copy(a, &h, &p.head);
			buf_clear(&body);
			under_way = true;
			break;
		case HTTP_PARSE_BODY:
			buf_add(&body, piece);
			break;
		case HTTP_PARSE_DONE:
			under_way = false;
			same = compare(a, &h, buf_str(&body), bytes, in.p - bytes.p, what);
			bytes = in;
			more = h.keep_alive; /* or the server reads no further */
			break;
		case HTTP_PARSE_MORE:
			if (under_way)
				same = compare(a, &h, buf_str(&body), bytes, -1, what);
			more = false;
			break;
		default:
			more = false;
		}
	}
	http_parser_release(&p);
	return same;
}
