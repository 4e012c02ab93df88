/* contact.h: customers and their identities.
 *
 * A contact is visible to an actor without restriction, and to others when a
 * ticket that they see belongs to it. A merged contact stays as a row with
 * merged_into; reads of identities lead to the one it was merged into.
 */
#ifndef OTKLIK_STORE_CONTACT_H
#define OTKLIK_STORE_CONTACT_H

#include "db/db.h"
#include "store/actor.h"

enum identity_kind {
	IDENTITY_EMAIL,
	IDENTITY_PHONE,
	IDENTITY_APP,
	IDENTITY_MESSENGER,
	IDENTITY_REVIEWER,
	IDENTITY_KIND_COUNT
};
const char *identity_kind_name(enum identity_kind k);
bool identity_kind_by_name(str name, enum identity_kind *out);
/* The form by which identities are compared: addresses folded (a name without a
 * dot in the domain will do here: a letter from such an address must find its
 * contact), phones as digits with the country, others trimmed. "" when the value cannot be one. */
str identity_norm(struct arena *a, enum identity_kind kind, str value);

struct identity {
	int64_t id, contact_id;
	enum identity_kind kind;
	str value, value_norm;
	bool verified;
};

struct contact {
	int64_t id;
	str name;
	int64_t organisation_id; /* 0 = none */
	str organisation_name;
	str language;
	bool vip;
	str note;
	str attributes; /* JSON object of strings */
	int64_t merged_into;
	usec created_at, updated_at;
	int64_t version;
	usec erased_at;       /* 0 = not: forgotten at their request */
	int64_t ticket_count; /* visible ones; filled by contact_get and contact_list */
	struct identity *identities;
	size_t n_identities;
};

/* With identities and ticket_count. ERR_NOT_FOUND also when not visible. */
enum err contact_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                     struct contact *out, struct error *e) MUST_USE;
/* Writes a new row (without identities); sets id and version. */
enum err contact_insert(struct arena *a, struct db_conn *tx, struct contact *ct,
                        struct error *e) MUST_USE;
/* With its first identity; sets contact_id and id there too. */
enum err contact_begin(struct arena *a, struct db_conn *tx, struct contact *ct, struct identity *id,
                       struct error *e) MUST_USE;
/* Writes all that can change, adds one to version. */
enum err contact_update(struct arena *a, struct db_conn *tx, struct contact *ct,
                        struct error *e) MUST_USE;

/* Contacts by the beginning of a word of the name, or by a whole identity, or
 * (not for masked actors) by its beginning; by id, newest first. */
struct contact_list {
	struct contact *items; /* with identities and ticket_count */
	size_t n;
	str next;
};
enum err contact_list(struct arena *a, struct db_conn *c, const struct actor *actor, str q,
                      str cursor, int limit, struct contact_list *out, struct error *e) MUST_USE;

/* The living contact (merges followed) with this identity, not filtered by
 * visibility; ERR_NOT_FOUND when nobody has it. */
enum err contact_by_identity(struct arena *a, struct db_conn *c, enum identity_kind kind,
                             str value_norm, struct contact *out, struct error *e) MUST_USE;
enum err identity_insert(struct db_conn *tx, struct identity *i, usec now,
                         struct error *e) MUST_USE;
enum err identity_get(struct arena *a, struct db_conn *c, int64_t id, struct identity *out,
                      struct error *e) MUST_USE;
enum err identity_find(struct arena *a, struct db_conn *c, enum identity_kind kind, str value_norm,
                       struct identity *out, struct error *e) MUST_USE;
enum err identity_delete(struct db_conn *tx, int64_t id, struct error *e) MUST_USE;
/* Mail addresses first, verified before others, oldest first. */
enum err identity_of_contact(struct arena *a, struct db_conn *c, int64_t contact_id,
                             struct identity **out, size_t *n, struct error *e) MUST_USE;
enum err identity_of_contacts(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                              struct identity **out, size_t *n_out, struct error *e) MUST_USE;

#endif
