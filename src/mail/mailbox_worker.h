/* mailbox_worker.h: keeps every active mailbox read: a thread each, and one that
 * starts and ends them as the table says.
 *
 * Several processes on one database share the mailboxes by leases. A failure is
 * tried again after a pause that doubles, with a random part; what a person must
 * mend (password, consent, folder) is told at once, a server that is merely away
 * after the third try: in the mailbox's state, by an event, in the log.
 */
#ifndef OTKLIK_MAIL_MAILBOX_WORKER_H
#define OTKLIK_MAIL_MAILBOX_WORKER_H

#include "mail/mailbox_visit.h"

struct mailbox_workers;

/* o is copied, what it points to must live on. owner: the process's name; a random part is added.
 */
enum err mailbox_workers_start(const struct mailbox_options *o, str owner,
                               struct mailbox_workers **out, struct error *e) MUST_USE;
/* Ends every conversation; a letter that is being committed is finished. NULL is fine. */
void mailbox_workers_stop(struct mailbox_workers *w);

#endif
