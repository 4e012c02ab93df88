/* desk.h: what every verb of the domain gets beside the actor.
 *
 * A verb is `enum err desk_xxx(const struct desk *d, struct arena *a, struct
 * db_conn *tx, const struct actor *actor, ..., struct error *e)`. It asks for
 * the right, locks and reads what it decides about, changes rows through
 * store/, records events and puts jobs. It may run more than once, so it has no
 * effect outside tx and the arena. What is not visible to the actor is
 * ERR_NOT_FOUND. Texts are made valid UTF-8 here.
 *
 * What reading verbs give is already masked for the actor (desk/mask.h).
 */
#ifndef OTKLIK_DESK_DESK_H
#define OTKLIK_DESK_DESK_H

#include "db/db.h"
#include "store/actor.h"
#include "store/blob.h"
#include "sys/clock.h"
#include "sys/secret.h"

struct shelf;

struct desk {
	struct clock *clock;
	struct blob_store blobs;
	usec undo_window;   /* an answer can be taken back for so long; 0 = leaves at once */
	usec upload_life;   /* uploads not sent are dropped after; 0 = a day */
	int64_t upload_max; /* bytes of one upload; 0 = 25 MiB */
	int search_batch;   /* events indexed in one commit; 0 = 192 */

	int64_t urgent_most; /* tickets in 30 days that one customer makes urgent by the word; 0 =
	                        any */
	/* The categorizer (desk/train.h). Zero = the default in brackets. */
	int64_t models_keep;    /* models of a brand, beside the one that decides [10] */
	int64_t examples_max;   /* texts that one training takes, newest first [100,000] */
	int64_t examples_bytes; /* and bytes of them [16 MiB] */

	struct shelf *shelf; /* what suggestions are looked up in (desk/shelf.h); NULL: none */

	/* Privacy (desk/privacy.h). */
	str tombstones; /* path of the file of what was erased, terminated; "" = none is kept */
	int64_t retention_most; /* tickets that one rule takes in one night; 0 = 1000 */
	int64_t retention_hour; /* of the day in UTC at which rules run */

	/* People (desk/session.h, account.h). Zero = the default in brackets. */
	struct db *db;                  /* for the halves that run outside a transaction */
	const struct secret_key *key;   /* closes SMTP passwords and one-time code seeds */
	usec session_ttl, session_idle; /* [30 days, 3 days] */
	int64_t signin_tries;           /* wrong ones for an account before pauses begin [5] */
	int64_t signin_tries_peer;      /* the same from one address [20] */
	usec signin_window;   /* quiet time after which tries are forgotten [15 minutes] */
	usec invite_life;     /* of an invitation [7 days] */
	usec reset_life;      /* of one to an account that has a password [an hour] */
	int64_t password_min; /* characters [10] */
	str issuer;           /* shown by authenticator apps ["Otklik"] */
};

#endif
