/* mail_testing.c: see mail_testing.h. */
#include "mail/mail_testing.h"

#include "base/buf.h"
#include "desk/admin.h"
#include "desk/thread.h"
#include "store/migrations_gen.h"

#define START (date_to_usec(&(struct date){.year = 2026, .month = 3, .day = 2, .hour = 9}))

void post_write(struct post *p, enum err (*fn)(void *arg, struct db_conn *tx, struct error *e),
                void *arg)
{
	CHECK_OK(db_write(p->db, fn, arg, &p->e), &p->e);
}

/* ---- the scripted server ---- */

str post_header(str raw, const char *name)
{
	str line;
	while (str_split(&raw, '\n', &line)) {
		line = str_trim(line);
		if (!line.n)
			break;
		ptrdiff_t colon = str_chr(line, ':');
		if (colon > 0 && str_eq_nocase(str_sub(line, 0, (size_t)colon), str_of(name)))
			return str_trim(str_from(line, (size_t)colon + 1));
	}
	return STR("");
}

static str between_angles(str s)
{
	ptrdiff_t open = str_chr(s, '<'), close = str_chr(s, '>');
	return open >= 0 && close > open ? str_sub(s, (size_t)open + 1, (size_t)close) : s;
}

static enum err scripted(void *arg, struct arena *a, const struct smtp_server *server,
                         const struct smtp_letter *letter, struct smtp_outcome *out,
                         struct error *e)
{
	struct post *p = arg;
	if (p->before_send)
		p->before_send(p);
	if (p->send_fails)
		return error_detail(e, p->send_fails, "scripted");
	p->user = str_dup(p->a, server->user);
	p->password = str_dup(p->a, server->password);
	if (p->down.n && str_eq(p->down, server->host)) {
		struct smtp_result dead = {.fate = SMTP_TEMPORARY,
		                           .reply = STR("Couldn't connect to server")};
		out->step = p->down_step ? p->down_step : "connect";
		out->nrecipients = letter->nrecipients;
		out->recipients = ARENA_ARRAY(a, letter->nrecipients, struct smtp_result);
		for (size_t i = 0; i < letter->nrecipients; i++)
			out->recipients[i] = dead;
		out->letter = dead;
		p->n_refused++;
		return ERR_OK;
	}
	out->step = p->step ? p->step : "";
	CHECK(p->n_sent < POST_SENT_MAX);
	struct sent_letter *s = &p->sent[p->n_sent++];
	s->mail_from = str_dup(p->a, letter->mail_from);
	s->raw = str_dup(p->a, letter->raw);
	s->host = str_dup(p->a, server->host);
	s->seconds = server->total_seconds;
	s->may_inside = server->allow_private;
	s->to = ARENA_ARRAY(p->a, letter->nrecipients, str);
	s->n_to = letter->nrecipients;
	s->message_id = between_angles(post_header(s->raw, "Message-ID"));
	s->reply_to = between_angles(post_header(s->raw, "Reply-To"));
	out->nrecipients = letter->nrecipients;
	out->recipients = ARENA_ARRAY(a, letter->nrecipients, struct smtp_result);
	for (size_t i = 0; i < letter->nrecipients; i++) {
		bool refused = p->refuse.n && str_eq(p->refuse, letter->recipients[i]);
		enum smtp_fate fate = refused ? SMTP_PERMANENT : p->fate;
		s->to[i] = str_dup(p->a, letter->recipients[i]);
		out->recipients[i] = (struct smtp_result){
		    .fate = fate,
		    .uncertain = p->uncertain,
		    .code = fate == SMTP_SENT        ? 250
		            : fate == SMTP_PERMANENT ? 550
		                                     : 451,
		    .enhanced = fate == SMTP_PERMANENT ? STR("5.1.1") : STR(""),
		    .reply = STR("scripted answer")};
	}
	return ERR_OK;
}

/* ---- the installation ---- */

static enum err start(void *arg, struct db_conn *tx, struct error *e)
{
	struct post *p = arg;
	struct desk_bootstrap want = {.language = STR("en"), .brand_name = STR("The Shop")};
	struct line *lines;
	struct brand *brands;
	size_t n;
	bool first;
	enum err err = desk_bootstrap(&p->desk, p->a, tx, &want, &first, e);
	if (!err)
		err = desk_account_add(&p->desk, p->a, tx, STR("anna@shop.test"), STR("Anna Agent"),
		                       STR("admin"), STR("en"), STR(""), &p->agent, e);
	if (!err)
		err = actor_from_account(p->a, tx, p->agent, &p->anna, e);
	if (!err)
		err = line_list(p->a, tx, &lines, &n, e);
	if (!err) {
		p->line = lines[0].id;
		p->line_two = lines[1].id;
		err = brand_list(p->a, tx, &brands, &n, e);
	}
	if (!err)
		p->brand = brands[0].id;
	return err;
}

struct post *post_new(enum db_engine engine)
{
	struct post *p = xcalloc(1, sizeof *p);
	p->a = arena_new();
	p->clock = clock_manual_new(START);
	p->db = db_testing_open(engine, MIGRATIONS, N_MIGRATIONS);
	memset(p->key.bytes, 7, sizeof p->key.bytes);
	p->desk = (struct desk){
	    .clock = p->clock,
	    .db = p->db,
	    .key = &p->key,
	    .blobs = {.engine = engine, .dir = str_printf(p->a, "%s/blobs", test_tmp_dir())}};
	p->in = (struct mail_intake){
	    .desk = &p->desk, .db = p->db, .mime = MIME_LIMITS_DEFAULT, .domain = STR("shop.test")};
	p->out = (struct mail_outbox){.desk = &p->desk,
	                              .db = p->db,
	                              .server = {.host = STR("smtp.shop.test")},
	                              .domain = STR("shop.test"),
	                              .send = scripted,
	                              .send_arg = p};
	mail_outbox_kind(&p->send, &p->out);
	mail_intake_release_kind(&p->release, &p->in);
	p->fate = SMTP_SENT;
	post_write(p, start, p);
	return p;
}

void post_free(struct post *p)
{
	db_testing_close(p->db);
	clock_free(p->clock);
	arena_free(p->a);
	free(p);
}

struct inbox_args {
	struct post *p;
	str address;
	bool ack;
	int64_t id;
};

static enum err add_inbox(void *arg, struct db_conn *tx, struct error *e)
{
	struct inbox_args *i = arg;
	struct inbox box;
	struct desk_inbox_patch patch = {.brand_id = &i->p->brand,
	                                 .line_id = &i->p->line,
	                                 .address = &i->address,
	                                 .autoack = &i->ack};
	enum err err = desk_inbox_create(&i->p->desk, i->p->a, tx, &i->p->anna, &patch, &box, e);
	i->id = box.id;
	return err;
}

int64_t post_inbox(struct post *p, const char *address, bool autoack)
{
	struct inbox_args args = {.p = p, .address = str_of(address), .ack = autoack};
	post_write(p, add_inbox, &args);
	return args.id;
}

void post_letter(struct post *p, str raw, str mail_from, const str *to, size_t n,
                 enum lmtp_reply replies[8])
{
	struct buf b;
	CHECK(n <= 8);
	buf_init(&b, 0);
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\n' && (i == 0 || raw.p[i - 1] != '\r'))
			buf_addc(&b, '\r');
		buf_addc(&b, raw.p[i]);
	}
	struct lmtp_letter letter = {.raw = buf_str(&b),
	                             .mail_from = mail_from,
	                             .recipients = to,
	                             .nrecipients = n,
	                             .peer = STR("unix mx.test"),
	                             .received = clock_now(p->clock)};
	for (size_t i = 0; i < n; i++)
		replies[i] = LMTP_TEMPORARY;
	mail_intake_deliver(&p->in, &letter, replies);
	buf_release(&b);
}

struct sender_args {
	struct post *p;
	str host, serves, password;
	int64_t position, hour_most, id;
};

static enum err add_sender(void *arg, struct db_conn *tx, struct error *e)
{
	struct sender_args *s = arg;
	struct sender out;
	str auth = STR("password");
	struct desk_sender_patch patch = {.brand_id = &s->p->brand,
	                                  .host = &s->host,
	                                  .auth = &auth,
	                                  .username = &s->host,
	                                  .password = &s->password,
	                                  .serves = &s->serves,
	                                  .position = &s->position,
	                                  .hour_most = &s->hour_most};
	enum err err = desk_sender_create(&s->p->desk, s->p->a, tx, &s->p->anna, &patch, &out, e);
	s->id = out.id;
	return err;
}

int64_t post_sender(struct post *p, const char *host, const char *serves, int64_t position,
                    int64_t hour_most)
{
	struct sender_args s = {.p = p,
	                        .host = str_of(host),
	                        .serves = str_of(serves),
	                        .password = STR("secret"),
	                        .position = position,
	                        .hour_most = hour_most};
	post_write(p, add_sender, &s);
	return s.id;
}

/* ---- the agent ---- */

struct words {
	struct post *p;
	int64_t ticket, message;
	str text, to;
};

static enum err answer(void *arg, struct db_conn *tx, struct error *e)
{
	struct words *w = arg;
	struct message_input in = {.kind = MESSAGE_AGENT, .text = w->text};
	return desk_message_create(&w->p->desk, w->p->a, tx, &w->p->anna, w->ticket, &in,
	                           &w->message, e);
}

int64_t post_answer(struct post *p, int64_t ticket, const char *text)
{
	struct words w = {.p = p, .ticket = ticket, .text = str_of(text)};
	post_write(p, answer, &w);
	return w.message;
}

static enum err side(void *arg, struct db_conn *tx, struct error *e)
{
	struct words *w = arg;
	struct address to = {STR(""), w->to};
	struct thread_input in = {
	    .subject = STR("A question"), .text = w->text, .to = &to, .n_to = 1};
	struct side_thread_full out;
	return desk_thread_create(&w->p->desk, w->p->a, tx, &w->p->anna, w->ticket, &in, &out,
	                          &w->message, e);
}

int64_t post_side(struct post *p, int64_t ticket, const char *to, const char *text)
{
	struct words w = {.p = p, .ticket = ticket, .text = str_of(text), .to = str_of(to)};
	post_write(p, side, &w);
	return w.message;
}

int64_t post_run(struct post *p)
{
	const struct job_kind *kinds[] = {&p->send, &p->release};
	struct job_runner_options o = {
	    .db = p->db, .clock = p->clock, .kinds = kinds, .n_kinds = COUNT_OF(kinds)};
	int64_t n;
	CHECK_OK(job_run_due(&o, &n, &p->e), &p->e);
	return n;
}

/* ---- looking ---- */

int64_t post_int(struct post *p, const char *sql, int64_t arg)
{
	if (!strstr(sql, "$1"))
		return db_testing_int(p->db, sql, DB_NO_ARGS);
	return db_testing_int(p->db, sql, DB_ARGS(db_int(arg)));
}

str post_str(struct post *p, const char *sql, int64_t arg)
{
	struct db_conn *c;
	struct db_rows r;
	str out = STR("");
	CHECK_OK(db_read_begin(p->db, &c, &p->e), &p->e);
	db_rows_open_text(&r, c, str_of(sql),
	                  strstr(sql, "$1") ? DB_ARGS(db_int(arg)) : DB_NO_ARGS);
	if (db_rows_next(&r))
		out = db_dup_str(p->a, &r, 0);
	CHECK_OK(db_rows_close(&r, &p->e), &p->e);
	db_read_end(p->db, c);
	return out;
}
