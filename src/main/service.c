/* service.c: see service.h. */
#include "main/service.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "api/api.h"
#include "desk/decide.h"
#include "desk/search.h"
#include "desk/shelf.h"
#include "job/housekeeping.h"
#include "job/privacy.h"
#include "job/runner.h"
#include "job/train.h"
#include "mail/intake.h"
#include "mail/mailbox_worker.h"
#include "mail/outbox.h"
#include "main/follower.h"
#include "push/push.h"
#include "site/site.h"
#include "store/delivery.h"
#include "store/mailbox.h"
#include "store/migrations_gen.h"
#include "store/oauth.h"
#include "store/system.h"

enum { KINDS_MAX = 12, LETTER_GRACE_SECONDS = 15 };

struct service {
	struct app *app;
	struct http_server *http;
	struct api *api;
	struct site *site;
	struct push_hub *push;
	struct follower *indexing, *deciding;
	struct search_indexer *indexer;
	struct decider *decider;
	struct job_trainer trainer;
	struct job_runner *jobs, *outbox, *training;
	struct lmtp_server *lmtp;
	size_t max_connections; /* of HTTP */
	struct mail_intake intake;
	struct mail_outbox out;
	struct oauth oauth;
	struct mailbox_options mailbox;
	struct mailbox_workers *mailboxes;
	struct job_kind housekeeping, sweep, release, send, privacy[JOB_PRIVACY_KINDS],
	    train[JOB_TRAIN_KINDS];
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool drained;
};

/* ---- after a commit ---- */

static void on_commit(void *arg)
{
	struct service *s = arg;
	if (s->push)
		push_wake(s->push);
	if (s->indexing)
		follower_wake(s->indexing);
	if (s->deciding)
		follower_wake(s->deciding);
	if (s->jobs)
		job_runner_wake(s->jobs);
	if (s->training)
		job_runner_wake(s->training);
	if (s->outbox)
		job_runner_wake(s->outbox);
}

/* ---- HTTP: who answers what ---- */

static enum http_verdict on_head(struct http_req *r, void *arg)
{
	struct service *s = arg;
	return api_owns(r->path) ? api_on_head(s->api, r) : site_on_head(s->site, r);
}

static void on_request(struct http_req *r, void *arg)
{
	struct service *s = arg;
	if (api_owns(r->path))
		api_on_request(s->api, r);
	else
		site_on_request(s->site, r);
}

static const char *on_refuse(int status, str target, struct buf *body, void *arg)
{
	if (!api_owns(target))
		return NULL;
	api_write_refusal(body, status);
	return "application/json";
}

static void on_stream(void *arg, struct http_req *r, const struct api_stream *q)
{
	struct service *s = arg;
	const struct push_join join = {
	    .actor = q->actor,
	    .websocket = q->websocket,
	    .has_after = q->has_after,
	    .after = q->after,
	    .headers = q->headers,
	    .n_headers = q->n_headers,
	};
	push_join(s->push, r, &join);
}

static enum err sender_test(void *arg, struct arena *a, const struct sender *w,
                            const struct inbox *from, str to, const char *lang, bool *sent,
                            str *words, struct error *e)
{
	struct service *s = arg;
	enum lang l = LANG_EN;
	(void)lang_of(str_of(lang), &l);
	return mail_sender_try(&s->out, a, w, from, to, l, sent, words, e);
}

static usec now(void *arg)
{
	struct service *s = arg;
	return clock_now(s->app->clock);
}

/* ---- what /metrics and /readyz ask ---- */

static void gauge(struct buf *out, const char *name, const char *type, int64_t value)
{
	buf_addf(out, "# TYPE otklik_%s %s\notklik_%s %lld\n", name, type, name, (long long)value);
}

static void put_rows(struct service *s, struct buf *out)
{
	struct db_conn *c;
	struct error e;
	int64_t live = 0, dead = 0, owed = 0, head = 0, behind = 0, bad = 0;
	bool no_send = false;
	if (db_read_begin(s->app->db, &c, &e) != ERR_OK)
		return;
	if (job_count(c, NULL, &live, &dead, &e) == ERR_OK) {
		gauge(out, "jobs_live", "gauge", live);
		gauge(out, "jobs_dead", "gauge", dead);
	}
	if (delivery_waiting(c, &owed, &e) == ERR_OK)
		gauge(out, "outbox_waiting", "gauge", owed);
	if (event_head(c, &head, &e) == ERR_OK)
		gauge(out, "event_head", "counter", head);
	if (desk_search_behind(c, &behind, &e) == ERR_OK)
		gauge(out, "search_behind", "gauge", behind);
	if (desk_decide_behind(c, &behind, &e) == ERR_OK)
		gauge(out, "sense_behind", "gauge", behind);
	if (desk_search_unindexed(c, &behind, &e) == ERR_OK)
		gauge(out, "search_unindexed", "gauge", behind);
	gauge(out, "shelf_bytes", "gauge", (int64_t)shelf_memory(s->app->desk.shelf));
	if (system_no_send(c, &no_send, &e) == ERR_OK)
		gauge(out, "no_send", "gauge", no_send);
	if (mailbox_count_bad(c, &bad, &e) == ERR_OK)
		gauge(out, "mailboxes_failing", "gauge", bad);
	if (oauth_count_bad(c, &bad, &e) == ERR_OK)
		gauge(out, "oauth_consent_needed", "gauge", bad);
	db_read_end(s->app->db, c);
}

static void metrics(void *arg, struct buf *out)
{
	struct service *s = arg;
	struct http_stats h = {0};
	struct push_stats p = {0};
	struct db_stats d;
	db_stats(s->app->db, &d);
	gauge(out, "db_queued", "gauge", d.queued);
	gauge(out, "db_batches_total", "counter", d.batches);
	gauge(out, "db_jobs_total", "counter", d.jobs);
	struct db_health health;
	db_health(s->app->db, &health);
	gauge(out, "db_failing", "gauge", health.failing);
	api_metrics(s->api, out);
	http_server_stats(s->http, &h);
	push_stats(s->push, &p);
	gauge(out, "http_connections", "gauge", h.connections);
	gauge(out, "http_accepted_total", "counter", h.accepted);
	gauge(out, "http_requests_total", "counter", h.requests);
	gauge(out, "http_refused_total", "counter", h.refused);
	gauge(out, "streams", "gauge", h.streams);
	gauge(out, "streams_overflowed_total", "counter", h.overflowed);
	gauge(out, "push_clients", "gauge", p.clients);
	gauge(out, "push_cursor", "counter", p.cursor);
	gauge(out, "push_sent_total", "counter", p.sent);
	gauge(out, "lmtp_connections", "gauge", s->lmtp ? lmtp_server_connections(s->lmtp) : 0);
	gauge(out, "lmtp_bytes", "gauge", s->lmtp ? (int64_t)lmtp_server_in_flight(s->lmtp) : 0);
	gauge(out, "log_errors_total", "counter",
	      (int64_t)atomic_load(&s->app->log.counts[LOG_ERROR]));
	gauge(out, "log_warnings_total", "counter",
	      (int64_t)atomic_load(&s->app->log.counts[LOG_WARN]));
	put_rows(s, out);
}

/* Nine of ten descriptors in use, or none left even to look. */
static bool descriptors_short(void)
{
	struct rlimit limit;
	size_t used = 0;
	DIR *d = opendir("/proc/self/fd");
	if (!d)
		return errno == EMFILE || errno == ENFILE;
	while (readdir(d))
		used++;
	(void)closedir(d);
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && used >= limit.rlim_cur / 10 * 9;
}

static void degraded(void *arg, struct db_conn *c, struct buf *out)
{
	struct service *s = arg;
	struct error e;
	bool no_send = false;
	int64_t live = 0, dead = 0, owed = 0, behind = 0, bad = 0;
	if (system_no_send(c, &no_send, &e) == ERR_OK && no_send)
		buf_addz(out, "no_send ");
	if (job_count(c, NULL, &live, &dead, &e) == ERR_OK && dead > 0)
		buf_addz(out, "jobs_dead ");
	if (!s->app->s.smtp.host.n && delivery_waiting(c, &owed, &e) == ERR_OK && owed > 0)
		buf_addz(out, "no_smtp_server ");
	if (desk_search_behind(c, &behind, &e) == ERR_OK && behind > 10000)
		buf_addz(out, "search_behind ");
	if (desk_decide_behind(c, &behind, &e) == ERR_OK && behind > 10000)
		buf_addz(out, "sense_behind ");
	if (mailbox_count_bad(c, &bad, &e) == ERR_OK && bad > 0)
		buf_addz(out, "mailbox_failing ");
	if (oauth_count_bad(c, &bad, &e) == ERR_OK && bad > 0)
		buf_addz(out, "oauth_consent ");
	struct http_stats h = {0};
	http_server_stats(s->http, &h);
	if (s->max_connections && (size_t)h.connections >= s->max_connections)
		buf_addz(out, "connections ");
	if (descriptors_short())
		buf_addz(out, "descriptors ");
}

/* ---- starting ---- */

static bool has_role(const struct settings *s, const char *role)
{
	for (size_t i = 0; i < s->process.roles.n; i++)
		if (str_eq_nocase(s->process.roles.p[i], str_of(role)))
			return true;
	return false;
}

/* The host of the base URL, where mail needs a name of ours. */
static str host_of(str url)
{
	ptrdiff_t i = str_find(url, STR("://"));
	str rest = i < 0 ? url : str_from(url, (size_t)i + 3);
	size_t n = 0;
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != ':')
		n++;
	return str_sub(rest, 0, n);
}

static enum err ensure_housekeeping(void *arg, struct db_conn *tx, struct error *e)
{
	struct service *s = arg;
	usec at = clock_now(s->app->clock);
	/* On SQLite this process is the only one: see the lock of the data folder. */
	enum err err = db_conn_engine(tx) == DB_SQLITE ? job_forget_leases(tx, e) : ERR_OK;
	if (!err)
		err = job_housekeeping_ensure(tx, at, e);
	if (!err)
		err = job_train_ensure(tx, at, e);
	return err ? err : job_privacy_ensure(&s->app->desk, tx, at, e);
}

static str mail_domain(const struct app *app)
{
	return app->s.mail.domain.n ? app->s.mail.domain : host_of(app->base_url);
}

void service_fill_intake(struct app *app, struct mail_intake *out)
{
	const struct settings *set = &app->s;
	*out = (struct mail_intake){
	    .desk = &app->desk,
	    .db = app->db,
	    .log = &app->log,
	    .mime = MIME_LIMITS_DEFAULT,
	    .autoack_most = set->mail.auto_replies_per_day,
	    .sender_most = set->mail.sender_most,
	    .auth_server = set->mail.auth_server,
	    .reply_delimiter = set->mail.reply_delimiter,
	    .spam_server = set->mail.spam_server,
	    .spam_score = set->mail.spam_score * 100,
	    .spam_as_ticket = set->mail.spam_action == SETTING_MAIL_SPAM_ACTION_TICKET,
	    .clamd = set->clamd.socket,
	    .clamd_timeout = (int)(set->clamd.timeout / USEC_SECOND),
	    .clamd_away_hold = set->clamd.away == SETTING_CLAMD_AWAY_QUARANTINE,
	    .domain = mail_domain(app),
	};
	out->mime.raw_bytes = (size_t)set->lmtp.max_message;
	out->mime.header_bytes = (size_t)set->mime.max_header;
	out->mime.depth = (size_t)set->mime.max_depth;
	out->mime.parts = (size_t)set->mime.max_parts;
	out->mime.addresses = (size_t)set->mime.max_addresses;
	out->mime.text_bytes = (size_t)set->mime.max_text;
}

static void fill_mail(struct service *s)
{
	struct app *app = s->app;
	const struct settings *set = &app->s;
	service_fill_intake(app, &s->intake);
	s->out = (struct mail_outbox){
	    .desk = &app->desk,
	    .oauth = &s->oauth,
	    .db = app->db,
	    .log = &app->log,
	    .server = {.host = set->smtp.host,
	               .port = (int)set->smtp.port,
	               .tls = set->smtp.tls == SETTING_SMTP_TLS_NONE       ? SMTP_TLS_NONE
	                      : set->smtp.tls == SETTING_SMTP_TLS_STARTTLS ? SMTP_TLS_STARTTLS
	                                                                   : SMTP_TLS_FULL,
	               .user = set->smtp.user,
	               .password = set->smtp.password,
	               .local_name = set->smtp.helo.n ? set->smtp.helo : host_of(app->base_url),
	               .timeout_seconds = (int)(set->smtp.timeout / USEC_SECOND),
	               .allow_private = set->smtp.allow_private},
	    .inboxes_private = set->smtp.allow_private_inboxes,
	    .domain = mail_domain(app),
	    .retry_first = set->outbox.retry_first,
	    .retry_most = set->outbox.retry_most,
	    .max_age = set->outbox.max_age,
	    .lease = set->outbox.lease,
	    .reply_delimiter = set->mail.reply_delimiter,
	    .plain_reply_to = set->mail.reply_delimiter.n == 0,
	    .max_bytes = (size_t)set->smtp.max_message,
	};
}

static void fill_mailboxes(struct service *s)
{
	struct app *app = s->app;
	const struct settings *set = &app->s;
	s->oauth = (struct oauth){.db = app->db,
	                          .key = &app->key,
	                          .clock = app->clock,
	                          .log = &app->log,
	                          .allow_private = set->imap.allow_private,
	                          .ca_file = set->imap.ca_file};
	oauth_init(&s->oauth);
	s->out.oauth = &s->oauth; /* senders sign in by it too */
	s->mailbox = (struct mailbox_options){
	    .intake = &s->intake,
	    .oauth = &s->oauth,
	    .allow_private = set->imap.allow_private,
	    .ca_file = set->imap.ca_file,
	    .letter_bytes = (size_t)set->imap.max_message,
	    .timeout_seconds = (int)(set->imap.timeout / USEC_SECOND),
	    .lease = set->imap.lease,
	    .idle = set->imap.idle,
	    .poll = set->imap.poll,
	    .retry_most = set->imap.retry_most,
	    .watch = set->jobs.poll,
	};
	/* What is taken must be readable: the parser's limit is the larger one. */
	if (s->intake.mime.raw_bytes < s->mailbox.letter_bytes)
		s->intake.mime.raw_bytes = s->mailbox.letter_bytes;
}

static void log_lmtp(void *arg, const char *what, str peer, const char *detail)
{
	struct mail_intake *in = arg;
	if (strcmp(what, "lmtp.accept") == 0 || strcmp(what, "lmtp.thread") == 0)
		log_warn(in->log, what, LOG_Z("detail", detail));
	else
		log_info(in->log, what, LOG_STR("peer", peer), LOG_Z("detail", detail));
}

static enum err start_lmtp(struct service *s, int fd, struct error *e)
{
	const struct settings *set = &s->app->s;
	struct lmtp_server_options o = {
	    .bind = set->lmtp.listen,
	    .listen_fd = fd,
	    .hostname = host_of(s->app->base_url),
	    .limits = LMTP_LIMITS_DEFAULT,
	    .allow = set->lmtp.allow.p,
	    .n_allow = set->lmtp.allow.n,
	    .max_connections = (int)set->lmtp.max_connections,
	    .max_in_flight = (size_t)set->lmtp.max_in_flight,
	    .idle_seconds = (int)(set->lmtp.idle_timeout / USEC_SECOND),
	    .clock = s->app->clock,
	    .rcpt = mail_intake_rcpt,
	    .deliver = mail_intake_deliver,
	    .log = log_lmtp,
	    .arg = &s->intake,
	};
	o.limits.letter_bytes = (size_t)set->lmtp.max_message;
	o.limits.recipients = (size_t)set->lmtp.max_recipients;
	return lmtp_server_start(&o, &s->lmtp, e);
}

/* What is new, then a step of what is to be indexed anew. */
static enum err index_more(void *arg, bool *more, struct error *e)
{
	struct service *s = arg;
	enum err err = search_indexer_catch_up(s->indexer, NULL, e);
	return err ? err : search_indexer_older(s->indexer, more, e);
}

static enum err decide_more(void *arg, bool *more, struct error *e)
{
	(void)more;
	struct service *s = arg;
	enum err err = decider_catch_up(s->decider, NULL, e);
	return err ? err
	           : shelf_refresh(s->app->desk.shelf, s->app->db, clock_now(s->app->clock), e);
}

static enum err start_followers(struct service *s, struct error *e)
{
	const struct settings *set = &s->app->s;
	const struct follower_options index = {.name = "search",
	                                       .catch_up = index_more,
	                                       .arg = s,
	                                       .lag = set->search.lag,
	                                       .log = &s->app->log,
	                                       .behind = "search index is behind"};
	const struct follower_options decide = {.name = "sense",
	                                        .catch_up = decide_more,
	                                        .arg = s,
	                                        .nice = 10,
	                                        .lag = set->sense.lag,
	                                        .log = &s->app->log,
	                                        .behind =
	                                            "deciding what tickets are about is behind"};
	s->indexer = search_indexer_new(&s->app->desk, s->app->db);
	s->decider = decider_new(&s->app->desk, s->app->db);
	enum err err = follower_start(&index, &s->indexing, e);
	return err ? err : follower_start(&decide, &s->deciding, e);
}

static enum err start_jobs(struct service *s, struct error *e)
{
	const struct settings *set = &s->app->s;
	struct job_runner_options o = {
	    .db = s->app->db,
	    .clock = s->app->clock,
	    .log = &s->app->log,
	    .owner = set->process.name,
	    .lease = set->jobs.lease,
	    .poll = set->jobs.poll,
	};
	enum err err = ERR_OK;
	if (has_role(set, "jobs")) {
		job_housekeeping_kind(&s->housekeeping, &s->app->desk);
		job_sweep_kind(&s->sweep, &s->app->desk);
		mail_intake_release_kind(&s->release, &s->intake);
		job_privacy_kinds(s->privacy, &s->app->desk);
		const struct job_kind *const kinds[] = {&s->housekeeping, &s->sweep,
		                                        &s->release,      &s->privacy[0],
		                                        &s->privacy[1],   &s->privacy[2]};
		o.threads = (int)set->jobs.concurrency;
		o.kinds = kinds;
		o.n_kinds = COUNT_OF(kinds);
		err = db_write(s->app->db, ensure_housekeeping, s, e);
		if (err == ERR_OK)
			err = job_runner_start(&o, &s->jobs, e);
	}
	if (err == ERR_OK && has_role(set, "outbox")) {
		mail_outbox_kind(&s->send, &s->out);
		const struct job_kind *const kinds[] = {&s->send};
		o.threads = (int)set->outbox.concurrency;
		o.kinds = kinds;
		o.n_kinds = COUNT_OF(kinds);
		err = job_runner_start(&o, &s->outbox, e);
	}
	if (err == ERR_OK && has_role(set, "jobs")) {
		/* Training has a thread of its own, of the lowest priority. */
		s->trainer.desk = &s->app->desk;
		job_train_kinds(s->train, &s->trainer);
		const struct job_kind *const kinds[] = {&s->train[0], &s->train[1]};
		o.threads = 1;
		o.kinds = kinds;
		o.n_kinds = COUNT_OF(kinds);
		err = job_runner_start(&o, &s->training, e);
	}
	return err == ERR_OK && has_role(set, "jobs") ? start_followers(s, e) : err;
}

static enum err on_mailbox_try(void *arg, const struct mailbox *m, int64_t *letters,
                               struct error *e)
{
	struct service *s = arg;
	return mailbox_try(&s->mailbox, m, letters, e);
}

static enum err start_edges(struct service *s, struct error *e)
{
	struct app *app = s->app;
	const struct settings *set = &app->s;
	const struct push_options push = {
	    .db = app->db,
	    .clock = app->clock,
	    .log = &app->log,
	    .max_clients = (size_t)set->push.max_clients,
	    .replay_max = set->push.replay_max,
	    .render = api_render_event,
	};
	bool https = str_starts_nocase(app->base_url, STR("https://"));
	const struct api_options api = {
	    .db = app->db,
	    .desk = &app->desk,
	    .log = &app->log,
	    .spool_dir = str_z(app->arena, set->data.dir),
	    .base_url = app->base_url,
	    .secure_cookies =
	        set->http.secure_cookies == SETTING_HTTP_SECURE_COOKIES_ALWAYS ||
	        (set->http.secure_cookies == SETTING_HTTP_SECURE_COOKIES_AUTO && https),
	    .workers = (int)set->workers.count,
	    .password_workers = (int)set->workers.passwords,
	    .queue_max = (size_t)set->workers.queue_max,
	    .body_max = set->http.body_max,
	    .check_rows = set->lists.check,
	    .html_max = (size_t)set->mime.max_html,
	    .images_proxy = set->images.proxy,
	    .image_max = (size_t)set->images.max_size,
	    .image_cache = (size_t)set->images.cache,
	    .image_allow = app->image_allow,
	    .stream = on_stream,
	    .stream_arg = s,
	    .sender_test = sender_test,
	    .sender_test_arg = s,
	    .mailbox_try = on_mailbox_try,
	    .mailbox_arg = s,
	};
	const struct site_options site = {
	    .db = app->db,
	    .clock = app->clock,
	    .log = &app->log,
	    .schema_version = MIGRATIONS[N_MIGRATIONS - 1].version,
	    .metrics_allow = set->metrics.allow.p,
	    .n_metrics_allow = set->metrics.allow.n,
	    .lang = lang_code((enum lang)set->ui.language),
	    .metrics = metrics,
	    .degraded = degraded,
	    .arg = s,
	};
	enum err err = push_start(&push, &s->push, e);
	if (err == ERR_OK)
		err = api_new(&api, &s->api, e);
	if (err == ERR_OK)
		err = site_new(&site, &s->site, e);
	return err;
}

/* As many connections as the settings say, yet never so many that the database, letters and
 * files find no descriptor: who comes later waits in the backlog instead. */
static size_t connections_most(struct service *s)
{
	const struct settings *set = &s->app->s;
	size_t most = (size_t)set->http.max_connections;
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return most;
	/* Database and log of writes for each reader and writer, a letter's connection and file. */
	size_t all = limit.rlim_cur, others = 32 + 3 * (size_t)(set->db.readers + set->db.writers) +
	                                      2 * (size_t)set->lmtp.max_connections;
	size_t room = all > 2 * others ? all - others : all / 3;
	if (room >= most)
		return most;
	log_warn(&s->app->log, "fewer connections than http.max_connections",
	         LOG_INT("connections", room), LOG_INT("descriptors", all));
	return room;
}

static enum err start_http(struct service *s, int fd, struct error *e)
{
	struct app *app = s->app;
	const struct settings *set = &app->s;
	struct http_options o;
	char *address;
	http_options_init(&o);
	enum err err = app_listen(app, set->http.listen, "http.listen", &address, &o.port, e);
	if (err)
		return err;
	o.address = address;
	o.listen_fd = fd;
	o.loops = (int)set->http.loops;
	o.limits.header_bytes = (size_t)set->http.header_max;
	o.spool_dir = str_z(app->arena, app->s.data.dir);
	o.max_connections = s->max_connections = connections_most(s);
	o.stream_queue = (size_t)set->push.buffer;
	o.heartbeat = set->push.heartbeat;
	o.head_timeout = set->http.header_timeout;
	o.idle_timeout = set->http.idle_timeout;
	o.body_window = set->http.body_timeout;
	o.write_window = set->http.write_timeout;
	o.now = now;
	o.now_arg = s;
	if (set->http.trusted_proxies.n > HTTP_MAX_TRUSTED)
		return error_set(e, ERR_INVALID, "error.too_many", "http.trusted_proxies", NULL);
	for (size_t i = 0; i < set->http.trusted_proxies.n; i++)
		o.trusted[o.n_trusted++] = str_z(app->arena, set->http.trusted_proxies.p[i]);
	static const struct http_handlers handlers = {
	    .on_head = on_head, .on_request = on_request, .on_refuse = on_refuse};
	err = http_server_new(&s->http, &o, &handlers, s, e);
	return err ? err : http_server_start(s->http, e);
}

enum err service_start(struct app *app, const struct service_fds *fds, struct service **out,
                       struct error *e)
{
	struct service *s = xcalloc(1, sizeof *s);
	s->app = app;
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->cond, NULL);
	app->desk.shelf = shelf_new();
	fill_mail(s);
	fill_mailboxes(s);
	enum err err = start_edges(s, e);
	if (err == ERR_OK)
		err = start_jobs(s, e);
	if (err == ERR_OK)
		app_on_commit(app, on_commit, s);
	if (err == ERR_OK && has_role(&app->s, "lmtp") && app->s.lmtp.listen.n)
		err = start_lmtp(s, fds ? fds->lmtp : -1, e);
	if (err == ERR_OK && has_role(&app->s, "imap"))
		err = mailbox_workers_start(&s->mailbox, app->s.process.name, &s->mailboxes, e);
	if (err == ERR_OK && has_role(&app->s, "http"))
		err = start_http(s, fds ? fds->http : -1, e);
	if (err) {
		service_stop(s);
		return err;
	}
	*out = s;
	return ERR_OK;
}

int service_http_port(const struct service *s)
{
	return s->http ? http_server_port(s->http) : 0;
}

int service_lmtp_port(const struct service *s)
{
	return s->lmtp ? lmtp_server_port(s->lmtp) : 0;
}

struct service_fds service_hand_over(struct service *s)
{
	return (struct service_fds){
	    .http = s->http ? fcntl(http_server_listen_fd(s->http), F_DUPFD_CLOEXEC, 3) : -1,
	    .lmtp = s->lmtp ? lmtp_server_hand_over(s->lmtp) : -1,
	};
}

/* ---- ending ---- */

static void on_drained(void *arg)
{
	struct service *s = arg;
	pthread_mutex_lock(&s->mutex);
	s->drained = true;
	pthread_cond_broadcast(&s->cond);
	pthread_mutex_unlock(&s->mutex);
}

void service_drain(struct service *s, usec most)
{
	struct timespec until;
	site_drain(s->site);
	if (s->http) {
		http_server_drain(s->http, on_drained, s);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += (most + USEC_SECOND - 1) / USEC_SECOND;
		int waited = 0;
		pthread_mutex_lock(&s->mutex);
		while (!s->drained && waited == 0)
			waited = pthread_cond_timedwait(&s->cond, &s->mutex, &until);
		pthread_mutex_unlock(&s->mutex);
		if (waited)
			log_warn(&s->app->log, "requests were cut off at the end of the drain");
	}
	mailbox_workers_stop(s->mailboxes);
	s->mailboxes = NULL;
	int grace = (int)(most / USEC_SECOND);
	lmtp_server_stop(s->lmtp, grace < LETTER_GRACE_SECONDS ? grace : LETTER_GRACE_SECONDS);
	s->lmtp = NULL;
}

void service_stop(struct service *s)
{
	/* Those who ask first, then those who are asked. Streams end with the server's
	 * loops, and only then the hub that they tell of it. */
	app_on_commit(s->app, NULL, NULL);
	mailbox_workers_stop(s->mailboxes);
	lmtp_server_stop(s->lmtp, 0);
	if (s->http)
		http_server_stop(s->http);
	job_runner_stop(s->outbox);
	job_runner_stop(s->jobs);
	atomic_store(&s->trainer.stop, true);
	job_runner_stop(s->training);
	if (s->indexer)
		search_indexer_end(s->indexer);
	if (s->decider)
		decider_end(s->decider);
	follower_stop(s->indexing);
	follower_stop(s->deciding);
	search_indexer_free(s->indexer);
	decider_free(s->decider);
	api_free(s->api);
	site_free(s->site);
	push_stop(s->push);
	shelf_free(s->app->desk.shelf);
	s->app->desk.shelf = NULL;
	http_server_free(s->http);
	oauth_release(&s->oauth);
	pthread_cond_destroy(&s->cond);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}
