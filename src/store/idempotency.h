/* idempotency.h: answers kept by the caller's key, so that a repeated request is answered, not
 * repeated. */
#ifndef OTKLIK_STORE_IDEMPOTENCY_H
#define OTKLIK_STORE_IDEMPOTENCY_H

#include "db/db.h"

#define IDEMPOTENCY_KEY_MAX 200
#define IDEMPOTENCY_AGE USEC_DAY

struct idempotency {
	str request_hash;
	int64_t status;
	str response;
};

/* In the transaction of the request, before anything else: locks the key (two
 * equal requests at once run one after the other) and looks it up. *found with
 * *out = the kept answer, younger than a day. The key used for another request
 * (another hash): ERR_CONFLICT "error.idempotency_mismatch". */
enum err idempotency_get(struct arena *a, struct db_conn *tx, int64_t account_id, str key,
                         str request_hash, usec now, bool *found, struct idempotency *out,
                         struct error *e) MUST_USE;
enum err idempotency_put(struct db_conn *tx, int64_t account_id, str key,
                         const struct idempotency *answer, usec now, struct error *e) MUST_USE;
enum err idempotency_purge(struct db_conn *tx, usec before, int64_t *n, struct error *e) MUST_USE;

#endif
