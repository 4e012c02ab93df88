/* contact.c: customers. Organisations: contact_organisation.c. */
#include "desk/contact.h"

#include "base/buf.h"
#include "base/vec.h"
#include "desk/mask.h"
#include "desk/ticket_internal.h"
#include "json/read.h"
#include "json/write.h"
#include "sys/digest.h"
#include "text/addr.h"

enum { NAME_MAX_CHARS = 200, NOTE_MAX = 5000, ATTRIBUTES_MAX = 100, IDENTITIES_MAX = 100 };

static enum err no_such(struct error *e, const char *field)
{
	return error_set(e, ERR_INVALID, "error.no_such_reference", field, NULL);
}

static void changed(struct db_conn *tx, const struct actor *actor, usec now, int64_t id,
                    const char *field)
{
	event_add(tx, now, actor, EVENT_CONTACT_CHANGED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("contact_id", id), EVENT_CODE("field", str_of(field))));
}

static void mask_contact(struct arena *a, const struct actor *actor, struct contact *c)
{
	if (!actor_masked(actor))
		return;
	str *secrets = ARENA_ARRAY(a, c->n_identities, str);
	for (size_t i = 0; i < c->n_identities; i++)
		secrets[i] = c->identities[i].value;
	c->name = text_mask(a, c->name, secrets, c->n_identities);
	c->note = text_mask(a, c->note, secrets, c->n_identities);
	c->attributes = text_mask(a, c->attributes, secrets, c->n_identities);
	struct identity *masked = ARENA_ARRAY(a, c->n_identities, struct identity);
	for (size_t i = 0; i < c->n_identities; i++) {
		masked[i] = c->identities[i];
		masked[i].value = mask_any(a, secrets[i]);
		masked[i].value_norm = STR_NONE;
	}
	c->identities = masked;
}

void desk_mask_contacts(struct arena *a, const struct actor *actor, struct contact *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mask_contact(a, actor, &list[i]);
}

/* ---- reading ---- */

enum err desk_contact_full(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t id, struct contact_full *out,
                           struct error *e)
{
	struct merge *all;
	size_t n;
	*out = (struct contact_full){0};
	enum err err = actor_need(actor, RIGHT_CONTACT_READ, e);
	if (err || (err = contact_get(a, c, actor, id, &out->c, e)) ||
	    (err = merge_of(a, c, true, id, &all, &n, e)))
		return err;
	out->merges = ARENA_ARRAY(a, n, struct merge);
	for (size_t i = 0; i < n; i++)
		if (all[i].into_id == id && !all[i].undone_at)
			out->merges[out->n_merges++] = all[i];
	if ((err = hold_of_contacts(a, c, &id, 1, &out->holds, &out->n_holds, e)))
		return err;
	struct mask mask = mask_for(actor);
	for (size_t i = 0; i < out->n_holds; i++)
		out->holds[i].reason = mask_text(a, &mask, out->holds[i].reason);
	mask_contact(a, actor, &out->c);
	return ERR_OK;
}

enum err desk_contact_list(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, str q, str cursor, int limit,
                           struct contact_list *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_CONTACT_READ, e);
	if (err || (err = contact_list(a, c, actor, q, cursor, limit, out, e)))
		return err;
	desk_mask_contacts(a, actor, out->items, out->n);
	return ERR_OK;
}

/* ---- identities ---- */

/* Two writers must not make the same identity at once: it is locked by its name. */
static enum err lock_identity(struct db_conn *tx, enum identity_kind kind, str norm,
                              struct error *e)
{
	uint8_t digest[DIGEST_SIZE];
	int64_t id;
	digest_of(norm, digest);
	memcpy(&id, digest, sizeof id);
	return db_lock_row(tx, identity_kind_name(kind), id, e);
}

/* ERR_CONFLICT with the holder's id, if the actor may know it. */
static enum err taken(struct arena *a, struct db_conn *tx, const struct actor *actor,
                      const struct identity *id, const char *field, struct error *e)
{
	struct contact holder;
	struct error why;
	char who[24] = "";
	enum err err = contact_get(a, tx, actor, id->contact_id, &holder, &why);
	if (!err)
		snprintf(who, sizeof who, "%lld", (long long)id->contact_id);
	return error_set(e, ERR_CONFLICT, "error.identity_taken", field, who);
}

/* What is written, checked; of nobody yet. */
static enum err new_identity(struct arena *a, enum identity_kind kind, str value, bool verified,
                             const char *field, struct identity *out, struct error *e)
{
	*out = (struct identity){.kind = kind,
	                         .value = desk_line(a, value, 320),
	                         .value_norm = identity_norm(a, kind, value),
	                         .verified = verified};
	if (out->value_norm.n && str_find(value, STR("\u2022")) < 0)
		return ERR_OK;
	return error_set(e, ERR_INVALID,
	                 kind == IDENTITY_EMAIL   ? "error.bad_email"
	                 : kind == IDENTITY_PHONE ? "error.not_a_phone"
	                                          : "error.required",
	                 field, NULL);
}

static enum err add_identity(struct arena *a, struct db_conn *tx, const struct actor *actor,
                             int64_t contact_id, enum identity_kind kind, str value, bool verified,
                             const char *field, usec now, struct error *e)
{
	struct identity id, have;
	struct error why;
	enum err err = new_identity(a, kind, value, verified, field, &id, e);
	if (err || (err = lock_identity(tx, kind, id.value_norm, e)))
		return err;
	id.contact_id = contact_id;
	err = identity_find(a, tx, kind, id.value_norm, &have, &why);
	if (!err && have.contact_id == contact_id)
		return ERR_OK;
	if (!err)
		return taken(a, tx, actor, &have, field, e);
	if (err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	return identity_insert(tx, &id, now, e);
}

/* The organisation of a mail address's domain; 0 = none. */
static enum err organisation_of(struct arena *a, struct db_conn *tx, str address, int64_t *out,
                                struct error *e)
{
	*out = 0;
	str domain = str_lower_ascii(a, email_domain(address));
	return domain.n ? organisation_by_domain(tx, domain, out, e) : ERR_OK;
}

/* The identity's contact, locked: nobody merges it before this is done. A merge that was faster
 * has moved the identity on. */
static enum err locked_holder(struct arena *a, struct db_conn *tx, enum identity_kind kind,
                              str norm, struct contact *out, struct error *e)
{
	int64_t locked = 0;
	enum err err = contact_by_identity(a, tx, kind, norm, out, e);
	if (db_conn_engine(tx) == DB_SQLITE)
		return err; /* nobody else writes */
	for (int i = 0; !err && out->id != locked && i < 100; i++) {
		locked = out->id;
		if ((err = db_lock(tx, "contact", locked, e)))
			return err;
		err = contact_by_identity(a, tx, kind, norm, out, e);
	}
	return err;
}

enum err desk_contact_ensure(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, enum identity_kind kind, str value,
                             str name, bool verified, struct contact *out, struct error *e)
{
	struct error why;
	usec now = clock_now(d->clock);
	str norm = identity_norm(a, kind, value);
	name = desk_line(a, name, NAME_MAX_CHARS);
	if (!norm.n)
		return error_set(e, ERR_INVALID, "error.bad_email", "contact", NULL);
	enum err err = lock_identity(tx, kind, norm, e);
	if (err)
		return err;
	err = locked_holder(a, tx, kind, norm, out, &why);
	if (!err) {
		if (!name.n || out->name.n)
			return ERR_OK;
		out->name = name;
		out->updated_at = now;
		changed(tx, actor, now, out->id, "name");
		return contact_update(a, tx, out, e);
	}
	if (err != ERR_NOT_FOUND) {
		if (e)
			*e = why;
		return err;
	}
	struct identity *id = ARENA_NEW(a, struct identity);
	*out =
	    (struct contact){.name = name, .language = STR(""), .note = STR(""), .created_at = now};
	if ((err = new_identity(a, kind, value, verified, "contact", id, e)) ||
	    (kind == IDENTITY_EMAIL &&
	     (err = organisation_of(a, tx, norm, &out->organisation_id, e))))
		return err;
	/* That nobody holds it was seen above, behind the lock of its name. */
	if ((err = contact_begin(a, tx, out, id, e)))
		return err;
	event_add(tx, now, actor, EVENT_CONTACT_CREATED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("contact_id", out->id)));
	out->identities = id;
	out->n_identities = 1;
	return ERR_OK;
}

/* ---- changing ---- */

static enum err check_organisation(struct arena *a, struct db_conn *tx, const struct actor *actor,
                                   int64_t id, struct error *e)
{
	struct organisation o;
	struct error why;
	if (!id)
		return ERR_OK;
	enum err err = organisation_get(a, tx, actor, id, &o, &why);
	if (err == ERR_NOT_FOUND)
		return no_such(e, "organisation_id");
	if (err && e)
		*e = why;
	return err;
}

/* What a verb answers with: read by the service, as the maker may not see it yet. */
static enum err answer(struct arena *a, struct db_conn *tx, const struct actor *actor, int64_t id,
                       struct contact *out, struct error *e)
{
	struct error why;
	enum err err = contact_get(a, tx, actor, id, out, &why);
	if (err == ERR_NOT_FOUND) {
		err = contact_get(a, tx, actor_system(), id, out, &why);
		out->ticket_count = 0;
	}
	if (err && e)
		*e = why;
	if (!err)
		mask_contact(a, actor, out);
	return err;
}

enum err desk_contact_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, const struct contact_input *in,
                             struct contact *out, struct error *e)
{
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_CONTACT_EDIT, e);
	if (err || (err = check_organisation(a, tx, actor, in->organisation_id, e)))
		return err;
	struct contact c = {
	    .name = desk_line(a, in->name, NAME_MAX_CHARS),
	    .note = str_cut_utf8(desk_text(a, in->note), NOTE_MAX * 4),
	    .organisation_id = in->organisation_id,
	    .created_at = now,
	};
	if (!c.name.n && !in->email.n && !in->phone.n)
		return error_set(e, ERR_INVALID, "error.required", "name", NULL);
	if (!c.organisation_id && in->email.n &&
	    (err = organisation_of(a, tx, in->email, &c.organisation_id, e)))
		return err;
	if ((err = contact_insert(a, tx, &c, e)))
		return err;
	event_add(tx, now, actor, EVENT_CONTACT_CREATED, (struct event_about){0},
	          EVENT_DATA(EVENT_INT("contact_id", c.id)));
	if ((in->email.n && (err = add_identity(a, tx, actor, c.id, IDENTITY_EMAIL, in->email,
	                                        false, "email", now, e))) ||
	    (in->phone.n && (err = add_identity(a, tx, actor, c.id, IDENTITY_PHONE, in->phone,
	                                        false, "phone", now, e))))
		return err;
	return answer(a, tx, actor, c.id, out, e);
}

/* The object of strings with the changes applied. */
static enum err merge_attributes(struct arena *a, str old, const struct attribute_input *in,
                                 size_t n, str *out, struct error *e)
{
	const struct json *j;
	VEC(struct attribute_input) v = {0};
	enum err err = json_parse(a, old, NULL, &j, e);
	if (err)
		return err;
	for (size_t i = 0; j->kind == JSON_KIND_OBJECT && i < j->n; i++)
		if (j->items[i].kind == JSON_KIND_STR)
			*vec_push(a, &v) = (struct attribute_input){j->keys[i], j->items[i].s};
	for (size_t i = 0; i < n; i++) {
		str key = desk_line(a, in[i].key, 64), value = desk_text(a, in[i].value);
		size_t at = 0;
		if (!key.n || value.n > 8000)
			return error_set(e, ERR_INVALID,
			                 key.n ? "error.too_long" : "error.required",
			                 str_printf(a, "attributes.%zu", i).p, "2000");
		while (at < v.n && !str_eq(v.p[at].key, key))
			at++;
		if (at == v.n)
			vec_push(a, &v)->key = key;
		v.p[at].value = value;
	}
	BUF_AUTO b;
	buf_init(&b, 0);
	struct jw w;
	jw_init(&w, &b);
	jw_object(&w);
	size_t left = 0;
	for (size_t i = 0; i < v.n; i++) {
		if (!v.p[i].value.n)
			continue;
		jw_key(&w, v.p[i].key);
		jw_str(&w, v.p[i].value);
		left++;
	}
	jw_end(&w);
	if (left > ATTRIBUTES_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "attributes", "100");
	*out = str_dup(a, buf_str(&b));
	return ERR_OK;
}

static enum err open_contact(struct arena *a, struct db_conn *tx, const struct actor *actor,
                             int64_t id, struct contact *out, struct error *e)
{
	enum err err = actor_need(actor, RIGHT_CONTACT_EDIT, e);
	if (err || (err = db_lock(tx, "contact", id, e)) ||
	    (err = contact_get(a, tx, actor, id, out, e)))
		return err;
	return out->merged_into ? error_set(e, ERR_CONFLICT, "error.merged_already", NULL, NULL)
	                        : ERR_OK;
}

enum err desk_contact_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id, const struct contact_change *in,
                            struct contact *out, struct error *e)
{
	struct contact c;
	usec now = clock_now(d->clock);
	enum err err = open_contact(a, tx, actor, id, &c, e);
	if (err)
		return err;
	if (in->version && in->version != c.version)
		return error_set(e, ERR_CONFLICT, "error.stale", "version", NULL);
	/* A masked text sent back would destroy what is behind it. */
	bool blotted =
	    str_find(in->note, STR("\u2022")) >= 0 || str_find(in->name, STR("\u2022")) >= 0;
	for (size_t i = 0; i < in->n_attributes; i++)
		blotted |= str_find(in->attributes[i].value, STR("\u2022")) >= 0;
	if (actor_masked(actor) && blotted)
		return error_set(e, ERR_INVALID, "error.invalid",
		                 in->has_note   ? "note"
		                 : in->has_name ? "name"
		                                : "attributes",
		                 NULL);
	if (in->has_organisation &&
	    (err = check_organisation(a, tx, actor, in->organisation_id, e)))
		return err;
	if (in->n_attributes && (err = merge_attributes(a, c.attributes, in->attributes,
	                                                in->n_attributes, &c.attributes, e)))
		return err;
	if (in->has_name)
		c.name = desk_line(a, in->name, NAME_MAX_CHARS);
	if (in->has_note)
		c.note = str_cut_utf8(desk_text(a, in->note), NOTE_MAX * 4);
	if (in->has_language)
		c.language = desk_line(a, in->language, 16);
	if (in->has_vip)
		c.vip = in->vip;
	if (in->has_organisation)
		c.organisation_id = in->organisation_id;
	c.updated_at = now;
	if ((err = contact_update(a, tx, &c, e)))
		return err;
	struct {
		bool did;
		const char *field;
	} fields[] = {{in->has_name, "name"},
	              {in->has_note, "note"},
	              {in->has_language, "language"},
	              {in->has_vip, "vip"},
	              {in->has_organisation, "organisation"},
	              {in->n_attributes > 0, "attributes"}};
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (fields[i].did)
			changed(tx, actor, now, id, fields[i].field);
	return answer(a, tx, actor, id, out, e);
}

/* Raises the contact's version, so that who looks at it learns. */
static enum err touch(struct arena *a, struct db_conn *tx, const struct actor *actor,
                      struct contact *c, usec now, struct contact *out, struct error *e)
{
	int64_t id = c->id;
	c->updated_at = now;
	changed(tx, actor, now, id, "identities");
	enum err err = contact_update(a, tx, c, e);
	return err ? err : answer(a, tx, actor, id, out, e);
}

enum err desk_identity_add(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t contact_id, enum identity_kind kind,
                           str value, struct contact *out, struct error *e)
{
	struct contact c;
	usec now = clock_now(d->clock);
	enum err err = open_contact(a, tx, actor, contact_id, &c, e);
	if (err)
		return err;
	if (c.n_identities >= IDENTITIES_MAX)
		return error_set(e, ERR_INVALID, "error.too_many_items", "value", "100");
	if ((err = add_identity(a, tx, actor, contact_id, kind, value, false, "value", now, e)))
		return err;
	return touch(a, tx, actor, &c, now, out, e);
}

enum err desk_identity_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t identity_id, struct contact *out,
                              struct error *e)
{
	struct identity id;
	struct contact c;
	usec now = clock_now(d->clock);
	enum err err = actor_need(actor, RIGHT_CONTACT_EDIT, e);
	if (err || (err = identity_get(a, tx, identity_id, &id, e)) ||
	    (err = open_contact(a, tx, actor, id.contact_id, &c, e)) ||
	    (err = identity_get(a, tx, identity_id, &id, e)))
		return err;
	if (id.contact_id != c.id) /* the undoing of a merge was faster */
		return error_set(e, ERR_CONFLICT, "error.stale", NULL, NULL);
	if ((err = identity_delete(tx, identity_id, e)))
		return err;
	return touch(a, tx, actor, &c, now, out, e);
}
