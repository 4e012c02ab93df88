/* contact.c: customers, their addresses, organisations. */
#include "api/map.h"

static enum err put_contact(struct api_call *call, int64_t id, struct api_contact *out,
                            struct error *e)
{
	struct contact_full *c = ARENA_NEW(call->arena, struct contact_full);
	enum err err = desk_contact_full(CALL_DESK, id, c, e);
	if (err)
		return err;
	api_of_contact(call->arena, out, &c->c, c->merges, c->n_merges);
	struct api_hold *holds = API_LIST(call->arena, out, holds, c->n_holds);
	for (size_t i = 0; i < c->n_holds; i++)
		api_of_hold(call->arena, &holds[i], &c->holds[i]);
	return ERR_OK;
}

enum err api_contact_list(struct api_call *call, const struct api_contact_list_query *q,
                          struct api_contact_list *out, struct error *e)
{
	struct contact_list list = {0};
	enum err err = desk_contact_list(CALL_DESK, q->q, q->cursor,
	                                 q->has_limit ? (int)q->limit : 50, &list, e);
	if (err)
		return err;
	struct api_contact *items = API_LIST(call->arena, out, items, list.n);
	for (size_t i = 0; i < list.n; i++)
		api_of_contact(call->arena, &items[i], &list.items[i], NULL, 0);
	out->next = list.next.n ? list.next : STR_NONE;
	return ERR_OK;
}

enum err api_contact_get(struct api_call *call, struct api_contact *out, struct error *e)
{
	return put_contact(call, call->id, out, e);
}

enum err api_contact_create(struct api_call *call, const struct api_contact_create *in,
                            struct api_contact *out, struct error *e)
{
	const struct contact_input c = {
	    .name = in->name,
	    .email = in->email,
	    .phone = in->phone,
	    .note = in->note,
	    .organisation_id = in->organisation_id,
	};
	struct contact made;
	enum err err = desk_contact_create(CALL_DESK, &c, &made, e);
	/* Whoever is restricted to lines sees a contact by its tickets, and this one
	 * has none yet: the verb's own answer is shown. */
	if (err == ERR_OK)
		api_of_contact(call->arena, out, &made, NULL, 0);
	return err;
}

enum err api_contact_patch(struct api_call *call, const struct api_contact_patch *in,
                           struct api_contact *out, struct error *e)
{
	struct attribute_input *attributes =
	    ARENA_ARRAY(call->arena, in->n_attributes, struct attribute_input);
	for (size_t i = 0; i < in->n_attributes; i++)
		attributes[i] =
		    (struct attribute_input){in->attributes[i].key, in->attributes[i].value};
	const struct contact_change change = {
	    .version = api_version(call, in->has_version, in->version),
	    .has_name = in->has_name,
	    .name = in->name,
	    .has_vip = in->has_vip,
	    .vip = in->vip,
	    .has_note = in->has_note,
	    .note = in->note,
	    .has_language = in->has_language,
	    .language = in->language,
	    .has_organisation = in->has_organisation_id,
	    .organisation_id = in->organisation_id,
	    .attributes = attributes,
	    .n_attributes = in->n_attributes,
	};
	struct contact c;
	enum err err = desk_contact_patch(CALL_DESK, call->id, &change, &c, e);
	return err ? err : put_contact(call, call->id, out, e);
}

enum err api_contact_merge(struct api_call *call, const struct api_merge_into *in,
                           struct api_merge *out, struct error *e)
{
	struct merge m;
	enum err err = desk_contact_merge(CALL_DESK, call->id, in->into_id, &m, e);
	if (err == ERR_OK)
		api_of_merge(call->arena, out, &m);
	return err;
}

enum err api_identity_add(struct api_call *call, const struct api_identity_add *in,
                          struct api_contact *out, struct error *e)
{
	struct contact c;
	enum err err =
	    desk_identity_add(CALL_DESK, call->id, (enum identity_kind)in->kind, in->value, &c, e);
	return err ? err : put_contact(call, c.id, out, e);
}

enum err api_identity_remove(struct api_call *call, struct api_contact *out, struct error *e)
{
	struct contact c;
	enum err err = desk_identity_remove(CALL_DESK, call->id, &c, e);
	return err ? err : put_contact(call, c.id, out, e);
}

/* ---- organisations ---- */

static void put_organisation(struct api_organisation *out, const struct organisation *o)
{
	*out = (struct api_organisation){
	    .id = o->id,
	    .name = o->name,
	    .domain = o->domain,
	    .note = o->note,
	    .version = o->version,
	};
}

static struct organisation_input organisation_input(const struct api_call *call,
                                                    const struct api_organisation_in *in)
{
	return (struct organisation_input){
	    .version = api_version(call, in->has_version, in->version),
	    .has_name = in->has_name,
	    .name = in->name,
	    .has_domain = in->has_domain,
	    .domain = in->domain,
	    .has_note = in->has_note,
	    .note = in->note,
	};
}

enum err api_organisation_list(struct api_call *call, const struct api_organisation_list_query *q,
                               struct api_organisation_list *out, struct error *e)
{
	struct organisation_list list = {0};
	enum err err = desk_organisation_list(CALL_DESK, q->q, &list, e);
	if (err)
		return err;
	struct api_organisation *items = API_LIST(call->arena, out, items, list.n);
	for (size_t i = 0; i < list.n; i++)
		put_organisation(&items[i], &list.items[i]);
	return ERR_OK;
}

enum err api_organisation_create(struct api_call *call, const struct api_organisation_in *in,
                                 struct api_organisation *out, struct error *e)
{
	const struct organisation_input o = organisation_input(call, in);
	struct organisation made;
	enum err err = desk_organisation_create(CALL_DESK, &o, &made, e);
	if (err == ERR_OK)
		put_organisation(out, &made);
	return err;
}

enum err api_organisation_patch(struct api_call *call, const struct api_organisation_in *in,
                                struct api_organisation *out, struct error *e)
{
	const struct organisation_input o = organisation_input(call, in);
	struct organisation changed;
	enum err err = desk_organisation_patch(CALL_DESK, call->id, &o, &changed, e);
	if (err == ERR_OK)
		put_organisation(out, &changed);
	return err;
}
