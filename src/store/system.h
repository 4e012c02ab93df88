/* system.h: what the installation knows of itself: small values by key. */
#ifndef OTKLIK_STORE_SYSTEM_H
#define OTKLIK_STORE_SYSTEM_H

#include "db/db.h"

/* Keys in use. */
#define SYSTEM_INSTANCE_ID "instance_id"   /* random; seed of the event chain */
#define SYSTEM_MAIL_SECRET "mail_secret"   /* hex; signs our Message-IDs and reply addresses */
#define SYSTEM_NO_SEND "no_send"           /* the reason why nothing may leave; absent = sending */
#define NO_SEND_RESTORED "restored"        /* its value in a copy until somebody lets it work */
#define SYSTEM_NO_SEND_NOTE "no_send_note" /* JSON: who stopped it, when, and what they say */
#define SYSTEM_RESTORING "restoring"       /* "1": a backup was loaded and is not settled */
#define SYSTEM_DEMO "demo"                 /* "1": the data is made up */
#define SYSTEM_TRAIN_ERROR "train_error"   /* why the last training failed: "key arg" */

/* STR_NONE when there is no such key. */
enum err system_get(struct arena *a, struct db_conn *c, const char *key, str *out,
                    struct error *e) MUST_USE;
enum err system_set(struct db_conn *tx, const char *key, str value, struct error *e) MUST_USE;
enum err system_remove(struct db_conn *tx, const char *key, struct error *e) MUST_USE;
/* True when nothing may leave (a restored copy, a rehearsal). */
enum err system_no_send(struct db_conn *c, bool *out, struct error *e) MUST_USE;
/* The 32 bytes that sign Message-IDs and reply addresses. ERR_INTERNAL before the first start. */
enum err system_mail_secret(struct arena *a, struct db_conn *c, str *out, struct error *e) MUST_USE;

#endif
