/* contact_organisation.c: organisations. */
#include "desk/contact.h"
#include "desk/mask.h"
#include "desk/ticket_internal.h"

enum { LIST_MAX = 200, ORGANISATION_NAME_MAX = 200, ORGANISATION_NOTE_MAX = 5000 };

enum err desk_organisation_list(const struct desk *d, struct arena *a, struct db_conn *c,
                                const struct actor *actor, str q, struct organisation_list *out,
                                struct error *e)
{
	enum err err = actor_need(actor, RIGHT_CONTACT_READ, e);
	if (err || (err = organisation_list(a, c, actor, q, LIST_MAX, &out->items, &out->n, e)))
		return err;
	struct mask mask = mask_for(actor);
	for (size_t i = 0; i < out->n; i++) {
		out->items[i].name = mask_text(a, &mask, out->items[i].name);
		out->items[i].note = mask_text(a, &mask, out->items[i].note);
	}
	return ERR_OK;
}

/* Lower case, without an @ before it; "" is none. */
static enum err clean_domain(struct arena *a, str in, str *out, struct error *e)
{
	str s = str_lower_ascii(a, str_trim(str_to_utf8(a, in)));
	if (str_starts(s, STR("@")))
		s = str_from(s, 1);
	*out = s;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || strchr("@/,;<>\"'", s.p[i]))
			return error_set(e, ERR_INVALID, "error.invalid", "domain", NULL);
	if (s.n > 253 || (s.n && str_chr(s, '.') <= 0))
		return error_set(e, ERR_INVALID, "error.invalid", "domain", NULL);
	return ERR_OK;
}

static enum err apply(struct arena *a, const struct organisation_input *in, struct organisation *o,
                      struct error *e)
{
	if (in->has_name)
		o->name = desk_line(a, in->name, ORGANISATION_NAME_MAX);
	if (!o->name.n)
		return error_set(e, ERR_INVALID, "error.required", "name", NULL);
	if (in->has_note)
		o->note = str_cut_utf8(desk_text(a, in->note), ORGANISATION_NOTE_MAX * 4);
	return in->has_domain ? clean_domain(a, in->domain, &o->domain, e) : ERR_OK;
}

enum err desk_organisation_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                                  const struct actor *actor, const struct organisation_input *in,
                                  struct organisation *out, struct error *e)
{
	*out = (struct organisation){.created_at = clock_now(d->clock)};
	enum err err = actor_need(actor, RIGHT_CONTACT_EDIT, e);
	if (err || (err = apply(a, in, out, e)))
		return err;
	return organisation_insert(a, tx, out, e);
}

enum err desk_organisation_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                                 const struct actor *actor, int64_t id,
                                 const struct organisation_input *in, struct organisation *out,
                                 struct error *e)
{
	enum err err = actor_need(actor, RIGHT_CONTACT_EDIT, e);
	if (err || (err = db_lock(tx, "organisation", id, e)) ||
	    (err = organisation_get(a, tx, actor, id, out, e)))
		return err;
	if (in->version && in->version != out->version)
		return error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	if ((err = apply(a, in, out, e)))
		return err;
	return organisation_update(a, tx, out, e);
}
