/* inbox.h: mail addresses of ours, and how each one sends. */
#ifndef OTKLIK_STORE_INBOX_H
#define OTKLIK_STORE_INBOX_H

#include "db/db.h"

struct inbox {
	int64_t id, brand_id, line_id;
	str name, address, address_norm, sender_name, signature;
	bool autoack;
	str smtp_host; /* "" = the installation's server */
	int64_t smtp_port;
	str smtp_tls, smtp_user;
	str smtp_password_box; /* sealed; "" = none */
	bool active;
	int64_t version;
	str language; /* the brand's */
	str brand_name;
	int64_t sender_id;  /* 0 = the brand's first that serves the address */
	str quote;          /* what an answer carries below: none, last, thread */
	int64_t hour_most;  /* letters an hour, counted by recipients; 0 = no limit */
	str ack_en, ack_ru; /* the acknowledgement's own words; "" = the usual ones */
};

/* An address as it is compared: no detail after "+", NFKC and case-folded.
 * *detail (may be NULL): what stood after "+". */
str inbox_address_norm(struct arena *a, str address, str *detail);

enum err inbox_get(struct arena *a, struct db_conn *c, int64_t id, struct inbox *out,
                   struct error *e) MUST_USE;
/* By inbox_address_norm; inactive ones are found. ERR_NOT_FOUND when there is none. */
enum err inbox_by_address(struct arena *a, struct db_conn *c, str address_norm, struct inbox *out,
                          struct error *e) MUST_USE;
/* All, in the order of their ids. */
enum err inbox_list(struct arena *a, struct db_conn *c, struct inbox **out, size_t *n,
                    struct error *e) MUST_USE;
/* An address taken: ERR_CONFLICT "error.exists", field "address". */
enum err inbox_insert(struct db_conn *tx, const struct inbox *inbox, usec now, int64_t *id,
                      struct error *e) MUST_USE;
/* Over version inbox->version; ERR_CONFLICT "error.stale" when it is another. */
enum err inbox_update(struct db_conn *tx, const struct inbox *inbox, struct error *e) MUST_USE;
enum err inbox_set_password(struct db_conn *tx, int64_t id, str box, struct error *e) MUST_USE;

#endif
