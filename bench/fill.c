/* fill.c: fills an installation with tickets, three messages each: fill DATABASE TICKETS
 *
 * DATABASE is a SQLite file that the program itself has made (schema, roles, lines, one account).
 * Written are the rows that it would have written: contacts, tickets, messages, deliveries, the
 * ledger, tags, reading marks, the chained event log and the search index, in the order of time,
 * so that the messages of a ticket lie apart as in life. The same number gives the same rows, but
 * for the digests, whose chain begins with the installation's own id.
 *
 * Indexes are dropped first and made anew at the end, which is many times faster; nothing is
 * durable before the end.
 */
#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buf.h"
#include "db/sqlite_fts.h"
#include "prose.h"
#include "sys/digest.h"
#include "text/fold.h"
#include "text/term.h"

#define SECOND ((int64_t)1000000)
#define END_OF_TIME (1748736000 * SECOND) /* 2025-06-01: the newest ticket, before any clock */
#define SPACING (90 * SECOND)             /* between two tickets */

enum {
	WINDOW = 4096, /* tickets under way at once; a power of two */
	ACTIVE = 5000, /* the newest ones, of which most are not done with */
	AGENTS = 12,
	LINES_MAX = 16,
	TAGS_MAX = 64,
	MESSAGES = 3,
	KNOWN = 1 << 16, /* words remembered */
};

enum statement {
	ADD_CONTACT,
	ADD_IDENTITY,
	ADD_TICKET,
	ADD_MESSAGE,
	ADD_DELIVERY,
	ADD_INTAKE,
	ADD_EVENT,
	ADD_READ,
	ADD_TAG,
	ADD_TERMS,
	ADD_WORD,
	STATEMENTS,
};

static const char *const SQL[STATEMENTS] = {
    [ADD_CONTACT] = "INSERT INTO contact (id, name, name_fold, language, created_at, updated_at) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
    [ADD_IDENTITY] = "INSERT INTO identity (contact_id, kind, value, value_norm, created_at) "
                     "VALUES (?1, 'email', ?2, ?2, ?3)",
    [ADD_TICKET] =
        "INSERT INTO ticket (id, brand_id, line_id, inbox_id, contact_id, subject, subject_fold, "
        "snippet, channel, status, priority, assignee_id, created_at, updated_at, last_message_at, "
        "waiting_since, first_reply_at, solved_at, closed_at, message_count, last_message_id, "
        "last_from, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
        "?15, ?16, ?17, ?18, ?19, 3, ?20, ?21, 4)",
    [ADD_MESSAGE] =
        "INSERT INTO message (id, ticket_id, kind, channel, account_id, contact_id, author_name, "
        "author_address, sent_at, created_at, subject, text, recipients, mail_id, mail_refs, "
        "inbox_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    [ADD_DELIVERY] =
        "INSERT INTO delivery (message_id, address, role, state, attempts, code, answer, "
        "updated_at, offered_at) VALUES (?1, ?2, 'to', 'sent', 1, 250, '2.0.0 Ok', ?3, ?3)",
    [ADD_INTAKE] =
        "INSERT INTO intake (id, received_at, channel, inbox_id, brand_id, line_id, peer, sender, "
        "recipient, from_address, subject, size, digest, mail_id, state, ticket_id, message_id) "
        "VALUES (?1, ?2, 'mail', ?3, ?4, ?5, '127.0.0.1', ?6, 'support@bench.test', ?6, ?7, ?8, "
        "?9, ?10, 'accepted', ?11, ?12)",
    [ADD_EVENT] =
        "INSERT INTO event (id, schema, at, type, audience, actor, ticket_id, line_id, brand_id, "
        "data, digest) VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [ADD_READ] = "INSERT INTO ticket_read (account_id, ticket_id, message_id) VALUES (?1, ?2, ?3)",
    [ADD_TAG] = "INSERT OR IGNORE INTO ticket_tag (ticket_id, tag_id) VALUES (?1, ?2)",
    [ADD_TERMS] = "INSERT INTO message_search (rowid, text, subject, author, file) "
                  "VALUES (?1, ?2, ?3, ?4, '')",
    [ADD_WORD] = "INSERT OR IGNORE INTO search_word (word) VALUES (?1)",
};

struct ticket {
	int64_t id, contact_id, line_id, assignee_id, created_at;
	int64_t waiting_since, first_reply_at;
	enum prose_lang lang;
	bool by_mail, unanswered; /* unanswered: all three messages are the customer's */
	int said;
	char first_mail_id[40];
	struct prose *subject, *name, *address;
};

/* A message that is due: of the ticket in this place, after `next`'s. */
struct due {
	int place;
	int next; /* in due[], -1: none */
};

struct fill {
	struct arena *a, *row; /* row: of one row, cleared often */
	sqlite3 *db;
	sqlite3_stmt *st[STATEMENTS];
	struct vocabulary *words;
	struct dice dice;
	int64_t tickets, contacts, messages, letters, events; /* ids given */
	int64_t first_ticket, first_contact, last_ticket;
	int64_t now;
	int64_t lines[LINES_MAX], agents[AGENTS], tags[TAGS_MAX], brand, inbox;
	int n_lines, n_tags;
	uint8_t digest[DIGEST_SHA256_SIZE];
	struct buf line;
	str previous; /* of the event log's chain */
	struct ticket open[WINDOW];
	struct due due[WINDOW * MESSAGES];
	int due_at[WINDOW]; /* by step, modulo WINDOW */
	int due_free;
	struct prose *text;
	struct terms terms;
	uint64_t known[KNOWN];
};

/* ---- SQLite ---- */

static _Noreturn void fail(struct fill *f, const char *what)
{
	fprintf(stderr, "fill: %s: %s\n", what, sqlite3_errmsg(f->db));
	exit(1);
}

static void command(struct fill *f, const char *sql)
{
	if (sqlite3_exec(f->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(f, sql);
}

static int64_t number(struct fill *f, const char *sql)
{
	sqlite3_stmt *s;
	if (sqlite3_prepare_v2(f->db, sql, -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW)
		fail(f, sql);
	int64_t n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

static void put_int(sqlite3_stmt *s, int i, int64_t v)
{
	sqlite3_bind_int64(s, i, v);
}

/* 0 is NULL. */
static void put_id(sqlite3_stmt *s, int i, int64_t v)
{
	if (v)
		sqlite3_bind_int64(s, i, v);
	else
		sqlite3_bind_null(s, i);
}

static void put_str(sqlite3_stmt *s, int i, str v)
{
	sqlite3_bind_text64(s, i, v.n ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void step(struct fill *f, enum statement which)
{
	if (sqlite3_step(f->st[which]) != SQLITE_DONE)
		fail(f, SQL[which]);
	sqlite3_reset(f->st[which]);
}

/* ---- events ---- */

/* As events/event.c digests a row. */
static void event(struct fill *f, const char *type, const char *audience, str actor,
                  const struct ticket *t, str data)
{
	int64_t id = ++f->events, ticket = t ? t->id : 0, line = t ? t->line_id : 0,
	        brand = t ? f->brand : 0;
	struct buf b = f->line;
	buf_clear(&b);
	buf_add(&b, f->previous);
	buf_addf(&b, "%lld\n1\n%lld\n%s\n%s\n%.*s\n%lld\n%lld\n%lld\n", (long long)id,
	         (long long)f->now, type, audience, STR_FMT(actor), (long long)ticket,
	         (long long)line, (long long)brand);
	buf_add(&b, data);
	digest_sha256(buf_str(&b), f->digest);
	f->line = b;
	f->previous = str_n((const char *)f->digest, sizeof f->digest);
	sqlite3_stmt *s = f->st[ADD_EVENT];
	put_int(s, 1, id);
	put_int(s, 2, f->now);
	put_str(s, 3, str_of(type));
	put_str(s, 4, str_of(audience));
	put_str(s, 5, actor);
	put_id(s, 6, ticket);
	put_id(s, 7, line);
	put_id(s, 8, brand);
	put_str(s, 9, data);
	sqlite3_bind_blob(s, 10, f->digest, sizeof f->digest, SQLITE_STATIC);
	step(f, ADD_EVENT);
}

static str actor_of(struct fill *f, const struct ticket *t, bool agent)
{
	if (agent)
		return str_printf(f->row, "account:%lld", (long long)t->assignee_id);
	return t->by_mail ? str_printf(f->row, "contact:%lld", (long long)t->contact_id)
	                  : STR("account:1");
}

static void changed(struct fill *f, const struct ticket *t, const char *from, const char *to)
{
	event(f, "ticket.changed", "agents", actor_of(f, t, true), t,
	      str_printf(f->row, "{\"field\":\"status\",\"from\":\"%s\",\"to\":\"%s\"}", from, to));
}

/* ---- messages ---- */

static str hex_digest(struct fill *f, str of)
{
	uint8_t d[DIGEST_SHA256_SIZE];
	digest_sha256(of, d);
	char *p = arena_alloc(f->row, 2 * sizeof d);
	for (size_t i = 0; i < sizeof d; i++) {
		p[2 * i] = "0123456789abcdef"[d[i] >> 4];
		p[2 * i + 1] = "0123456789abcdef"[d[i] & 15];
	}
	return str_n(p, 2 * sizeof d);
}

/* As store/search.c has it. Words are few: those of the last thousands are remembered. */
static void index_message(struct fill *f, const struct ticket *t, int64_t id, bool customer)
{
	struct terms *x = &f->terms;
	terms_clear(x);
	terms_add(x, TERM_SUBJECT, prose_str(t->subject));
	if (customer) {
		terms_add(x, TERM_AUTHOR, prose_str(t->name));
		terms_add(x, TERM_AUTHOR, prose_str(t->address));
	}
	terms_add(x, TERM_TEXT, prose_str(f->text));
	put_int(f->st[ADD_TERMS], 1, id);
	put_str(f->st[ADD_TERMS], 2, buf_str(&x->out[TERM_TEXT]));
	put_str(f->st[ADD_TERMS], 3, buf_str(&x->out[TERM_SUBJECT]));
	put_str(f->st[ADD_TERMS], 4, buf_str(&x->out[TERM_AUTHOR]));
	step(f, ADD_TERMS);
	str rest = buf_str(&x->words), w;
	while (rest.n && str_split(&rest, ' ', &w)) {
		uint64_t h = XXH3_64bits(w.p, w.n), *slot = &f->known[h & (KNOWN - 1)];
		if (*slot == h)
			continue;
		*slot = h;
		put_str(f->st[ADD_WORD], 1, w);
		step(f, ADD_WORD);
	}
}

static void ledger(struct fill *f, const struct ticket *t, int64_t message, str mail_id)
{
	sqlite3_stmt *s = f->st[ADD_INTAKE];
	put_int(s, 1, ++f->letters);
	put_int(s, 2, f->now);
	put_int(s, 3, f->inbox);
	put_int(s, 4, f->brand);
	put_int(s, 5, t->line_id);
	put_str(s, 6, prose_str(t->address));
	put_str(s, 7, prose_str(t->subject));
	put_int(s, 8, (int64_t)f->text->n * 2 + 900);
	put_str(s, 9, hex_digest(f, mail_id));
	put_str(s, 10, mail_id);
	put_int(s, 11, t->id);
	put_int(s, 12, message);
	step(f, ADD_INTAKE);
	event(f, "intake.recorded", "leads", STR("system"), t,
	      str_printf(f->row, "{\"intake_id\":%lld,\"state\":\"accepted\",\"reason\":\"\"}",
	                 (long long)f->letters));
}

static void delivery(struct fill *f, const struct ticket *t, int64_t message)
{
	sqlite3_stmt *s = f->st[ADD_DELIVERY];
	put_int(s, 1, message);
	put_str(s, 2, prose_str(t->address));
	put_int(s, 3, f->now);
	step(f, ADD_DELIVERY);
}

/* One more message of the ticket, with all that comes with it; its id. */
static int64_t message(struct fill *f, struct ticket *t)
{
	bool agent = t->said == 1 && !t->unanswered;
	int64_t id = ++f->messages;
	sqlite3_stmt *s = f->st[ADD_MESSAGE];
	str mail_id = STR_NONE, name = prose_str(t->name), address = prose_str(t->address);
	if (t->by_mail || agent)
		mail_id = str_printf(f->row, "%llx.%lld@%s", (long long)f->now, (long long)id,
		                     agent ? "bench.test" : "mail.test");
	prose_clear(f->text);
	prose_sentences(f->words, &f->dice, t->lang,
	                (size_t)6 + dice_below(&f->dice, 20) + dice_below(&f->dice, 20), f->text);
	put_int(s, 1, id);
	put_int(s, 2, t->id);
	put_str(s, 3, agent ? STR("agent") : STR("customer"));
	put_str(s, 4, t->by_mail ? STR("mail") : STR("api"));
	put_id(s, 5, agent ? t->assignee_id : 0);
	put_id(s, 6, agent ? 0 : t->contact_id);
	put_str(s, 7, agent ? STR_NONE : name);
	put_str(s, 8, agent ? STR_NONE : address);
	put_int(s, 9, f->now);
	put_str(s, 10, prose_str(t->subject));
	put_str(s, 11, prose_str(f->text));
	put_str(s, 12,
	        agent ? str_printf(f->row, "{\"to\":[{\"name\":\"%.*s\",\"address\":\"%.*s\"}]}",
	                           STR_FMT(name), STR_FMT(address))
	        : t->by_mail ? STR("{\"to\":[{\"address\":\"support@bench.test\"}]}")
	                     : STR("{}"));
	put_str(s, 13, mail_id);
	put_str(s, 14, t->said ? str_of(t->first_mail_id) : STR_NONE);
	put_id(s, 15, t->by_mail || agent ? f->inbox : 0);
	step(f, ADD_MESSAGE);
	event(f, "message.added", "agents", actor_of(f, t, agent), t,
	      str_printf(f->row, "{\"message_id\":%lld,\"kind\":\"%s\",\"thread_id\":0}",
	                 (long long)id, agent ? "agent" : "customer"));
	index_message(f, t, id, !agent);
	if (!t->said)
		snprintf(t->first_mail_id, sizeof t->first_mail_id, "%.*s", STR_FMT(mail_id));
	if (agent) {
		delivery(f, t, id);
		t->first_reply_at = f->now;
		t->waiting_since = 0;
	} else if (!t->waiting_since) {
		t->waiting_since = f->now;
	}
	if (!agent && t->by_mail)
		ledger(f, t, id, mail_id);
	t->said++;
	return id;
}

/* ---- tickets ---- */

static void new_contact(struct fill *f, const struct ticket *t)
{
	str name = prose_str(t->name);
	sqlite3_stmt *s = f->st[ADD_CONTACT];
	put_int(s, 1, t->contact_id);
	put_str(s, 2, name);
	put_str(s, 3, text_fold(f->row, name));
	put_str(s, 4, t->lang == PROSE_RU ? STR("ru") : STR("en"));
	put_int(s, 5, f->now);
	step(f, ADD_CONTACT);
	s = f->st[ADD_IDENTITY];
	put_int(s, 1, t->contact_id);
	put_str(s, 2, prose_str(t->address));
	put_int(s, 3, f->now);
	step(f, ADD_IDENTITY);
	event(f, "contact.created", "system", t->by_mail ? STR("system") : STR("account:1"), NULL,
	      str_printf(f->row, "{\"contact_id\":%lld}", (long long)t->contact_id));
}

/* Somebody new, or one of those who wrote before, more often lately. */
static void pick_contact(struct fill *f, struct ticket *t)
{
	int64_t known = f->contacts - f->first_contact + 1;
	bool old = known > 0 && dice_chance(&f->dice, 0.45);
	if (old) {
		double u = (double)dice_below(&f->dice, 1 << 20) / (1 << 20);
		t->contact_id = f->contacts - (int64_t)(u * u * (double)known);
	} else {
		t->contact_id = ++f->contacts;
	}
	prose_person(f->words, (uint64_t)t->contact_id, &t->lang, t->name, t->address);
	if (!old)
		new_contact(f, t);
}

struct end {
	const char *status;
	bool solved, closed;
};

/* How the ticket ends: most old ones are closed, of the newest many wait. */
static struct end end_of(struct fill *f, const struct ticket *t)
{
	uint32_t d = dice_below(&f->dice, 1000);
	bool fresh = f->last_ticket - t->id < ACTIVE;
	if (t->unanswered && fresh)
		return (struct end){"new", false, false};
	if (fresh)
		return d < 400   ? (struct end){"open", false, false}
		       : d < 600 ? (struct end){"pending", false, false}
		       : d < 650 ? (struct end){"on_hold", false, false}
		                 : (struct end){"solved", true, false};
	return d < 700   ? (struct end){"closed", true, true}
	       : d < 940 ? (struct end){"solved", true, false}
	       : d < 960 ? (struct end){"spam", false, false}
	       : d < 975 ? (struct end){"open", false, false}
	                 : (struct end){"pending", false, false};
}

static void tag(struct fill *f, const struct ticket *t)
{
	for (int n = (int)dice_below(&f->dice, 7) - 4; n > 0; n--) {
		uint32_t r = dice_below(&f->dice, (uint32_t)f->n_tags);
		put_int(f->st[ADD_TAG], 1, t->id);
		put_int(f->st[ADD_TAG], 2, f->tags[dice_below(&f->dice, r + 1)]);
		step(f, ADD_TAG);
	}
}

/* The ticket's own row: known once the last message is. */
static void finish(struct fill *f, struct ticket *t, int64_t last_message)
{
	struct end end = end_of(f, t);
	bool over = end.solved || !strcmp(end.status, "spam");
	str subject = prose_str(t->subject);
	int64_t assignee = strcmp(end.status, "new") == 0 ? 0 : t->assignee_id;
	sqlite3_stmt *s = f->st[ADD_TICKET];
	put_int(s, 1, t->id);
	put_int(s, 2, f->brand);
	put_int(s, 3, t->line_id);
	put_id(s, 4, t->by_mail ? f->inbox : 0);
	put_int(s, 5, t->contact_id);
	put_str(s, 6, subject);
	put_str(s, 7, text_fold(f->row, subject));
	put_str(s, 8, text_snippet(f->row, prose_str(f->text), 120));
	put_str(s, 9, t->by_mail ? STR("mail") : STR("api"));
	put_str(s, 10, str_of(end.status));
	put_int(s, 11, dice_chance(&f->dice, 0.1) ? 3 : 2);
	put_id(s, 12, assignee);
	put_int(s, 13, t->created_at);
	put_int(s, 14, f->now);
	put_int(s, 15, f->now);
	put_id(s, 16, over ? 0 : t->waiting_since);
	put_id(s, 17, t->first_reply_at);
	put_id(s, 18, end.solved ? f->now : 0);
	put_id(s, 19, end.closed ? f->now : 0);
	put_int(s, 20, last_message);
	put_str(s, 21, STR("customer"));
	step(f, ADD_TICKET);
	tag(f, t);
	if (!assignee)
		return;
	changed(f, t, "new", end.status);
	put_int(f->st[ADD_READ], 1, assignee);
	put_int(f->st[ADD_READ], 2, t->id);
	put_int(f->st[ADD_READ], 3, last_message - (over ? 0 : 1));
	step(f, ADD_READ);
}

static void come_back(struct fill *f, int64_t at, uint32_t after, int place)
{
	int slot = f->due_free, *head = &f->due_at[(at + after) % WINDOW];
	assert(slot >= 0);
	f->due_free = f->due[slot].next;
	f->due[slot] = (struct due){place, *head};
	*head = slot;
}

/* When the next message of the ticket comes: an answer within hours, a reply within two days. */
static void plan_next(struct fill *f, int64_t at, struct ticket *t)
{
	come_back(f, at, 1 + dice_below(&f->dice, t->said == 1 ? 320 : 1920), (int)(t - f->open));
}

static void begin(struct fill *f, int64_t at)
{
	struct ticket *t = &f->open[at % WINDOW];
	*t = (struct ticket){.id = ++f->tickets,
	                     .created_at = f->now,
	                     .subject = t->subject,
	                     .name = t->name,
	                     .address = t->address};
	t->by_mail = dice_chance(&f->dice, 0.85);
	t->unanswered = dice_chance(&f->dice, 0.08);
	t->line_id = f->lines[dice_below(&f->dice, dice_below(&f->dice, (uint32_t)f->n_lines) + 1)];
	t->assignee_id = f->agents[dice_below(&f->dice, AGENTS)];
	pick_contact(f, t);
	prose_clear(t->subject);
	prose_subject(f->words, &f->dice, t->lang, t->subject);
	int64_t id = message(f, t);
	event(f, "ticket.created", "agents", actor_of(f, t, false), t,
	      str_printf(f->row, "{\"contact_id\":%lld,\"message_id\":%lld,\"channel\":\"%s\"}",
	                 (long long)t->contact_id, (long long)id, t->by_mail ? "mail" : "api"));
	plan_next(f, at, t);
}

static void work_off(struct fill *f, int64_t at)
{
	int slot = f->due_at[at % WINDOW];
	f->due_at[at % WINDOW] = -1;
	while (slot >= 0) {
		struct due d = f->due[slot];
		f->due[slot].next = f->due_free;
		f->due_free = slot;
		slot = d.next;
		struct ticket *t = &f->open[d.place];
		f->now += 1000;
		int64_t id = message(f, t);
		if (t->said == MESSAGES)
			finish(f, t, id);
		else
			plan_next(f, at, t);
		arena_clear(f->row);
	}
}

/* The last ones come in small commits and with the index's usual memory: else its next commits
 * would merge the large pieces that were made here. */
enum { AT_LAST = 3000, AT_ONCE = 20000, AT_ONCE_AT_LAST = 20 };

static void simulate(struct fill *f, int64_t n)
{
	command(f,
	        "INSERT INTO message_search (message_search, rank) VALUES ('hashsize', 67108864);"
	        "BEGIN");
	for (int64_t at = 0; at < n + WINDOW; at++) {
		/* Behind the last ticket time stands nearly still, for what is left to say. */
		int64_t tickets_ago = at < n ? n - at : 0;
		f->now = END_OF_TIME - tickets_ago * SPACING + (at < n ? 0 : (at - n) * SECOND);
		if (at < n)
			begin(f, at);
		work_off(f, at);
		arena_clear(f->row);
		if (at == (n > AT_LAST ? n - AT_LAST : 0))
			command(f, "INSERT INTO message_search (message_search, rank) VALUES "
			           "('hashsize', 1048576)");
		if (at && at % (at < n - AT_LAST ? AT_ONCE : AT_ONCE_AT_LAST) == 0)
			command(f, "COMMIT; BEGIN");
		if (at && at % AT_ONCE == 0)
			fprintf(stderr, "\r%lld tickets", (long long)at);
	}
	command(f, "COMMIT");
}

/* ---- before and after ---- */

static void read_ids(struct fill *f, const char *sql, int64_t *out, int *n, int max)
{
	sqlite3_stmt *s;
	if (sqlite3_prepare_v2(f->db, sql, -1, &s, NULL) != SQLITE_OK)
		fail(f, sql);
	for (*n = 0; *n < max && sqlite3_step(s) == SQLITE_ROW;)
		out[(*n)++] = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
}

/* Agents, an inbox and tags, which the program would have got from people. */
static void make_company(struct fill *f)
{
	char sql[512];
	int n;
	str name;
	for (int i = 1; i <= AGENTS; i++) {
		snprintf(
		    sql, sizeof sql,
		    "INSERT INTO account (email, email_norm, name, role_id, created_at) SELECT "
		    "'agent%d@bench.test', 'agent%d@bench.test', 'Agent %d', id, 0 FROM role "
		    "WHERE name = 'agent'",
		    i, i, i);
		command(f, sql);
	}
	read_ids(f, "SELECT id FROM account WHERE email LIKE 'agent%@bench.test'", f->agents, &n,
	         AGENTS);
	for (size_t i = 0; prose_tag(f->words, i, &name); i++) {
		snprintf(sql, sizeof sql,
		         "INSERT INTO tag (name, name_fold, created_at) VALUES ('%.*s', '%.*s', 0)",
		         STR_FMT(name), STR_FMT(name));
		command(f, sql);
	}
	read_ids(f, "SELECT id FROM tag ORDER BY id", f->tags, &f->n_tags, TAGS_MAX);
	read_ids(f, "SELECT id FROM line WHERE active = 1 ORDER BY position, id", f->lines,
	         &f->n_lines, LINES_MAX);
	f->brand = number(f, "SELECT min(id) FROM brand");
	command(f, "INSERT INTO inbox (brand_id, line_id, name, address, address_norm, created_at) "
	           "SELECT min(b.id), min(l.id), 'Support', 'support@bench.test', "
	           "'support@bench.test', 0 FROM brand b, line l");
	f->inbox = sqlite3_last_insert_rowid(f->db);
}

static void read_ends(struct fill *f)
{
	f->contacts = number(f, "SELECT coalesce(max(id), 0) FROM contact");
	f->tickets = number(f, "SELECT coalesce(max(id), 0) FROM ticket");
	f->messages = number(f, "SELECT coalesce(max(id), 0) FROM message");
	f->letters = number(f, "SELECT coalesce(max(id), 0) FROM intake");
	f->events = number(f, "SELECT coalesce(max(id), 0) FROM event");
	f->first_contact = f->contacts + 1;
	sqlite3_stmt *s;
	const char *sql = f->events ? "SELECT digest FROM event ORDER BY id DESC LIMIT 1"
	                            : "SELECT value FROM system WHERE key = 'instance_id'";
	if (sqlite3_prepare_v2(f->db, sql, -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW)
		fail(f, sql);
	f->previous =
	    str_dup(f->a, str_n(sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0)));
	sqlite3_finalize(s);
}

/* Drops every index that a statement made; their statements, one a line. */
static str drop_indexes(struct fill *f)
{
	sqlite3_stmt *s;
	BUF_AUTO make;
	BUF_AUTO drop;
	buf_init(&make, 0);
	buf_init(&drop, 0);
	if (sqlite3_prepare_v2(f->db,
	                       "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql "
	                       "IS NOT NULL AND tbl_name NOT LIKE 'message_search%'",
	                       -1, &s, NULL) != SQLITE_OK)
		fail(f, "indexes");
	while (sqlite3_step(s) == SQLITE_ROW) {
		buf_addf(&drop, "DROP INDEX \"%s\";", (const char *)sqlite3_column_text(s, 0));
		buf_addf(&make, "%s;", (const char *)sqlite3_column_text(s, 1));
	}
	sqlite3_finalize(s);
	command(f, str_dup(f->a, buf_str(&drop)).p);
	return str_dup(f->a, buf_str(&make));
}

static void prepare(struct fill *f)
{
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(f->db, SQL[i], -1, SQLITE_PREPARE_PERSISTENT, &f->st[i],
		                       NULL) != SQLITE_OK)
			fail(f, SQL[i]);
	for (int i = 0; i < WINDOW; i++) {
		f->due_at[i] = -1;
		f->open[i].subject = prose_new(f->a, 512);
		f->open[i].name = prose_new(f->a, 128);
		f->open[i].address = prose_new(f->a, 128);
	}
	for (int i = 0; i < WINDOW * MESSAGES; i++)
		f->due[i].next = i + 1 < WINDOW * MESSAGES ? i + 1 : -1;
	f->text = prose_new(f->a, 8192);
}

int main(int argc, char **argv)
{
	static struct fill f;
	if (argc != 3) {
		fprintf(stderr, "usage: fill DATABASE TICKETS\n");
		return 2;
	}
	int64_t n = strtoll(argv[2], NULL, 10);
	f.a = arena_new();
	f.row = arena_new();
	buf_init(&f.line, 0);
	f.dice.state = 7;
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	f.words = vocabulary_new(f.a);
	if (sqlite3_open_v2(argv[1], &f.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite_fts_register(f.db))
		fail(&f, argv[1]);
	STEMMER_AUTO stemmer = stemmer_new(NULL);
	terms_init(&f.terms, stemmer, TERM_SPACED, 1 << 16);
	command(&f,
	        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
	        "PRAGMA cache_size=-400000; PRAGMA temp_store=MEMORY; PRAGMA threads=2;"
	        "PRAGMA ignore_check_constraints=ON");
	make_company(&f);
	read_ends(&f);
	f.last_ticket = f.tickets + n;
	str indexes = drop_indexes(&f);
	prepare(&f);
	simulate(&f, n);
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(f.st[i]);
	char sql[256];
	snprintf(sql, sizeof sql,
	         "INSERT OR REPLACE INTO event_cursor (name, event_id, updated_at) VALUES "
	         "('search', %lld, %lld), ('sense', %lld, %lld)",
	         (long long)f.events, (long long)f.now, (long long)f.events, (long long)f.now);
	command(&f, sql);
	command(&f, "DELETE FROM message_search_config WHERE k = 'hashsize'");
	fprintf(stderr, "\rindexes       ");
	command(&f, indexes.p);
	command(&f, "PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=WAL");
	fprintf(stderr, "\r%lld tickets, %lld messages, %lld events\n", (long long)f.tickets,
	        (long long)f.messages, (long long)f.events);
	sqlite3_close(f.db);
	buf_release(&f.line);
	terms_release(&f.terms);
	arena_free(f.row);
	arena_free(f.a);
	return 0;
}
