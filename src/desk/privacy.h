/* privacy.h: erasing a contact, blocking out a span, legal holds, retention.
 *
 * Invariants
 *  - A thread stays whole: ids, times, kinds and states of messages stay, and so
 *    does the event log, which never held a text.
 *  - What is erased leaves a tombstone in the same transaction (store/tombstone.h);
 *    a run is done only when the tombstone is in the file beside the data, the
 *    search index and the database's files hold no remains, and blobs that
 *    nothing else names are off the disk.
 *  - A legal hold in force stops all of this, also a run under way.
 *  - A raw letter is dropped, not rewritten, when a span of its message is
 *    blocked out: the same words stand in it in several parts and encodings, and
 *    a rewritten original would be neither what came nor provably clean.
 *
 * A run goes through stages, each in steps of its own job (job/privacy.h):
 *   contact    messages -> tickets -> ledger -> contact -> log
 *   retention  rule -> log
 *   redaction  (done at once) -> log
 *   all        log -> index -> files -> sweep -> done; or stopped, with the reason
 */
#ifndef OTKLIK_DESK_PRIVACY_H
#define OTKLIK_DESK_PRIVACY_H

#include "desk/desk.h"
#include "store/contact.h"
#include "store/erase.h"
#include "store/privacy.h"
#include "store/tombstone.h"
#include "text/sensitive.h"

#define DESK_JOB_ERASURE "erasure" /* key "erasure:<id>", payload {"id":..} */
#define DESK_JOB_SWEEP "sweep"
#define DESK_JOB_RETENTION "retention"

/* ---- a contact: contact.erase ---- */

struct erase_preview {
	struct erase_counts counts;
	int64_t unseen; /* tickets that the actor does not see: then it may not erase */
	struct legal_hold *holds;
	size_t n_holds;
	struct erasure run; /* the newest, id 0 = none */
};
enum err desk_erase_preview(const struct desk *d, struct arena *a, struct db_conn *c,
                            const struct actor *actor, int64_t contact_id,
                            struct erase_preview *out, struct error *e) MUST_USE;
/* confirm: the contact's name, one of its identities, or its number, as typed. ERR_CONFLICT
 * "error.legal_hold" (arg: who, when, why), "error.erased_already", "error.erasure_running",
 * "error.merged_already"; ERR_DENIED "error.erase_unseen". */
enum err desk_contact_erase(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t contact_id, str confirm,
                            struct erasure *out, struct error *e) MUST_USE;
/* Right admin.privacy: runs of all kinds, newest first. */
enum err desk_erasure_list(const struct desk *d, struct arena *a, struct db_conn *c,
                           const struct actor *actor, int64_t before, struct erasure **out,
                           size_t *n, struct error *e) MUST_USE;

/* One step of a run in the job's transaction. worked: the stage whose outside work was done just
 * before ("log", "files"), or "". *more: there are further steps. */
enum err desk_erasure_step(const struct desk *d, struct arena *a, struct db_conn *tx, int64_t id,
                           str worked, bool *more, struct error *e) MUST_USE;

/* ---- a span of a message: message.redact, and whoever sees it unmasked ---- */

enum redact_field { REDACT_TEXT, REDACT_QUOTED, REDACT_SUBJECT, REDACT_FIELD_COUNT };
struct redact_span {
	enum redact_field field;
	int64_t start, chars; /* characters (code points) */
};
struct redact_input {
	const struct redact_span *spans;
	size_t n_spans;
	const int64_t *attachments; /* of the message: to be deleted */
	size_t n_attachments;
};
/* The value of each span goes from all messages of the ticket, its subject and snippet, its ledger
 * rows and names of files; raw letters of the messages where it stood are dropped. ERR_CONFLICT
 * "error.legal_hold", "error.erased_already"; ERR_INVALID for a span outside of its text. */
enum err desk_message_redact(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t message_id,
                             const struct redact_input *in, struct error *e) MUST_USE;

struct sensitive_span {
	struct redact_span span;
	enum sensitive_kind kind;
};
/* What looks like a card, a passport or a phone: proposals. */
enum err desk_message_sensitive(const struct desk *d, struct arena *a, struct db_conn *c,
                                const struct actor *actor, int64_t message_id,
                                struct sensitive_span **out, size_t *n, struct error *e) MUST_USE;

/* ---- legal hold: legal.hold ---- */

/* One of contact_id and ticket_id. */
enum err desk_hold_set(const struct desk *d, struct arena *a, struct db_conn *tx,
                       const struct actor *actor, int64_t contact_id, int64_t ticket_id, str reason,
                       struct legal_hold *out, struct error *e) MUST_USE;
enum err desk_hold_lift(const struct desk *d, struct arena *a, struct db_conn *tx,
                        const struct actor *actor, int64_t id, str note, struct legal_hold *out,
                        struct error *e) MUST_USE;
enum err desk_hold_list(const struct desk *d, struct arena *a, struct db_conn *c,
                        const struct actor *actor, struct legal_hold **out, size_t *n,
                        struct error *e) MUST_USE;
/* ERR_CONFLICT "error.legal_hold" with the first of these, as the actor may read it; ERR_OK when
 * there are none. */
enum err desk_hold_error(struct arena *a, const struct actor *actor, const struct legal_hold *holds,
                         size_t n, struct error *e) MUST_USE;

/* ---- retention: admin.privacy ---- */

struct desk_retention_patch {
	const int64_t *version;
	const str *name, *action, *status;
	const int64_t *age_days, *brand_id, *line_id; /* brand, line: 0 = all */
	const bool *active;
};
struct retention_preview {
	int64_t tickets, held; /* exact to RETENTION_COUNTED, then that */
	int64_t per_run;       /* so many go in one night */
};
#define RETENTION_COUNTED 10000
enum err desk_retention_list(const struct desk *d, struct arena *a, struct db_conn *c,
                             const struct actor *actor, struct retention_rule **out, size_t *n,
                             struct error *e) MUST_USE;
enum err desk_retention_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, const struct desk_retention_patch *p,
                               struct retention_rule *out, struct error *e) MUST_USE;
enum err desk_retention_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t id,
                              const struct desk_retention_patch *p, struct retention_rule *out,
                              struct error *e) MUST_USE;
enum err desk_retention_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                               const struct actor *actor, int64_t id, struct error *e) MUST_USE;
/* What the rule would take now; nothing is changed. */
enum err desk_retention_preview(const struct desk *d, struct arena *a, struct db_conn *c,
                                const struct actor *actor, int64_t id,
                                struct retention_preview *out, struct error *e) MUST_USE;
/* Begins a run of every active rule that finds something: the nightly job. */
enum err desk_retention_night(const struct desk *d, struct arena *a, struct db_conn *tx,
                              struct error *e) MUST_USE;
/* When the next night's run is due. */
usec desk_retention_due(const struct desk *d, usec now);

/* ---- after a restore ---- */

/* Applies what is not in the table of tombstones yet, before anything is served. Outside
 * transactions. *applied: how many. ERR_CONFLICT "error.foreign_tombstones" for another
 * installation's. */
enum err desk_tombstones_apply(const struct desk *d, struct db *db, const struct tombstone *list,
                               size_t n, int64_t *applied, struct error *e) MUST_USE;
/* The remains at once: index, blobs, the database's files, the file of tombstones. */
enum err desk_privacy_settle(const struct desk *d, struct db *db, struct error *e) MUST_USE;
/* db_sweep of the tables that erasing changes. */
enum err desk_privacy_sweep(struct db *db, struct error *e) MUST_USE;
/* After a sweep that began now or later: ends the runs that waited for it, with their events. */
enum err desk_privacy_swept(struct arena *a, struct db_conn *tx, usec now,
                            struct error *e) MUST_USE;

#endif
