/* contact.h: customers and organisations. */
#ifndef OTKLIK_DESK_CONTACT_H
#define OTKLIK_DESK_CONTACT_H

#include "desk/desk.h"
#include "store/contact.h"
#include "store/merge.h"
#include "store/organisation.h"
#include "store/privacy.h"

struct contact_full {
	struct contact c;
	struct merge *merges; /* into this contact, not undone */
	size_t n_merges;
	struct legal_hold *holds; /* in force on it or one of its tickets */
	size_t n_holds;
};
/* Right contact.read, masked. */
enum err desk_contact_full(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t id, struct contact_full *out,
                           struct error *e) MUST_USE;
enum err desk_contact_list(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, str q, str cursor, int limit,
                           struct contact_list *out, struct error *e) MUST_USE;

struct contact_input {
	str name, email, phone, note;
	int64_t organisation_id;
};
/* Right contact.edit. An identity that somebody has: ERR_CONFLICT
 * "error.identity_taken", arg = the contact's id when it is visible, else "". */
enum err desk_contact_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, const struct contact_input *in,
                             struct contact *out, struct error *e) MUST_USE;
struct attribute_input {
	str key, value; /* value "" removes it */
};
struct contact_change {
	int64_t version; /* 0 = not checked */
	bool has_name, has_vip, has_note, has_language, has_organisation;
	str name, note, language;
	bool vip;
	int64_t organisation_id; /* 0 = none */
	const struct attribute_input *attributes;
	size_t n_attributes;
};
/* Contacts that were read for this actor, as it may see them. */
void desk_mask_contacts(struct arena *a, const struct actor *actor, struct contact *list, size_t n);
enum err desk_contact_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t id, const struct contact_change *in,
                            struct contact *out, struct error *e) MUST_USE;
enum err desk_identity_add(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, int64_t contact_id, enum identity_kind kind,
                           str value, struct contact *out, struct error *e) MUST_USE;
enum err desk_identity_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t identity_id, struct contact *out,
                              struct error *e) MUST_USE;

/* For intake and ticket creation, without asking rights: the living contact with this
 * identity, made when there is none (linked to the organisation of its mail
 * domain). A name is taken when the contact has none. ERR_INVALID when the value
 * cannot be an identity. */
enum err desk_contact_ensure(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, enum identity_kind kind, str value,
                             str name, bool verified, struct contact *out,
                             struct error *e) MUST_USE;

struct organisation_input {
	int64_t version;
	bool has_name, has_domain, has_note;
	str name, domain, note;
};
struct organisation_list {
	struct organisation *items;
	size_t n;
};
enum err desk_organisation_list(const struct desk *d, struct arena *a, struct db_conn *c,
                                const struct actor *actor, str q, struct organisation_list *out,
                                struct error *e) MUST_USE;
enum err desk_organisation_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                                  const struct actor *actor, const struct organisation_input *in,
                                  struct organisation *out, struct error *e) MUST_USE;
enum err desk_organisation_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                                 const struct actor *actor, int64_t id,
                                 const struct organisation_input *in, struct organisation *out,
                                 struct error *e) MUST_USE;

#endif
