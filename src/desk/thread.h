/* thread.h: side threads with third parties, and copies to others. */
#ifndef OTKLIK_DESK_THREAD_H
#define OTKLIK_DESK_THREAD_H

#include "desk/desk.h"
#include "desk/ticket.h"

struct thread_input {
	str subject, text;
	const struct address *to;
	size_t n_to;
	const int64_t *uploads;
	size_t n_uploads;
	const int64_t *forward; /* messages of the ticket quoted below the text, with their files */
	size_t n_forward;
};
/* Right ticket.side. The requester cannot be a partner (ERR_INVALID "error.is_requester"). */
enum err desk_thread_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                            const struct actor *actor, int64_t ticket_id,
                            const struct thread_input *in, struct side_thread_full *out,
                            int64_t *message_id, struct error *e) MUST_USE;

struct participant_input {
	str address, name, role; /* cc, bcc; partner with thread_id */
	int64_t thread_id;
};
/* Right ticket.reply. Adding one who takes part already gives the row there is. */
enum err desk_participant_add(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, int64_t ticket_id,
                              const struct participant_input *in, struct participant *out,
                              struct error *e) MUST_USE;
enum err desk_participant_remove(const struct desk *d, struct arena *a, struct db_conn *tx,
                                 const struct actor *actor, int64_t id, struct error *e) MUST_USE;

/* For intake: may a letter from this address join the ticket's main thread
 * (the contact's identities, copies), or which side thread (partners)? */
struct thread_standing {
	bool requester, copied; /* copied: as cc or bcc of the main thread */
	int64_t thread_id;      /* the newest side thread it is a partner of, 0 = none */
};
enum err desk_thread_standing(struct arena *a, struct db_conn *c, int64_t ticket_id, str address,
                              struct thread_standing *out, struct error *e) MUST_USE;

#endif
