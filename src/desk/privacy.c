/* privacy.c: erasing a contact, and the steps of every run of erasing. See privacy.h. */
#include "base/buf.h"
#include "desk/mask.h"
#include "desk/privacy_internal.h"
#include "json/write.h"
#include "store/blob_doomed.h"
#include "store/job.h"
#include "store/search.h"

enum {
	MESSAGES_STEP = 100, /* erased in one transaction */
	TICKETS_STEP = 50,
	LEDGER_STEP = 5000, /* rows of the ledger looked at in one transaction */
};

/* ---- what goes ---- */

str privacy_ids(struct arena *a, struct id_list ids)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "{\"ids\":[");
	for (size_t i = 0; i < ids.n; i++)
		buf_addf(&b, "%s%lld", i ? "," : "", (long long)ids.p[i]);
	buf_addz(&b, "]}");
	return str_dup(a, buf_str(&b));
}

enum err privacy_erase_messages(struct arena *a, struct db_conn *tx, struct id_list ids, bool keep,
                                usec now, struct error *e)
{
	enum err err = erase_messages(a, tx, ids, now, e);
	if (!err && keep && ids.n)
		err = tombstone_add(a, tx, "messages", privacy_ids(a, ids), now, e);
	return err;
}

enum err privacy_erase_tickets(struct arena *a, struct db_conn *tx, const struct actor *actor,
                               struct id_list ids, int64_t erasure_id, bool keep, usec now,
                               struct error *e)
{
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < ids.n; i++) {
		struct ticket t;
		if ((err = desk_ticket_open(a, tx, actor_system(), ids.p[i], &t, e)))
			break;
		if (!t.merged_into && !ticket_status_is_over(t.status) &&
		    ((err = desk_set_status(a, tx, actor, &t, TICKET_CLOSED, false, now, e)) ||
		     (err = desk_ticket_save(a, tx, &t, now, e))))
			break;
		event_add(tx, now, actor, EVENT_TICKET_ERASED, desk_about(&t),
		          EVENT_DATA(EVENT_INT("erasure_id", erasure_id)));
	}
	if (!err)
		err = erase_tickets(a, tx, ids, now, e);
	if (!err && keep && ids.n)
		err = tombstone_add(a, tx, "tickets", privacy_ids(a, ids), now, e);
	return err;
}

enum err privacy_erase_files(struct arena *a, struct db_conn *tx, int64_t ticket_id, bool keep,
                             usec now, struct error *e)
{
	enum err err = erase_ticket_files(a, tx, ticket_id, now, e);
	if (!err && keep)
		err = tombstone_add(a, tx, "files", privacy_ids(a, (struct id_list){&ticket_id, 1}),
		                    now, e);
	return err;
}

/* ---- asking for it ---- */

enum err privacy_queue(struct arena *a, struct db_conn *tx, const struct erasure *x, usec now,
                       struct error *e)
{
	return job_add(tx, DESK_JOB_ERASURE, str_printf(a, "erasure:%lld", (long long)x->id), now,
	               str_printf(a, "{\"id\":%lld}", (long long)x->id), now, e);
}

enum err desk_erase_preview(const struct desk *d, struct arena *a, struct db_conn *c,
                            const struct actor *actor, int64_t contact_id,
                            struct erase_preview *out, struct error *e)
{
	struct contact contact;
	struct id_list tree;
	(void)d;
	*out = (struct erase_preview){0};
	enum err err = actor_need(actor, RIGHT_CONTACT_ERASE, e);
	if (err || (err = contact_get(a, c, actor, contact_id, &contact, e)) ||
	    (err = erase_contact_tree(a, c, contact_id, &tree, e)) ||
	    (err = erase_count(a, c, tree, &out->counts, e)) ||
	    (err = hold_of_contacts(a, c, tree.p, tree.n, &out->holds, &out->n_holds, e)) ||
	    (err = erasure_of_contact(a, c, contact_id, &out->run, e)))
		return err;
	struct mask mask = mask_for(actor);
	for (size_t i = 0; i < out->n_holds; i++)
		out->holds[i].reason = mask_text(a, &mask, out->holds[i].reason);
	if (actor->all_lines && actor->all_brands)
		return ERR_OK;
	/* contact.ticket_count leaves merged-away tickets out: whoever is restricted to lines
	 * cannot be shown to see all. */
	int64_t seen = contact.ticket_count;
	out->unseen = out->counts.tickets > seen ? out->counts.tickets - seen : 0;
	return ERR_OK;
}

static bool confirmed(struct arena *a, const struct contact *c, str typed)
{
	typed = str_trim(typed);
	bool ok = str_eq(typed, str_printf(a, "%lld", (long long)c->id)) ||
	          (c->name.n && str_eq(typed, str_trim(c->name)));
	for (size_t i = 0; i < c->n_identities && !ok; i++)
		ok = str_eq(typed, c->identities[i].value);
	return ok;
}

enum err desk_contact_erase(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t contact_id, str confirm,
                            struct erasure *out, struct error *e)
{
	struct contact c;
	struct erase_preview p;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_CONTACT_ERASE, e);
	if (err || (err = db_lock(tx, "contact", contact_id, e)) ||
	    (err = contact_get(a, tx, actor, contact_id, &c, e)) ||
	    (err = desk_erase_preview(d, a, tx, actor, contact_id, &p, e)))
		return err;
	if (c.merged_into)
		return error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL);
	if (c.erased_at)
		return error_set(e, ERR_CONFLICT, "error.erased_already", NULL, NULL);
	if (erasure_runs(&p.run))
		return error_set(e, ERR_CONFLICT, "error.erasure_running", NULL, NULL);
	if (p.unseen)
		return error_set(e, ERR_DENIED, "error.erase_unseen", NULL, NULL);
	if (!confirmed(a, &c, confirm))
		return error_set(e, ERR_INVALID, "error.confirm", "confirm", NULL);
	if ((err = desk_hold_error(a, actor, p.holds, p.n_holds, e)))
		return err;
	*out = (struct erasure){
	    .kind = STR("contact"),
	    .contact_id = contact_id,
	    .stage = STR("messages"),
	    .total = p.counts.messages,
	    .asked_by = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	    .asked_by_name = actor->name,
	    .created_at = now,
	};
	if ((err = erasure_insert(tx, out, e)))
		return err;
	event_add(tx, now, actor, EVENT_ERASURE_ASKED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("erasure_id", out->id), EVENT_INT("contact_id", contact_id),
	                     EVENT_CODE("kind", out->kind)));
	return privacy_queue(a, tx, out, now, e);
}

enum err desk_erasure_list(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t before, struct erasure **out,
                           size_t *n, struct error *e)
{
	(void)d;
	enum err err = actor_need(actor, RIGHT_ADMIN_PRIVACY, e);
	return err ? err : erasure_list(a, c, before, 50, out, n, e);
}

/* ---- the steps ---- */

struct step {
	struct arena *a;
	struct db_conn *tx;
	struct erasure *x;
	struct id_list contacts;
	const struct actor *actor;
	usec now, until; /* younger rows are left alone */
	bool keep;       /* tombstones are to be written */
};

static void go_on(struct erasure *x, str stage)
{
	x->stage = stage;
	x->position = 0;
}

static enum err step_messages(struct step *s, struct error *e)
{
	struct id_list ids;
	enum err err =
	    erase_find_messages(s->a, s->tx, s->contacts, s->until, MESSAGES_STEP, &ids, e);
	if (!err)
		err = privacy_erase_messages(s->a, s->tx, ids, s->keep, s->now, e);
	s->x->done += (int64_t)ids.n;
	if (!ids.n)
		go_on(s->x, STR("tickets"));
	return err;
}

static enum err step_tickets(struct step *s, struct error *e)
{
	struct id_list ids;
	enum err err =
	    erase_find_tickets(s->a, s->tx, s->contacts, s->until, TICKETS_STEP, &ids, e);
	if (!err)
		err =
		    privacy_erase_tickets(s->a, s->tx, s->actor, ids, s->x->id, s->keep, s->now, e);
	if (!ids.n)
		go_on(s->x, STR("ledger"));
	return err;
}

static enum err step_ledger(struct step *s, struct error *e)
{
	struct id_list ids;
	str *addresses;
	size_t n;
	bool more = false;
	enum err err = erase_contact_addresses(s->a, s->tx, s->contacts, &addresses, &n, e);
	if (!err && n) {
		err = erase_find_intake(s->a, s->tx, addresses, n, &s->x->position, LEDGER_STEP,
		                        &ids, &more, e);
		if (!err)
			err = erase_intake(s->a, s->tx, ids, s->until, s->now, e);
		if (!err && s->keep && ids.n)
			err =
			    tombstone_add(s->a, s->tx, "intake", privacy_ids(s->a, ids), s->now, e);
	}
	if (!more)
		go_on(s->x, STR("contact"));
	return err;
}

static enum err step_contact(struct step *s, struct error *e)
{
	struct id_list messages, tickets;
	for (size_t i = 0; i < s->contacts.n; i++) {
		enum err err = db_lock(s->tx, "contact", s->contacts.p[i], e);
		if (err)
			return err;
	}
	/* A letter may have come in meanwhile. */
	enum err err = erase_find_messages(s->a, s->tx, s->contacts, s->until, 1, &messages, e);
	if (!err)
		err = erase_find_tickets(s->a, s->tx, s->contacts, s->until, 1, &tickets, e);
	if (err)
		return err;
	if (messages.n || tickets.n) {
		go_on(s->x, STR("messages"));
		return ERR_OK;
	}
	if ((err = erase_contacts(s->a, s->tx, s->contacts, s->now, e)))
		return err;
	if (s->keep)
		err = tombstone_add(s->a, s->tx, "contact", privacy_ids(s->a, s->contacts), s->now,
		                    e);
	event_add(s->tx, s->now, s->actor, EVENT_CONTACT_ERASED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("contact_id", s->x->contact_id),
	                     EVENT_INT("erasure_id", s->x->id)));
	go_on(s->x, STR("log"));
	return err;
}

static enum err step_rule(struct step *s, struct error *e)
{
	bool over = false;
	enum err err = privacy_retention_step(s->a, s->tx, s->x, s->now, &over, e);
	if (!err && over)
		go_on(s->x, STR("log"));
	return err;
}

static enum err step_index(struct step *s, struct error *e)
{
	bool more;
	enum err err = search_compact_step(s->tx, !s->x->position, &more, e);
	s->x->position = 1;
	if (!more)
		go_on(s->x, STR("files"));
	return err;
}

/* What a hold stopped is stopped, also when something was gone by then. */
static void end(struct db_conn *tx, struct erasure *x, usec now)
{
	x->stage = x->error.n ? STR("stopped") : STR("done");
	x->finished_at = now;
	event_add(tx, now, actor_system(), EVENT_ERASURE_ENDED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("erasure_id", x->id), EVENT_CODE("kind", x->kind),
	                     EVENT_CODE("stage", x->stage), EVENT_INT("count", x->done)));
}

enum err desk_privacy_swept(struct arena *a, struct db_conn *tx, usec now, struct error *e)
{
	struct erasure *list;
	size_t n;
	enum err err = erasure_to_sweep(a, tx, now, &list, &n, e);
	for (size_t i = 0; !err && i < n; i++) {
		end(tx, &list[i], now);
		err = erasure_update(tx, &list[i], e);
	}
	return err;
}

/* A hold that was set since stops the run; what is gone is gone. */
static enum err held(struct step *s, bool *out, struct error *e)
{
	struct legal_hold *holds;
	size_t n;
	*out = false;
	if (!str_is(s->x->kind, "contact") || str_is(s->x->stage, "log") ||
	    str_is(s->x->stage, "index") || str_is(s->x->stage, "files"))
		return ERR_OK;
	enum err err = hold_of_contacts(s->a, s->tx, s->contacts.p, s->contacts.n, &holds, &n, e);
	*out = !err && n;
	return err;
}

static enum err run(struct step *s, str worked, struct error *e)
{
	static const struct {
		const char *stage;
		enum err (*fn)(struct step *s, struct error *e);
	} in_rows[] = {{"messages", step_messages}, {"tickets", step_tickets},
	               {"ledger", step_ledger},     {"contact", step_contact},
	               {"rule", step_rule},         {"index", step_index}};
	for (size_t i = 0; i < COUNT_OF(in_rows); i++)
		if (str_eq(s->x->stage, str_of(in_rows[i].stage)))
			return in_rows[i].fn(s, e);
	/* The rest is work outside; it counts when it was done at this stage. */
	if (!str_eq(worked, s->x->stage))
		return ERR_OK;
	if (str_is(worked, "log")) {
		go_on(s->x, STR("index"));
	} else if (str_is(worked, "files")) {
		s->x->stage = STR("sweep");
		s->x->position = s->now;
		return job_add(s->tx, DESK_JOB_SWEEP, STR("all"), s->now, STR_NONE, s->now, e);
	}
	return ERR_OK;
}

static enum err begin(struct step *s, struct erasure *x, usec now, struct actor *actor,
                      struct error *e)
{
	s->x = x;
	s->now = now;
	s->keep = !str_is(x->kind, "restore");
	s->until = s->keep ? INT64_MAX : x->created_at;
	*actor = *actor_system();
	if (x->asked_by) {
		actor->kind = ACTOR_ACCOUNT;
		actor->account_id = x->asked_by;
		actor->rights = UINT64_MAX;
	}
	s->actor = actor;
	return x->contact_id ? erase_contact_tree(s->a, s->tx, x->contact_id, &s->contacts, e)
	                     : ERR_OK;
}

enum err desk_erasure_step(const struct desk *d, struct arena *a, struct db_conn *tx, int64_t id,
                           str worked, bool *more, struct error *e)
{
	struct erasure x;
	struct actor actor;
	struct step s = {.a = a, .tx = tx};
	bool stop;
	*more = false;
	enum err err = db_lock(tx, "erasure", id, e);
	if (err || (err = erasure_get(a, tx, id, &x, e)) ||
	    (err = begin(&s, &x, clock_now(d->clock), &actor, e)) || (err = held(&s, &stop, e)))
		return err;
	if (!erasure_runs(&x) || str_is(x.stage, "sweep"))
		return ERR_OK;
	if (stop) {
		x.error = STR("error.legal_hold");
		/* What was erased before still has to be written down and swept. */
		if (x.done)
			go_on(&x, STR("log"));
		else
			end(tx, &x, s.now);
	} else if ((err = run(&s, worked, e))) {
		return err;
	}
	*more = erasure_runs(&x) && !str_is(x.stage, "sweep");
	return erasure_update(tx, &x, e);
}

enum err desk_privacy_sweep(struct db *db, struct error *e)
{
	static const char *const tables[] = {
	    "message", "attachment",  "ticket",     "ticket_field", "contact",        "identity",
	    "intake",  "participant", "delivery",   "upload",       "idempotency",    "job",
	    "blob",    "blob_chunk",  "legal_hold", "side_thread",  "message_search", "search_word",
	};
	return db_sweep(db, tables, COUNT_OF(tables), (int64_t)256 << 20, e);
}
