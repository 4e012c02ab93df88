/* mail_testing.h: a small desk with mail, for tests: letters in, answers out.
 *
 * The SMTP server is a script: what is offered is kept, and answered with what
 * the test says. Linked into the test program only.
 */
#ifndef OTKLIK_MAIL_MAIL_TESTING_H
#define OTKLIK_MAIL_MAIL_TESTING_H

#include "db/db_testing.h"
#include "desk/reply.h"
#include "desk/sender.h"
#include "mail/intake.h"
#include "mail/outbox.h"

#define POST_SENT_MAX 64

struct sent_letter {
	str mail_from, raw, host;
	int seconds;     /* that it had */
	bool may_inside; /* the server may be an inside address */
	str *to;
	size_t n_to;
	str message_id, reply_to; /* of its headers */
};

struct post {
	struct db *db;
	struct clock *clock;
	struct desk desk;
	struct arena *a; /* of the whole test */
	struct error e;
	struct secret_key key;
	struct mail_intake in;
	struct mail_outbox out;
	struct job_kind send, release;
	int64_t agent, brand, line, line_two;
	struct actor anna; /* the agent */

	struct sent_letter sent[POST_SENT_MAX];
	size_t n_sent, n_refused;
	enum smtp_fate fate; /* of every recipient but those of refuse */
	str refuse;          /* this recipient is refused for good */
	bool uncertain;
	enum err send_fails;   /* smtp_send itself fails so */
	str down;              /* the server of this host cannot be reached */
	const char *down_step; /* how it is away; NULL: "connect" */
	const char *step;      /* where a letter failed, for the outcome */
	str user, password;    /* with which the last server was asked */
	void (*before_send)(struct post *p);
};

/* From a bootstrapped, empty installation with one agent. */
struct post *post_new(enum db_engine engine);
void post_free(struct post *p);
int64_t post_inbox(struct post *p, const char *address, bool autoack);
/* A letter by LMTP; replies for up to 8 recipients. Lines may end with LF only. */
void post_letter(struct post *p, str raw, str mail_from, const str *to, size_t n,
                 enum lmtp_reply replies[8]);
/* The agent answers in the main thread, or starts a side thread, in a job of its own. */
int64_t post_answer(struct post *p, int64_t ticket, const char *text);
/* A sender of the brand: its id. */
int64_t post_sender(struct post *p, const char *host, const char *serves, int64_t position,
                    int64_t hour_most);
int64_t post_side(struct post *p, int64_t ticket, const char *to, const char *text);
/* Runs what is due. */
int64_t post_run(struct post *p);
/* Any verb in a transaction of its own. */
void post_write(struct post *p, enum err (*fn)(void *arg, struct db_conn *tx, struct error *e),
                void *arg);
int64_t post_int(struct post *p, const char *sql, int64_t arg);
str post_str(struct post *p, const char *sql, int64_t arg);
/* The value of a header field of a letter, or "". */
str post_header(str raw, const char *name);

#endif
