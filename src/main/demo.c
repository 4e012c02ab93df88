/* demo.c: `otklik demo`: an empty installation becomes a small bilingual company.
 *
 * The data is demo/company.json, embedded. It goes through the verbs of desk/
 * in the order of its times, with a clock of its own that begins days ago, so
 * that waiting times, events and reports look as they would. The installation
 * is marked as demo and never sends anything.
 */
#include "desk/admin.h"
#include "desk/article.h"
#include "desk/contact.h"
#include "desk/decide.h"
#include "desk/reply.h"
#include "desk/sense.h"
#include "desk/ticket.h"
#include "desk/train.h"
#include "json/read.h"
#include "mail/intake.h"
#include "main/commands.h"
#include "store/job.h"
#include "store/system.h"
#include "sys/random.h"

__asm__(".section .rodata\n"
        ".global demo_company\n"
        "demo_company:\n"
        ".incbin \"" DEMO_COMPANY "\"\n"
        ".global demo_company_end\n"
        "demo_company_end:\n"
        ".byte 0\n"
        ".previous\n");
extern const char demo_company[], demo_company_end[];

static str company_json(void)
{
	// cppcheck-suppress comparePointers ; two ends of one object, made in assembly
	return str_n(demo_company, (size_t)(demo_company_end - demo_company));
}

#define MAX_THINGS 64

/* A name of the file and the id it got. */
struct thing {
	str key;
	int64_t id;
};

struct things {
	struct thing p[MAX_THINGS];
	size_t n;
};

/* One message of one ticket, to be told in the order of time. */
struct step {
	usec at;
	const struct json *ticket, *message;
	size_t ticket_no, message_no;
};

struct demo {
	struct app *app;
	struct desk desk; /* the app's, with the demo's clock */
	struct arena *a;
	struct db_conn *tx;
	const struct json *company;
	str password_hash;
	struct things brands, lines, inboxes, inbox_brands, accounts;
	int64_t tickets[MAX_THINGS];
	struct step steps[MAX_THINGS * 8];
	size_t n_steps;
};

static void remember(struct things *t, str key, int64_t id)
{
	if (t->n < MAX_THINGS)
		t->p[t->n++] = (struct thing){key, id};
}

static int64_t id_of(const struct things *t, str key)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->p[i].key, key))
			return t->p[i].id;
	return 0;
}

static str text(const struct json *v, const char *key)
{
	return json_get_str(v, key, STR(""));
}

static enum err make_brands(struct demo *d, struct error *e)
{
	const struct json *list = json_get(d->company, "brands");
	struct brand *began;
	size_t n_began;
	enum err err = desk_brand_list(&d->desk, d->a, d->tx, actor_system(), &began, &n_began, e);
	for (size_t i = 0; !err && i < list->n; i++) {
		str name = text(&list->items[i], "name"), slug = text(&list->items[i], "slug"),
		    language = text(&list->items[i], "language");
		struct desk_brand_patch patch = {
		    .name = &name, .slug = &slug, .language = &language};
		struct brand brand;
		if (i < n_began) /* the one that every installation begins with */
			err = desk_brand_patch(&d->desk, d->a, d->tx, actor_system(), began[i].id,
			                       &patch, &brand, e);
		else
			err = desk_brand_create(&d->desk, d->a, d->tx, actor_system(), &patch,
			                        &brand, e);
		remember(&d->brands, slug, brand.id);
	}
	return err;
}

static enum err make_lines(struct demo *d, struct error *e)
{
	const struct json *list = json_get(d->company, "lines");
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < list->n; i++) {
		str name = text(&list->items[i], "name");
		int64_t level = json_get_i64(&list->items[i], "level", 1),
		        position = (int64_t)i + 10;
		struct desk_line_patch patch = {
		    .name = &name, .level = &level, .position = &position};
		struct line line;
		err = desk_line_create(&d->desk, d->a, d->tx, actor_system(), &patch, &line, e);
		remember(&d->lines, text(&list->items[i], "key"), line.id);
	}
	return err;
}

/* What the first start made is not wanted here: the company has its own. */
static enum err retire_first_lines(struct demo *d, struct error *e)
{
	struct line *lines;
	size_t n;
	bool off = false;
	enum err err = desk_line_list(&d->desk, d->a, d->tx, actor_system(), &lines, &n, e);
	for (size_t i = 0; !err && i < n; i++) {
		struct desk_line_patch patch = {.active = &off};
		struct line line;
		err = desk_line_patch(&d->desk, d->a, d->tx, actor_system(), lines[i].id, &patch,
		                      &line, e);
	}
	return err;
}

static enum err make_inboxes(struct demo *d, struct error *e)
{
	const struct json *list = json_get(d->company, "inboxes");
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < list->n; i++) {
		const struct json *v = &list->items[i];
		str name = text(v, "name"), address = text(v, "address"),
		    sender = text(v, "sender_name"), signature = text(v, "signature");
		int64_t brand = id_of(&d->brands, text(v, "brand")),
		        line = id_of(&d->lines, text(v, "line"));
		struct desk_inbox_patch patch = {.name = &name,
		                                 .address = &address,
		                                 .sender_name = &sender,
		                                 .signature = &signature,
		                                 .brand_id = &brand,
		                                 .line_id = &line};
		struct inbox inbox;
		err = desk_inbox_create(&d->desk, d->a, d->tx, actor_system(), &patch, &inbox, e);
		remember(&d->inboxes, text(v, "key"), inbox.id);
		remember(&d->inbox_brands, text(v, "key"), brand);
	}
	return err;
}

static struct desk_ids ids_of(struct demo *d, const struct things *t, const struct json *keys)
{
	int64_t *ids = ARENA_ARRAY(d->a, keys->n, int64_t);
	for (size_t i = 0; i < keys->n; i++)
		ids[i] = id_of(t, keys->items[i].s);
	return (struct desk_ids){ids, keys->n};
}

static enum err make_accounts(struct demo *d, struct error *e)
{
	const struct json *list = json_get(d->company, "accounts");
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < list->n; i++) {
		const struct json *v = &list->items[i];
		int64_t id;
		err = desk_account_add(&d->desk, d->a, d->tx, text(v, "email"), text(v, "name"),
		                       text(v, "role"), text(v, "language"), d->password_hash, &id,
		                       e);
		if (err)
			break;
		remember(&d->accounts, text(v, "key"), id);
		struct desk_ids lines = ids_of(d, &d->lines, json_get(v, "lines"));
		struct desk_ids brands = ids_of(d, &d->brands, json_get(v, "brands"));
		bool all = false;
		struct desk_account_patch patch = {
		    .all_lines = &all, .all_brands = &all, .lines = &lines, .brands = &brands};
		struct account account;
		if (lines.n)
			err = desk_account_patch(&d->desk, d->a, d->tx, actor_system(), id, &patch,
			                         &account, e);
	}
	return err;
}

static enum err make_contacts(struct demo *d, struct error *e)
{
	const struct json *list = json_get(d->company, "contacts");
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < list->n; i++) {
		const struct json *v = &list->items[i];
		struct contact contact;
		err = desk_contact_ensure(&d->desk, d->a, d->tx, actor_system(), IDENTITY_EMAIL,
		                          text(v, "email"), text(v, "name"), true, &contact, e);
		struct contact_change change = {.has_vip = true,
		                                .vip = json_get_bool(v, "vip", false),
		                                .has_note = true,
		                                .note = text(v, "note")};
		if (!err)
			err = desk_contact_patch(&d->desk, d->a, d->tx, actor_system(), contact.id,
			                         &change, &contact, e);
	}
	return err;
}

/* ---- what tickets are about ---- */

static enum err make_category(struct demo *d, const struct json *v, int64_t brand, int64_t line,
                              int64_t parent, int64_t *id, struct error *e)
{
	str slug = text(v, "slug"), en = text(v, "en"), ru = text(v, "ru");
	const struct json *needs = json_get(v, "facts"), *examples = json_get(v, "examples");
	str *facts = ARENA_ARRAY(d->a, needs->n, str);
	for (size_t i = 0; i < needs->n; i++)
		facts[i] = needs->items[i].s;
	const struct desk_category_patch patch = {.brand_id = &brand,
	                                          .parent_id = &parent,
	                                          .line_id = &line,
	                                          .slug = &slug,
	                                          .name_en = &en,
	                                          .name_ru = &ru,
	                                          .facts = facts,
	                                          .n_facts = needs->n};
	struct category c;
	enum err err = desk_category_create(&d->desk, d->a, d->tx, actor_system(), &patch, &c, e);
	for (size_t i = 0; !err && i < examples->n; i++)
		err = example_add(d->tx, c.id, examples->items[i].s, STR("demo"),
		                  clock_now(d->desk.clock), NULL, e);
	*id = c.id;
	return err;
}

static enum err make_categories(struct demo *d, struct error *e)
{
	const struct json *list = json_get(d->company, "categories");
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < list->n; i++) {
		const struct json *v = &list->items[i], *children = json_get(v, "children");
		int64_t brand = id_of(&d->brands, text(v, "brand")),
		        line = id_of(&d->lines, text(v, "line")), parent, child;
		err = make_category(d, v, brand, line, 0, &parent, e);
		for (size_t k = 0; !err && k < children->n; k++)
			err = make_category(d, &children->items[k], brand, 0, parent, &child, e);
	}
	const str orders = text(d->company, "orders");
	const struct sense_rule_patch patch = {.order_patterns = &orders};
	struct sense_rule rule;
	return err ? err
	           : desk_sense_rule_patch(&d->desk, d->a, d->tx, actor_system(), 0, &patch, &rule,
	                                   e);
}

static enum err make_articles(struct demo *d, struct error *e)
{
	const struct json *list = json_get(d->company, "articles");
	struct article_input *in = ARENA_ARRAY(d->a, list->n, struct article_input);
	struct article_imported sum;
	for (size_t i = 0; i < list->n; i++) {
		const struct json *v = &list->items[i], *asked = json_get(v, "questions");
		str *questions = ARENA_ARRAY(d->a, asked->n, str);
		for (size_t k = 0; k < asked->n; k++)
			questions[k] = asked->items[k].s;
		in[i] = (struct article_input){.brand_id = id_of(&d->brands, text(v, "brand")),
		                               .language = text(v, "language"),
		                               .title = text(v, "title"),
		                               .body = text(v, "body"),
		                               .questions = questions,
		                               .n_questions = asked->n};
	}
	return desk_article_import(&d->desk, d->a, d->tx, actor_system(), in, list->n, &sum, e);
}

struct train_install_job {
	const struct desk *desk;
	struct arena *a;
	struct train_result *result;
	const struct blob *blob;
};

static enum err install(void *arg, struct db_conn *tx, struct error *e)
{
	struct train_install_job *j = arg;
	return train_install(j->desk, j->a, tx, actor_system(), j->result, j->blob, true, e);
}

/* Learns from the examples, then looks at the tickets as it would have when they came in. */
static enum err learn(struct demo *d, struct error *e)
{
	struct train_data data;
	struct train_result result;
	struct blob blob;
	struct db_conn *c;
	struct app *app = d->app;
	enum err err = db_read_begin(app->db, &c, e);
	if (err)
		return err;
	err = train_collect(&app->desk, d->a, c, 0, &data, e);
	db_read_end(app->db, c);
	if (!err)
		err = train_run(d->a, &data, clock_now(app->clock), NULL, NULL, &result, e);
	if (!err)
		err = blob_prepare(&app->desk.blobs, d->a, result.bytes, &blob, e);
	result.row.source = STR("command");
	struct train_install_job job = {&app->desk, d->a, &result, &blob};
	if (!err)
		err = db_write(app->db, install, &job, e);
	if (err)
		return err;
	struct decider *decider = decider_new(&app->desk, app->db);
	err = decider_catch_up(decider, NULL, e);
	decider_free(decider);
	return err;
}

/* ---- conversations ---- */

static int by_time(const void *x, const void *y)
{
	const struct step *a = x, *b = y;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->ticket_no != b->ticket_no
	           ? (a->ticket_no < b->ticket_no ? -1 : 1)
	           : (a->message_no > b->message_no) - (a->message_no < b->message_no);
}

static void plan(struct demo *d, usec now)
{
	const struct json *tickets = json_get(d->company, "tickets");
	for (size_t t = 0; t < tickets->n; t++) {
		const struct json *messages = json_get(&tickets->items[t], "messages");
		usec begin = now - json_get_i64(&tickets->items[t], "age", 0) * USEC_MINUTE;
		for (size_t m = 0; m < messages->n && d->n_steps < COUNT_OF(d->steps); m++) {
			usec at =
			    begin + json_get_i64(&messages->items[m], "after", 0) * USEC_MINUTE;
			d->steps[d->n_steps++] =
			    (struct step){at, &tickets->items[t], &messages->items[m], t, m};
		}
	}
	qsort(d->steps, d->n_steps, sizeof d->steps[0], by_time);
}

/* "Name <address>" of the file. */
static void split_from(str from, str *name, str *address)
{
	ptrdiff_t open = str_chr(from, '<');
	*name = str_trim(str_sub(from, 0, (size_t)open));
	*address = str_sub(from, (size_t)open + 1, from.n - 1);
}

static enum err customer_says(struct demo *d, const struct step *s, struct error *e)
{
	str name, address;
	struct contact contact;
	struct ticket ticket;
	int64_t message_id, ticket_id;
	split_from(text(s->ticket, "from"), &name, &address);
	enum err err = desk_contact_ensure(&d->desk, d->a, d->tx, actor_system(), IDENTITY_EMAIL,
	                                   address, name, true, &contact, e);
	if (err)
		return err;
	str inbox = text(s->ticket, "inbox");
	struct inbound in = {.channel = STR("mail"),
	                     .author_name = name,
	                     .author_address = address,
	                     .sent_at = s->at,
	                     .subject = text(s->ticket, "subject"),
	                     .text = text(s->message, "text"),
	                     .inbox_id = id_of(&d->inboxes, inbox)};
	if (s->message_no > 0)
		return desk_customer_message(&d->desk, d->a, d->tx, actor_system(),
		                             d->tickets[s->ticket_no], contact.id, &in, &ticket_id,
		                             &message_id, e);
	struct inbound_ticket begin = {.contact_id = contact.id,
	                               .brand_id = id_of(&d->inbox_brands, inbox),
	                               .line_id = id_of(&d->lines, text(s->ticket, "line")),
	                               .message = &in};
	err = desk_customer_ticket(&d->desk, d->a, d->tx, actor_system(), &begin, &ticket,
	                           &message_id, e);
	d->tickets[s->ticket_no] = ticket.id;
	return err;
}

/* As if the letter had left at once. */
static enum err delivered(struct demo *d, int64_t message_id, struct error *e)
{
	struct delivery *list;
	size_t n;
	bool cancelled;
	enum err err = job_cancel(d->tx, DESK_JOB_SEND,
	                          str_printf(d->a, "message:%lld", (long long)message_id),
	                          clock_now(d->desk.clock), &cancelled, e);
	if (!err)
		err = delivery_of_message(d->a, d->tx, message_id, &list, &n, e);
	for (size_t i = 0; !err && i < n; i++) {
		list[i].state = DELIVERY_SENT;
		list[i].attempts = 1;
		list[i].code = 250;
		list[i].updated_at = clock_now(d->desk.clock);
		err = desk_delivery_update(&d->desk, d->a, d->tx, actor_system(), &list[i], e);
	}
	return err;
}

static enum err colleague_says(struct demo *d, const struct step *s, struct error *e)
{
	str by = text(s->message, "by");
	bool note = str_is(by, "note");
	struct actor actor;
	int64_t message_id;
	enum err err = actor_from_account(
	    d->a, d->tx, id_of(&d->accounts, note ? text(s->message, "author") : by), &actor, e);
	struct message_input in = {.kind = note ? MESSAGE_NOTE : MESSAGE_AGENT,
	                           .text = text(s->message, "text")};
	if (!err)
		err = desk_message_create(&d->desk, d->a, d->tx, &actor, d->tickets[s->ticket_no],
		                          &in, &message_id, e);
	return err || note ? err : delivered(d, message_id, e);
}

static enum ticket_status status_of(str name)
{
	return str_is(name, "solved")    ? TICKET_SOLVED
	       : str_is(name, "pending") ? TICKET_PENDING
	       : str_is(name, "on_hold") ? TICKET_ON_HOLD
	                                 : TICKET_OPEN;
}

/* After the last message of a ticket: assignee, tags, priority, status. */
static enum err settle(struct demo *d, const struct step *s, struct error *e)
{
	const struct json *tags = json_get(s->ticket, "tags");
	str *names = ARENA_ARRAY(d->a, tags->n, str);
	for (size_t i = 0; i < tags->n; i++)
		names[i] = tags->items[i].s;
	int64_t assignee = id_of(&d->accounts, text(s->ticket, "assignee"));
	str status = text(s->ticket, "status");
	struct ticket_change change = {.has_tags = tags->n > 0,
	                               .tags = names,
	                               .n_tags = tags->n,
	                               .priority = (int)json_get_i64(s->ticket, "priority", 0),
	                               .has_assignee = assignee != 0,
	                               .assignee_id = assignee,
	                               .has_status = status.n > 0,
	                               .status = status_of(status)};
	struct ticket ticket;
	return desk_ticket_patch(&d->desk, d->a, d->tx, actor_system(), d->tickets[s->ticket_no],
	                         &change, &ticket, e);
}

static enum err tell(struct demo *d, struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < d->n_steps; i++) {
		const struct step *s = &d->steps[i];
		clock_set(d->desk.clock, s->at);
		err = str_is(text(s->message, "by"), "customer") ? customer_says(d, s, e)
		                                                 : colleague_says(d, s, e);
		if (!err && s->message_no + 1 == json_get(s->ticket, "messages")->n)
			err = settle(d, s, e);
	}
	return err;
}

static enum err fill(void *arg, struct db_conn *tx, struct error *e)
{
	struct demo *d = arg;
	struct db_rows r;
	d->tx = tx;
	d->brands.n = d->lines.n = d->inboxes.n = d->inbox_brands.n = d->accounts.n = d->n_steps =
	    0;
	db_rows_open_text(&r, tx,
	                  STR("SELECT 1 FROM account UNION ALL SELECT 1 FROM ticket LIMIT 1"),
	                  DB_NO_ARGS);
	bool occupied = db_rows_next(&r);
	enum err err = db_rows_close(&r, e);
	if (!err && occupied)
		err = error_set(e, ERR_CONFLICT, "error.not_empty", NULL, NULL);
	plan(d, clock_now(d->app->clock));
	clock_set(d->desk.clock, d->steps[0].at - USEC_DAY);
	if (!err)
		err = retire_first_lines(d, e);
	if (!err)
		err = make_brands(d, e);
	if (!err)
		err = make_lines(d, e);
	if (!err)
		err = make_inboxes(d, e);
	if (!err)
		err = make_accounts(d, e);
	if (!err)
		err = make_contacts(d, e);
	if (!err)
		err = make_categories(d, e);
	if (!err)
		err = make_articles(d, e);
	if (!err)
		err = tell(d, e);
	if (!err)
		err = system_set(tx, SYSTEM_DEMO, STR("1"), e);
	return err ? err : desk_system_pause(&d->desk, d->a, tx, actor_system(), STR("demo"), e);
}

/* Letters as they come by LMTP: what cannot be accepted waits in quarantine. */
static enum err take_letters(struct demo *d, struct error *e)
{
	const struct json *list = json_get(d->company, "quarantine");
	struct mail_intake in = {.desk = &d->app->desk,
	                         .db = d->app->db,
	                         .log = &d->app->log,
	                         .mime = MIME_LIMITS_DEFAULT};
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < list->n; i++) {
		str recipient = text(&list->items[i], "to");
		enum lmtp_reply reply;
		struct lmtp_letter letter = {.raw = text(&list->items[i], "raw"),
		                             .recipients = &recipient,
		                             .nrecipients = 1,
		                             .peer = STR("demo"),
		                             .received = clock_now(d->app->clock)};
		err = mail_intake_letter(&in, &letter, &reply, e);
	}
	return err;
}

int command_demo(struct app *app, int argc, char **argv)
{
	struct error e;
	struct demo *d = ARENA_NEW(app->arena, struct demo);
	if (argc != 1)
		return command_usage(app, "demo");
	enum err err = app_open(app, APP_LOCK | APP_MIGRATE, &e);
	d->app = app;
	d->a = app->arena;
	d->desk = app->desk;
	d->desk.clock = clock_manual_new(clock_now(app->clock));
	str password = random_token(app->arena, 9);
	if (!err)
		err = json_parse(d->a, company_json(), NULL, &d->company, &e);
	if (!err)
		err = password_hash(app->arena, password, &d->password_hash, &e);
	if (!err)
		err = db_write(app->db, fill, d, &e);
	if (!err)
		err = take_letters(d, &e);
	if (!err)
		err = learn(d, &e);
	clock_free(d->desk.clock);
	if (err)
		return app_fail(app, &e);
	printf("Login     %.*s\nPassword  %.*s\n(the same password for everybody: anna@, igor@, "
	       "jonah@, "
	       "sam@, partner@demo.example)\n",
	       STR_FMT(text(&json_get(d->company, "accounts")->items[0], "email")),
	       STR_FMT(password));
	return 0;
}
