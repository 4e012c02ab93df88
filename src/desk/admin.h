/* admin.h: brands, lines, inboxes, custom fields, the installation itself.
 *
 * Each verb asks for its right. In the patches NULL means "stays"; on creating,
 * what is NULL takes its default or is ERR_INVALID "error.required" with the
 * field. A given version that has moved on is ERR_CONFLICT "error.stale".
 */
#ifndef OTKLIK_DESK_ADMIN_H
#define OTKLIK_DESK_ADMIN_H

#include "desk/account.h"
#include "desk/desk.h"
#include "store/brand.h"
#include "store/field.h"
#include "store/inbox.h"
#include "store/line.h"

/* ---- brands: admin.brands; those of the actor's scope for lists ---- */

struct desk_brand_patch {
	const int64_t *version;
	const str *name, *slug, *base_url, *language;
	const bool *active;
};
enum err desk_brand_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct brand **out, size_t *n,
                         struct error *e) MUST_USE;
enum err desk_brand_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_brand_patch *patch,
                           struct brand *out, struct error *e) MUST_USE;
enum err desk_brand_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id,
                          const struct desk_brand_patch *patch, struct brand *out,
                          struct error *e) MUST_USE;
/* What the actor sees, active ones: for anybody signed in. */
enum err desk_brand_visible(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, struct brand **out, size_t *n,
                            struct error *e) MUST_USE;

/* ---- lines: ticket.read sees its own, admin.lines changes ---- */

struct desk_line_patch {
	const int64_t *version;
	const str *name, *description;
	const int64_t *level, *position;
	const bool *active;
	const struct desk_ids *members;
};
/* The lines that the actor sees, with members. */
enum err desk_line_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                        const struct actor *actor, struct line **out, size_t *n,
                        struct error *e) MUST_USE;
enum err desk_line_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, const struct desk_line_patch *patch,
                          struct line *out, struct error *e) MUST_USE;
enum err desk_line_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, int64_t id, const struct desk_line_patch *patch,
                         struct line *out, struct error *e) MUST_USE;

/* ---- inboxes: ticket.read sees those it may write from, admin.inboxes changes ---- */

struct desk_inbox_patch {
	const int64_t *version;
	const int64_t *brand_id, *line_id;
	const str *name, *address, *sender_name, *signature;
	const bool *autoack, *active;
	const str *smtp_host, *smtp_tls, *smtp_user;
	const int64_t *smtp_port;
	const str *smtp_password;   /* "" removes it; can never be read again */
	const int64_t *sender_id;   /* 0 = the brand's first that serves the address */
	const str *quote;           /* none, last, thread */
	const int64_t *hour_most;   /* 0 = no limit */
	const str *ack_en, *ack_ru; /* "" = the usual words */
};
/* Without smtp_* and sender_id for those who lack admin.inboxes. */
enum err desk_inbox_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct inbox **out, size_t *n,
                         struct error *e) MUST_USE;
enum err desk_inbox_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_inbox_patch *patch,
                           struct inbox *out, struct error *e) MUST_USE;
enum err desk_inbox_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id,
                          const struct desk_inbox_patch *patch, struct inbox *out,
                          struct error *e) MUST_USE;
/* The inbox's SMTP password in clear, for the outbox only. "" = none. */
enum err desk_inbox_password(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct inbox *inbox, str *out, struct error *e) MUST_USE;

/* ---- custom fields: ticket.read sees them, admin.fields changes ---- */

struct desk_field_patch {
	const int64_t *version;
	const str *object, *key, *type; /* on creating only */
	const str *label;
	const str *choices;
	size_t n_choices; /* choices NULL: stays */
	const int64_t *position;
	const bool *active;
};
enum err desk_field_list(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct field **out, size_t *n,
                         struct error *e) MUST_USE;
enum err desk_field_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, const struct desk_field_patch *patch,
                           struct field *out, struct error *e) MUST_USE;
enum err desk_field_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, int64_t id,
                          const struct desk_field_patch *patch, struct field *out,
                          struct error *e) MUST_USE;

/* ---- the installation: admin.system ---- */

struct desk_no_send {
	bool on;
	str reason; /* a code: paused, restored, demo, setting */
	str note, by;
	usec at; /* 0 = not known */
};
/* Why nothing leaves: for everybody who is signed in. */
enum err desk_no_send(struct arena *a, struct db_conn *c, struct desk_no_send *out,
                      struct error *e) MUST_USE;

struct desk_system {
	struct desk_no_send no_send;
	int64_t outbox_held;    /* letters that wait for a limit */
	int64_t outbox_waiting; /* recipients still owed a letter */
	int64_t jobs_dead;
	int64_t search_behind; /* events */
	int64_t mailboxes_failing, oauth_consent_needed;
};
enum err desk_system_get(const struct desk *d, struct arena *a, struct db_conn *tx,
                         const struct actor *actor, struct desk_system *out,
                         struct error *e) MUST_USE;
/* Nothing leaves from now on; reason: a code ("paused", "restored"). Waiting letters keep their
 * order and go when it is over. */
enum err desk_system_pause(const struct desk *d, struct arena *a, struct db_conn *tx,
                           const struct actor *actor, str reason, struct error *e) MUST_USE;
/* The same with words for everybody; those of a stop that is on already are replaced. */
enum err desk_system_stop(const struct desk *d, struct arena *a, struct db_conn *tx,
                          const struct actor *actor, str note, struct error *e) MUST_USE;
enum err desk_system_resume(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, struct error *e) MUST_USE;

/* ---- the first start ---- */

struct desk_bootstrap {
	str language;   /* "ru" or "en": names of what is made */
	str brand_name; /* "" = a plain one */
	str base_url;   /* of the brand; may be "" */
	bool demo;
};
/* Instance id, secrets, built-in roles (brought up to date at every start),
 * a brand, lines, when they are missing. Can be run at every start. *first: true when the database
 * was empty. */
enum err desk_bootstrap(const struct desk *d, struct arena *a, struct db_conn *tx,
                        const struct desk_bootstrap *want, bool *first, struct error *e) MUST_USE;
/* `otklik user add`: an account with a built-in role by name; password_hash "" = by invitation.
 * The address exists: ERR_CONFLICT "error.exists". */
enum err desk_account_add(const struct desk *d, struct arena *a, struct db_conn *tx, str email,
                          str name, str role, str language, str password_hash, int64_t *id,
                          struct error *e) MUST_USE;
/* `otklik user password`: sets it and ends the sessions. ERR_NOT_FOUND. */
enum err desk_account_password(const struct desk *d, struct arena *a, struct db_conn *tx, str email,
                               str password_hash, struct error *e) MUST_USE;

#endif
