/* mask.c: see mask.h. The patterns are in text/addr.h. */
#include "desk/mask.h"

#include "base/vec.h"
#include "store/contact.h"
#include "store/thread.h"
#include "store/ticket.h"
#include "text/addr.h"

enum { SECRET_MIN = 3 }; /* bytes; shorter values would blot out the text */

struct mask mask_for(const struct actor *actor)
{
	return (struct mask){.on = actor_masked(actor)};
}

static int longest_first(const void *x, const void *y)
{
	const str *a = x, *b = y;
	return a->n < b->n ? 1 : a->n > b->n ? -1 : 0;
}

enum err mask_load(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t ticket_id,
                   int64_t contact_id, struct mask *out, struct error *e)
{
	*out = mask_for(actor);
	if (!out->on)
		return ERR_OK;
	VEC(str) v = {0};
	enum err err;
	if (ticket_id) {
		struct ticket t;
		struct participant *p;
		size_t n;
		if ((err = ticket_get(a, c, actor_system(), ticket_id, &t, e)) ||
		    (err = participant_of_ticket(a, c, ticket_id, &p, &n, e)))
			return err;
		for (size_t i = 0; i < n; i++)
			if (p[i].address.n >= SECRET_MIN)
				*vec_push(a, &v) = p[i].address;
		if (!contact_id)
			contact_id = t.contact_id;
	}
	if (contact_id) {
		struct identity *id;
		size_t n;
		if ((err = identity_of_contact(a, c, contact_id, &id, &n, e)))
			return err;
		for (size_t i = 0; i < n; i++)
			if (id[i].value.n >= SECRET_MIN)
				*vec_push(a, &v) = id[i].value;
	}
	if (v.n)
		qsort(v.p, v.n, sizeof *v.p, longest_first);
	out->secrets = v.p;
	out->n = v.n;
	return ERR_OK;
}

str mask_value(struct arena *a, const struct mask *m, str value)
{
	return m->on && value.n ? mask_any(a, value) : value;
}

str mask_text(struct arena *a, const struct mask *m, str text)
{
	return m->on && text.n ? text_mask(a, text, m->secrets, m->n) : text;
}
