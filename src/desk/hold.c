/* hold.c: legal holds. See privacy.h. */
#include "base/date.h"
#include "desk/mask.h"
#include "desk/privacy_internal.h"

enum { REASON_MAX = 500 };

enum err desk_hold_error(struct arena *a, const struct actor *actor, const struct legal_hold *holds,
                         size_t n, struct error *e)
{
	if (!n)
		return ERR_OK;
	const struct legal_hold *h = &holds[0];
	struct mask mask = mask_for(actor);
	str who = str_printf(a, "%.*s, %.10s: %.*s",
	                     STR_FMT(h->set_by_name.n ? h->set_by_name : STR("otklik")),
	                     date_rfc3339(a, h->set_at).p, STR_FMT(mask_text(a, &mask, h->reason)));
	return error_set(e, ERR_CONFLICT, "error.legal_hold", NULL, str_z(a, who));
}

static void tell(struct db_conn *tx, const struct actor *actor, const struct legal_hold *h,
                 const struct ticket *t, usec now, str change)
{
	struct event_about about = t ? desk_about(t) : (struct event_about){0};
	event_add(tx, now, actor, EVENT_HOLD_CHANGED, about,
	          EVENT_DATA(EVENT_INT("hold_id", h->id), EVENT_INT("contact_id", h->contact_id),
	                     EVENT_CODE("change", change)));
}

enum err desk_hold_set(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, int64_t contact_id, int64_t ticket_id, str reason,
                       struct legal_hold *out, struct error *e)
{
	struct ticket t;
	struct contact c;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_LEGAL_HOLD, e);
	if (!err)
		err = ticket_id ? desk_ticket_open(a, tx, actor, ticket_id, &t, e)
		                : contact_get(a, tx, actor, contact_id, &c, e);
	if (err)
		return err;
	*out = (struct legal_hold){
	    .contact_id = contact_id,
	    .ticket_id = ticket_id,
	    .reason = desk_line(a, reason, REASON_MAX),
	    .set_by = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	    .set_by_name = actor->name,
	    .set_at = now,
	};
	if (!out->reason.n)
		return error_set(e, ERR_INVALID, "error.required", "reason", NULL);
	if ((err = hold_insert(tx, out, e)))
		return err;
	tell(tx, actor, out, ticket_id ? &t : NULL, now, STR("set"));
	return ERR_OK;
}

enum err desk_hold_lift(const struct desk *d, struct arena *a, struct db_conn *tx,
                        const struct actor *actor, int64_t id, str note, struct legal_hold *out,
                        struct error *e)
{
	struct ticket t;
	struct contact c;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_LEGAL_HOLD, e);
	if (err || (err = hold_get(a, tx, id, out, e)))
		return err;
	err = out->ticket_id ? desk_ticket_open(a, tx, actor, out->ticket_id, &t, e)
	                     : contact_get(a, tx, actor, out->contact_id, &c, e);
	if (err || (err = hold_lift(tx, id, actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0,
	                            now, desk_line(a, note, REASON_MAX), e)))
		return err;
	out->lifted_at = now;
	tell(tx, actor, out, out->ticket_id ? &t : NULL, now, STR("lifted"));
	return ERR_OK;
}

enum err desk_hold_list(const struct desk *d, struct arena *a, struct db_conn *c,
                        const struct actor *actor, struct legal_hold **out, size_t *n,
                        struct error *e)
{
	(void)d;
	struct mask mask = mask_for(actor);
	enum err err = actor_need(actor, RIGHT_LEGAL_HOLD, e);
	if (err || (err = hold_list(a, c, actor, out, n, e)))
		return err;
	for (size_t i = 0; i < *n; i++)
		(*out)[i].reason = mask_text(a, &mask, (*out)[i].reason);
	return ERR_OK;
}
