/* mailbox_worker.c: see mailbox_worker.h.
 *
 * A thread serves one version of one mailbox: when a person changes the row, the
 * watcher ends the thread by its pipe and starts another. */
#include "mail/mailbox_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>

#include "events/event.h"
#include "store/system.h"
#include "sys/random.h"
#include "sys/worker.h"

#define MAILBOXES_MOST 500
#define RETRY_FIRST (2 * USEC_SECOND)
#define RETRY_MOST (5 * USEC_MINUTE)
#define IDLE (5 * USEC_MINUTE)
#define POLL USEC_MINUTE
#define WATCH USEC_SECOND
#define ELSEWHERE (10 * USEC_SECOND) /* another process works it: when to look again */
#define QUIET_FAILURES 3
#define GOOD_EVERY USEC_MINUTE /* how often ok_at is written */

struct worker {
	struct mailbox_workers *all;
	struct worker *next;
	pthread_t thread;
	int64_t id, version;
	int stop_read, stop_write;
	_Atomic bool ended;
	bool seen;
	struct mailbox_memory memory;
	int failures; /* in a row */
};

struct mailbox_workers {
	struct mailbox_options o;
	char *owner;
	pthread_t thread;
	int stop_read, stop_write;
	struct worker *first;
	size_t n;
};

static usec now_of(const struct mailbox_workers *w)
{
	return clock_now(w->o.intake->desk->clock);
}

/* True when the pipe's end says stop. */
static bool pause_for(int stop_fd, usec most)
{
	struct pollfd p = {.fd = stop_fd, .events = POLLIN};
	usec until = clock_mono(clock_system()) + most;
	for (;;) {
		usec left = until - clock_mono(clock_system());
		if (left <= 0)
			return false;
		int n = poll(&p, 1, left > USEC_HOUR ? 3600000 : (int)(left / 1000) + 1);
		if (n > 0 || (n < 0 && errno != EINTR))
			return true;
	}
}

/* ---- the state that people see ---- */

struct state_job {
	struct mailbox_workers *w;
	const struct mailbox *m;
	const char *state;
	const struct error *why; /* NULL: none */
	bool held;
};

static enum err state_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct state_job *j = arg;
	const struct mailbox *m = j->m;
	usec now = now_of(j->w);
	enum err err = mailbox_set_state(
	    tx, m, str_of(j->w->owner), str_of(j->state), str_of(j->why ? j->why->key : ""),
	    str_to_utf8(db_batch_arena(tx), str_of(j->why ? j->why->arg : "")), now, &j->held, e);
	if (!err && j->held && !str_eq(m->state, str_of(j->state)))
		event_add(tx, now, actor_system(), EVENT_MAILBOX_STATE, (struct event_about){0},
		          EVENT_DATA(EVENT_INT("mailbox_id", m->id),
		                     EVENT_CODE("state", str_of(j->state))));
	return err;
}

static void set_state(struct worker *k, struct arena *a, struct mailbox *m, const char *state,
                      const struct error *why)
{
	struct mailbox_workers *w = k->all;
	struct state_job j = {.w = w, .m = m, .state = state, .why = why};
	struct error e = {0};
	struct log *log = w->o.intake->log;
	if (db_write(w->o.intake->db, state_run, &j, &e)) {
		if (log)
			log_warn(log, "a mailbox's state was not stored", LOG_INT("mailbox", m->id),
			         LOG_ERR(&e));
		return;
	}
	if (log && !str_eq(m->state, str_of(state))) {
		if (why)
			log_error(log, "a mailbox cannot be read", LOG_INT("mailbox", m->id),
			          LOG_Z("state", state), LOG_ERR(why));
		else
			log_info(log, "a mailbox is being read", LOG_INT("mailbox", m->id));
	}
	m->state = str_dup(a, str_of(state));
	if (!why)
		m->ok_at = now_of(w);
}

static const char *state_of(const struct error *e)
{
	str key = str_of(e->key);
	if (str_is(key, MAILBOX_RESTORED))
		return "new"; /* and the sentence says why */
	if (str_is(key, OAUTH_EXPIRED))
		return "consent";
	if (str_is(key, "error.imap_auth") || str_is(key, "error.secret_locked"))
		return "sign_in";
	if (str_is(key, "error.imap_folder"))
		return "folder";
	return "failing";
}

/* ---- one mailbox ---- */

static bool tick(void *arg)
{
	return mailbox_visit_renew(arg);
}

/* In the folder until something ends it; an error says what. */
static enum err stay(struct worker *k, struct arena *a, struct mailbox_visit *v, struct error *e)
{
	const struct mailbox_options *o = &k->all->o;
	bool news;
	for (;;) {
		enum err err = mailbox_visit_take(v, e);
		if (err)
			return err;
		k->failures = 0;
		usec now = now_of(k->all);
		if (!str_is(v->m->state, "ok") || now - v->m->ok_at > GOOD_EVERY)
			set_state(k, a, v->m, "ok", NULL);
		usec most = imap_can(v->c, "IDLE") ? o->idle ? o->idle : IDLE
		            : o->poll              ? o->poll
		                                   : POLL;
		err = imap_wait(v->c, most, &news, e);
		if (err)
			return err;
	}
}

static enum err visit(struct worker *k, struct arena *a, struct mailbox *m, struct error *e)
{
	struct mailbox_workers *w = k->all;
	struct db_conn *c;
	struct mailbox_visit v = {.o = &w->o,
	                          .m = m,
	                          .owner = str_of(w->owner),
	                          .memory = &k->memory,
	                          .leased_at = now_of(w)};
	enum err err = db_read_begin(w->o.intake->db, &c, e);
	if (err)
		return err;
	err = mailbox_visit_allowed(a, c, &v.may_remove, e);
	db_read_end(w->o.intake->db, c);
	if (!err)
		err = mailbox_connect(&w->o, a, m, k->stop_read, tick, &v, &v.c, e);
	if (err)
		return err;
	err = mailbox_visit_begin(&v, e);
	if (!err)
		err = stay(k, a, &v, e);
	mailbox_visit_end(&v);
	imap_close(v.c);
	return err;
}

struct claim_job {
	struct worker *k;
	const struct mailbox *m;
	bool held;
};

static enum err claim_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct claim_job *j = arg;
	struct mailbox_workers *w = j->k->all;
	usec now = now_of(w), lease = w->o.lease ? w->o.lease : 3 * USEC_MINUTE;
	return mailbox_claim(tx, j->m, str_of(w->owner), now, now + lease, &j->held, e);
}

static enum err unclaim_run(void *arg, struct db_conn *tx, struct error *e)
{
	struct worker *k = arg;
	return mailbox_unclaim(tx, k->id, str_of(k->all->owner), e);
}

/* Reads the row; *go: it is ours to work now. */
static enum err take_lease(struct worker *k, struct arena *a, struct mailbox *m, bool *go,
                           struct error *e)
{
	struct mailbox_workers *w = k->all;
	struct db_conn *c;
	struct claim_job j = {.k = k, .m = m};
	*go = false;
	enum err err = db_read_begin(w->o.intake->db, &c, e);
	if (err)
		return err;
	err = mailbox_get(a, c, k->id, m, e);
	db_read_end(w->o.intake->db, c);
	if (!err && m->version == k->version)
		err = db_write(w->o.intake->db, claim_run, &j, e);
	*go = j.held;
	return err;
}

static usec pause_of(const struct worker *k)
{
	const struct mailbox_options *o = &k->all->o;
	usec pause = o->retry_first ? o->retry_first : RETRY_FIRST;
	usec most = o->retry_most ? o->retry_most : RETRY_MOST;
	for (int i = 1; i < k->failures && pause < most; i++)
		pause *= 2;
	if (pause > most)
		pause = most;
	/* All mailboxes of a server that comes back do not ask at once. */
	return pause / 2 +
	       random_below((uint32_t)(pause / 2 < UINT32_MAX ? pause / 2 : UINT32_MAX) + 1);
}

static void *worker_main(void *arg)
{
	struct worker *k = arg;
	struct mailbox_workers *w = k->all;
	usec wait = 0;
	struct error e;
	while (!pause_for(k->stop_read, wait)) {
		ARENA_AUTO a = arena_new();
		struct mailbox m;
		bool go;
		e = (struct error){0};
		enum err err = take_lease(k, a, &m, &go, &e);
		wait = ELSEWHERE;
		if (!err && !go)
			continue;
		if (!err)
			err = visit(k, a, &m, &e);
		if (pause_for(k->stop_read, 0) || err == ERR_BUSY)
			continue;
		if (str_is(str_of(e.key), MAILBOX_RESTORED)) {
			wait = ELSEWHERE; /* until somebody lets the copy work */
			if (!str_eq(m.error, str_of(e.key)))
				set_state(k, a, &m, state_of(&e), &e);
			continue;
		}
		k->failures++;
		const char *state = state_of(&e);
		if (go && (!str_is(str_of(state), "failing") || k->failures >= QUIET_FAILURES ||
		           str_is(m.state, "failing")))
			set_state(k, a, &m, state, &e);
		else if (w->o.intake->log)
			log_info(w->o.intake->log, "a mailbox was left", LOG_INT("mailbox", k->id),
			         LOG_ERR(&e));
		wait = pause_of(k);
	}
	e = (struct error){0};
	if (db_write(w->o.intake->db, unclaim_run, k, &e) && w->o.intake->log)
		log_info(w->o.intake->log, "a lease was left to end", LOG_INT("mailbox", k->id),
		         LOG_ERR(&e));
	k->ended = true;
	return NULL;
}

/* ---- all of them ---- */

static enum err make_pipe(int *read_end, int *write_end, struct error *e)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_detail(e, ERR_IO, "pipe: %m");
	*read_end = ends[0];
	*write_end = ends[1];
	return ERR_OK;
}

static void tell_stop(int fd)
{
	ssize_t ignored = write(fd, "", 1);
	(void)ignored;
}

static void worker_free(struct worker *k)
{
	pthread_join(k->thread, NULL);
	close(k->stop_read);
	close(k->stop_write);
	free(k);
}

static void start_one(struct mailbox_workers *w, const struct mailbox *m)
{
	struct worker *k = xcalloc(1, sizeof *k);
	struct error e = {0};
	k->all = w;
	k->id = m->id;
	k->version = m->version;
	k->seen = true;
	enum err err = make_pipe(&k->stop_read, &k->stop_write, &e);
	if (err) {
		free(k);
	} else {
		err = thread_start(&k->thread, "mailbox", worker_main, k, &e);
		if (err) {
			close(k->stop_read);
			close(k->stop_write);
			free(k);
		}
	}
	if (err) {
		if (w->o.intake->log)
			log_error(w->o.intake->log, "a mailbox has no thread",
			          LOG_INT("mailbox", m->id), LOG_ERR(&e));
		return;
	}
	k->next = w->first;
	w->first = k;
	w->n++;
}

/* Ends threads that nobody wants and frees those that have ended. */
static void sweep(struct mailbox_workers *w)
{
	for (struct worker **at = &w->first; *at;) {
		struct worker *k = *at;
		if (!k->seen)
			tell_stop(k->stop_write);
		if (k->ended) {
			*at = k->next;
			w->n--;
			worker_free(k);
		} else {
			at = &k->next;
		}
	}
}

static void look(struct mailbox_workers *w)
{
	ARENA_AUTO a = arena_new();
	struct mailbox *list;
	size_t n = 0;
	struct db_conn *c;
	struct error e = {0};
	enum err err = db_read_begin(w->o.intake->db, &c, &e);
	if (err)
		return;
	err = mailbox_list(a, c, &list, &n, &e);
	db_read_end(w->o.intake->db, c);
	if (err)
		return;
	for (struct worker *k = w->first; k; k = k->next)
		k->seen = false;
	for (size_t i = 0; i < n; i++) {
		struct worker *k = w->first;
		while (k && k->id != list[i].id)
			k = k->next;
		if (k && list[i].active && k->version == list[i].version)
			k->seen = true;
		/* One at a time of one mailbox: the next version waits for the last one's end. */
		if (!k && list[i].active && w->n < MAILBOXES_MOST)
			start_one(w, &list[i]);
	}
	sweep(w);
}

static void *watch_main(void *arg)
{
	struct mailbox_workers *w = arg;
	usec watch = w->o.watch ? w->o.watch : WATCH;
	do
		look(w);
	while (!pause_for(w->stop_read, watch));
	for (struct worker *k = w->first; k; k = k->next)
		tell_stop(k->stop_write);
	while (w->first) {
		struct worker *k = w->first;
		w->first = k->next;
		worker_free(k);
	}
	return NULL;
}

static enum err free_all_run(void *arg, struct db_conn *tx, struct error *e)
{
	(void)arg;
	return mailbox_unclaim_all(tx, e);
}

enum err mailbox_workers_start(const struct mailbox_options *o, str owner,
                               struct mailbox_workers **out, struct error *e)
{
	ARENA_AUTO a = arena_new();
	struct mailbox_workers *w = xcalloc(1, sizeof *w);
	str name = str_printf(a, "%.*s %.*s", STR_FMT(owner), STR_FMT(random_token(a, 9)));
	w->o = *o;
	w->owner = xmalloc(name.n + 1);
	memcpy(w->owner, str_z(a, name), name.n + 1);
	*out = NULL;
	/* A data folder has one process (main/app.h), so nobody waits for a dead one's lease. */
	enum err err = ERR_OK;
	if (db_engine_of(o->intake->db) == DB_SQLITE)
		err = db_write(o->intake->db, free_all_run, NULL, e);
	if (!err)
		err = make_pipe(&w->stop_read, &w->stop_write, e);
	if (!err) {
		err = thread_start(&w->thread, "mailboxes", watch_main, w, e);
		if (err) {
			close(w->stop_read);
			close(w->stop_write);
		}
	}
	if (err) {
		free(w->owner);
		free(w);
		return err;
	}
	*out = w;
	return ERR_OK;
}

void mailbox_workers_stop(struct mailbox_workers *w)
{
	if (!w)
		return;
	tell_stop(w->stop_write);
	pthread_join(w->thread, NULL);
	close(w->stop_read);
	close(w->stop_write);
	free(w->owner);
	free(w);
}
