/* attachment.h: files in messages, and files uploaded but not sent yet.
 *
 * An attachment is visible when its message's ticket is. Bytes: store/blob.h, by hash.
 */
#ifndef OTKLIK_STORE_ATTACHMENT_H
#define OTKLIK_STORE_ATTACHMENT_H

#include "db/db.h"
#include "store/actor.h"

struct attachment {
	int64_t id, message_id;
	str hash, name, content_type;
	int64_t size;
	str content_id; /* of an image inside the HTML, without <> */
	bool is_inline;
	int position;
	bool locked; /* no column: the desk keeps it from this reader */
};

struct upload {
	int64_t id, account_id;
	str hash, name, content_type;
	int64_t size;
	usec created_at, used_at; /* used_at 0 = not sent yet */
};

/* The sender's file stayed outside, for it is too large: there are a size and no bytes. */
bool attachment_is_held(const struct attachment *at);

enum err attachment_insert(struct db_conn *tx, struct attachment *at, struct error *e) MUST_USE;
enum err attachment_get(struct arena *a, struct db_conn *c, const struct actor *actor, int64_t id,
                        struct attachment *out, struct error *e) MUST_USE;
/* Of these messages, ordered by message, then position. */
enum err attachment_of_messages(struct arena *a, struct db_conn *c, const int64_t *ids, size_t n,
                                struct attachment **out, size_t *n_out, struct error *e) MUST_USE;

enum err upload_insert(struct db_conn *tx, struct upload *u, struct error *e) MUST_USE;
/* The account's own, not used yet; otherwise ERR_NOT_FOUND. */
enum err upload_get(struct arena *a, struct db_conn *c, int64_t account_id, int64_t id,
                    struct upload *out, struct error *e) MUST_USE;
enum err upload_use(struct db_conn *tx, int64_t id, usec now, struct error *e) MUST_USE;
/* The answer it was in was taken back. */
enum err upload_unuse(struct db_conn *tx, int64_t account_id, int64_t id, struct error *e) MUST_USE;
enum err upload_delete(struct db_conn *tx, int64_t account_id, int64_t id,
                       struct error *e) MUST_USE;
/* Drops uploads not sent within their time; *n = how many. */
enum err upload_expire(struct db_conn *tx, usec before, int64_t *n, struct error *e) MUST_USE;

#endif
