/* health.c: /readyz and /metrics.
 *
 * Ready means: the database can be read, its schema is this program's, and the
 * writer commits: not that it begins a transaction, but that one with something
 * in it reaches the disk. "reason" names the first thing that is wrong. What is wrong without
 * making the service useless (nothing is sent, jobs have died) is told as "degraded" and keeps
 * status 200, so that a balancer does not take a process away that still takes letters in.
 */
#include <time.h>
#include <unistd.h>

#include "json/write.h"
#include "site/site_internal.h"

enum { PROBE_SECONDS = 3 };
#define PROBE_AGE (USEC_SECOND / 2)

/* ---- the writer ---- */

static enum err probe_run(struct db_job *job, struct db_conn *tx, struct error *e)
{
	return db_touch(tx, e);
}

static void probe_done(struct db_job *job, enum err result, const struct error *e)
{
	struct site_probe *p = CONTAINER_OF(job, struct site_probe, job);
	pthread_mutex_lock(&p->mutex);
	p->result = result;
	if (result)
		p->error = *e;
	p->answered_at = clock_mono(clock_system());
	p->under_way = false;
	pthread_cond_broadcast(&p->cond);
	pthread_mutex_unlock(&p->mutex);
}

/* Does the writer commit, as of less than PROBE_AGE ago? *why: if not, the key of the reason. An
 * answer serves several callers, so that asking often does not write often. */
static bool writer_alive(struct site *site, struct error *why)
{
	struct site_probe *p = &site->probe;
	struct timespec until;
	struct db_health h;
	db_health(site->o.db, &h);
	clock_gettime(CLOCK_MONOTONIC, &until);
	/* What is known to fail need not be waited for: this answer says so, a later one that it
	 * works again. */
	until.tv_sec += h.failing ? 1 : PROBE_SECONDS;
	pthread_mutex_lock(&p->mutex);
	bool fresh =
	    p->answered_at && !p->result && clock_mono(clock_system()) - p->answered_at < PROBE_AGE;
	if (!p->under_way && !fresh) {
		p->job = (struct db_job){.run = probe_run, .done = probe_done};
		p->under_way = true;
		pthread_mutex_unlock(&p->mutex);
		enum err err = db_submit(site->o.db, &p->job);
		pthread_mutex_lock(&p->mutex);
		if (err) {
			p->under_way = false;
			p->result = error_set(&p->error, err, "error.busy", NULL, NULL);
		}
	}
	int waited = 0;
	while (p->under_way && waited == 0)
		waited = pthread_cond_timedwait(&p->cond, &p->mutex, &until);
	bool alive = !p->under_way && p->result == ERR_OK;
	if (p->under_way)
		(void)error_set(why, ERR_DB, "error.db_slow", NULL, NULL);
	else if (!alive)
		*why = p->error;
	pthread_mutex_unlock(&p->mutex);
	return alive;
}

/* ---- readiness ---- */

struct state {
	bool db, schema, writer;
	int64_t schema_version;
	struct error why; /* of the first thing that is wrong */
	struct buf degraded;
};

/* A server that just failed to answer the writer would keep the reader waiting as well. */
static bool worth_reading(struct site *site, const struct state *s)
{
	return s->writer || db_engine_of(site->o.db) == DB_SQLITE;
}

static void look(struct site *site, struct state *s)
{
	struct db_conn *c;
	struct error e = {0};
	struct db_health h;
	buf_init(&s->degraded, 1024);
	s->writer = writer_alive(site, &s->why);
	db_health(site->o.db, &h);
	if (!s->writer && h.failing && strcmp(s->why.key, "error.db_slow") == 0)
		s->why = h.error;
	if (!worth_reading(site, s))
		return;
	if (db_read_begin(site->o.db, &c, &e) == ERR_OK) {
		s->db = db_schema_version(c, &s->schema_version, &e) == ERR_OK;
		s->schema = s->schema_version == site->o.schema_version;
		if (s->db && site->o.degraded)
			site->o.degraded(site->o.arg, c, &s->degraded);
		db_read_end(site->o.db, c);
	}
	if (!s->db && s->writer)
		s->why = e;
}

/* One word an operator can look up (doc/faults.md); "" when ready. */
static str reason_of(const struct state *s, bool draining)
{
	str key = str_of(s->why.key);
	if (draining)
		return STR("draining");
	if (s->writer && s->db)
		return s->schema ? STR("") : STR("schema");
	return str_starts(key, STR("error.")) ? str_from(key, 6) : STR("db");
}

static void reply_ready(struct site *site, struct http_req *r)
{
	struct state s = {0};
	look(site, &s);
	bool draining = atomic_load(&site->draining);
	bool ready = s.db && s.schema && s.writer && !draining;
	BUF_AUTO b;
	struct jw w;
	buf_init(&b, 16 << 10);
	jw_init(&w, &b);
	jw_object(&w);
	jw_put_bool(&w, "ready", ready);
	jw_put_str(&w, "reason", reason_of(&s, draining));
	jw_put_z(&w, "version", OTKLIK_VERSION);
	jw_put_bool(&w, "database", s.db);
	jw_put_bool(&w, "schema", s.schema);
	jw_put_i64(&w, "schema_version", s.schema_version);
	jw_put_bool(&w, "writer", s.writer);
	jw_put_bool(&w, "draining", draining);
	jw_put_array(&w, "degraded");
	str rest = buf_str(&s.degraded), word;
	while (rest.p && str_split(&rest, ' ', &word))
		if (word.n)
			jw_str(&w, word);
	jw_end(&w);
	jw_end(&w);
	site_reply_text(r, ready ? 200 : 503, "application/json", buf_str(&b));
	buf_release(&s.degraded);
}

/* ---- metrics ---- */

/* Resident memory in bytes, 0 when the system does not tell. */
static int64_t resident(void)
{
	long long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f)
		return 0;
	if (fscanf(f, "%lld %lld", &size, &pages) != 2)
		pages = 0;
	(void)fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static void reply_metrics(struct site *site, struct http_req *r)
{
	struct state s = {0};
	BUF_AUTO b;
	look(site, &s);
	buf_init(&b, 4 << 20);
	buf_addf(&b,
	         "# TYPE otklik_info gauge\notklik_info{version=\"%s\"} 1\n"
	         "# TYPE otklik_ready gauge\notklik_ready %d\n"
	         "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes %lld\n",
	         OTKLIK_VERSION, s.db && s.schema && s.writer && !atomic_load(&site->draining),
	         (long long)resident());
	str rest = buf_str(&s.degraded), word;
	buf_addz(&b, "# TYPE otklik_degraded gauge\n");
	while (rest.p && str_split(&rest, ' ', &word))
		if (word.n)
			buf_addf(&b, "otklik_degraded{reason=\"%.*s\"} 1\n", STR_FMT(word));
	if (site->o.metrics)
		site->o.metrics(site->o.arg, &b);
	site_reply_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&b));
	buf_release(&s.degraded);
}

static void work(void *context, void *arg)
{
	struct http_req *r = arg;
	struct site *site = r->user;
	if (str_is(r->path, "/metrics"))
		reply_metrics(site, r);
	else
		reply_ready(site, r);
}

void site_health(struct site *site, struct http_req *r)
{
	r->user = site;
	if (!workers_submit(site->workers, work, r))
		site_reply_text(r, 503, "text/plain; charset=utf-8", STR("busy\n"));
}
