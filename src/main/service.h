/* service.h: everything that runs in `otklik serve`, wired together.
 *
 *   service_start -> service_drain -> service_stop
 *
 * After a commit one callback wakes push, search and the job runners; each reads
 * the log or the table of jobs for itself.
 */
#ifndef OTKLIK_MAIN_SERVICE_H
#define OTKLIK_MAIN_SERVICE_H

#include "mail/intake.h"
#include "main/app.h"

struct service;

/* How letters come in, by the settings; for whatever takes letters. The app must be open. */
void service_fill_intake(struct app *app, struct mail_intake *out);

/* Listening sockets that a process hands to its successor; -1: none. */
struct service_fds {
	int http, lmtp;
};

/* The app must be open. fds: sockets to go on with, or NULL. What was started
 * before a failure is stopped again. */
enum err service_start(struct app *app, const struct service_fds *fds, struct service **out,
                       struct error *e) MUST_USE;
/* The port of HTTP; 0 on a unix socket or without the role. */
int service_http_port(const struct service *s);
int service_lmtp_port(const struct service *s);
/* The listening sockets, duplicated, to be passed on. Before service_drain. */
struct service_fds service_hand_over(struct service *s);
/* Takes nothing new and lets what is under way finish, for at most `most`. */
void service_drain(struct service *s, usec most);
/* Ends everything but the database. Frees s. */
void service_stop(struct service *s);

#endif
