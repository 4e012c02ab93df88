/* image.c: pictures that a letter names elsewhere. The reader's browser never asks the sender's
 * server: we fetch, for who may see the message, what a signed address names, and hand over
 * nothing that is not a picture by its first bytes.
 *
 * The signature binds message, address and time (HMAC-SHA256), so that this is no proxy for
 * anything else; net/fetch.h keeps it from inner addresses. */
#include <pthread.h>

#include "api/image.h"
#include "api/map.h"
#include "net/fetch.h"
#include "net/uri.h"
#include "sys/digest.h"

#define VALID (30 * USEC_MINUTE)
#define ENTRIES 512
#define KEPT (6 * USEC_HOUR)
#define PEOPLE 320 /* more than can wait at all */

/* ---- what was fetched lately ---- */

struct entry {
	uint8_t key[DIGEST_SIZE];
	char *bytes; /* NULL: free */
	size_t n;
	usec at, used;
};

struct api_images {
	pthread_mutex_t lock;
	size_t bytes, max;
	struct entry entries[ENTRIES];
	struct {
		int64_t account_id;
		int n; /* 0: free */
	} under_way[PEOPLE];
};

struct api_images *api_images_new(size_t max)
{
	struct api_images *im = xcalloc(1, sizeof *im);
	pthread_mutex_init(&im->lock, NULL);
	im->max = max;
	return im;
}

static void drop(struct api_images *im, struct entry *x)
{
	im->bytes -= x->n;
	free(x->bytes);
	*x = (struct entry){.bytes = NULL};
}

void api_images_free(struct api_images *im)
{
	if (!im)
		return;
	for (size_t i = 0; i < ENTRIES; i++)
		if (im->entries[i].bytes)
			drop(im, &im->entries[i]);
	pthread_mutex_destroy(&im->lock);
	free(im);
}

bool api_images_find(struct api_images *im, struct arena *a, str url, usec now, str *body)
{
	uint8_t key[DIGEST_SIZE];
	bool found = false;
	digest_of(url, key);
	pthread_mutex_lock(&im->lock);
	for (size_t i = 0; i < ENTRIES && !found; i++) {
		struct entry *x = &im->entries[i];
		if (!x->bytes || memcmp(x->key, key, sizeof key) != 0)
			continue;
		if (now - x->at > KEPT || now < x->at) {
			drop(im, x);
			break;
		}
		x->used = now;
		*body = str_dup(a, str_n(x->bytes, x->n));
		found = true;
	}
	pthread_mutex_unlock(&im->lock);
	return found;
}

void api_images_keep(struct api_images *im, str url, str body, usec now)
{
	uint8_t key[DIGEST_SIZE];
	digest_of(url, key);
	/* One picture may not push out all others. */
	if (body.n == 0 || body.n > im->max / 4)
		return;
	pthread_mutex_lock(&im->lock);
	struct entry *free_one = NULL;
	for (;;) {
		struct entry *oldest = NULL;
		free_one = NULL;
		for (size_t i = 0; i < ENTRIES; i++) {
			struct entry *x = &im->entries[i];
			if (x->bytes && memcmp(x->key, key, sizeof key) == 0)
				drop(im, x);
			if (!x->bytes)
				free_one = x;
			else if (!oldest || x->used < oldest->used)
				oldest = x;
		}
		if ((free_one && im->bytes + body.n <= im->max) || !oldest)
			break;
		drop(im, oldest);
	}
	if (free_one) {
		memcpy(free_one->key, key, sizeof key);
		free_one->bytes = xmalloc(body.n);
		memcpy(free_one->bytes, body.p, body.n);
		free_one->n = body.n;
		free_one->at = free_one->used = now;
		im->bytes += body.n;
	}
	pthread_mutex_unlock(&im->lock);
}

/* ---- each one's share ---- */

bool api_images_enter(struct api_images *im, int64_t account_id)
{
	size_t at = PEOPLE;
	pthread_mutex_lock(&im->lock);
	for (size_t i = 0; i < PEOPLE; i++) {
		if (im->under_way[i].n && im->under_way[i].account_id == account_id) {
			at = i;
			break;
		}
		if (!im->under_way[i].n && at == PEOPLE)
			at = i;
	}
	bool room = at < PEOPLE && im->under_way[at].n < API_IMAGES_EACH;
	if (room) {
		im->under_way[at].account_id = account_id;
		im->under_way[at].n++;
	}
	pthread_mutex_unlock(&im->lock);
	return room;
}

void api_images_leave(struct api_images *im, int64_t account_id)
{
	pthread_mutex_lock(&im->lock);
	for (size_t i = 0; i < PEOPLE; i++)
		if (im->under_way[i].n && im->under_way[i].account_id == account_id) {
			im->under_way[i].n--;
			break;
		}
	pthread_mutex_unlock(&im->lock);
}

/* ---- addresses ---- */

static str signature(const struct api_call *call, struct arena *a, int64_t id, str url,
                     int64_t expires)
{
	struct secret_key key;
	uint8_t sum[DIGEST_SHA256_SIZE];
	secret_derive(call->desk->key, STR("image"), &key);
	digest_hmac_sha256(
	    str_n((const char *)key.bytes, sizeof key.bytes),
	    str_printf(a, "%lld\n%lld\n%.*s", (long long)id, (long long)expires, STR_FMT(url)),
	    sum);
	return str_base64(a, str_n((const char *)sum, sizeof sum), true);
}

str api_image_url(struct api_call *call, struct arena *a, str url)
{
	int64_t expires = (call->now + VALID) / USEC_SECOND;
	str sign = signature(call, a, call->id, url, expires);
	return str_printf(a, "/api/v1/messages/%lld/image?url=%.*s&expires=%lld&signature=%.*s",
	                  (long long)call->id, STR_FMT(uri_encode(a, url)), (long long)expires,
	                  STR_FMT(sign));
}

/* ---- the route ---- */

struct wish {
	str url;
};

static bool is_picture(void *arg, str head)
{
	return api_image_type(head) != NULL;
}

static bool allowed(void *arg, const struct sockaddr *sa)
{
	const struct api_options *o = arg;
	return o->image_allow(sa);
}

str api_image_host(str url)
{
	ptrdiff_t at = str_find(url, STR("://"));
	str rest = at < 0 ? STR("") : str_from(url, (size_t)at + 3);
	size_t n = 0;
	while (n < rest.n && !strchr("/?#\\", rest.p[n]))
		n++;
	rest = str_sub(rest, 0, n);
	while ((at = str_chr(rest, '@')) >= 0)
		rest = str_from(rest, (size_t)at + 1);
	return str_cut_utf8(rest, 100);
}

/* Outside of any snapshot, on a thread of its own. */
static enum err fetch(struct api_call *call, struct error *e)
{
	const struct api_options *o = &call->api->o;
	const struct wish *w = call->prepared;
	struct arena *a = call->req->arena;
	struct fetch_options f = FETCH_OPTIONS_DEFAULT;
	f.max_bytes = o->image_max ? o->image_max : f.max_bytes;
	f.accept = "image/webp,image/png,image/jpeg,image/gif";
	f.wanted = is_picture;
	f.arg = (void *)o;
	if (o->image_allow)
		f.allow = allowed;
	str body;
	enum err err = net_fetch(a, w->url, &f, &body);
	if (err) {
		log_info(o->log, "image", LOG_STR("host", api_image_host(w->url)),
		         LOG_INT("err", err), LOG_INT("message", call->id));
		return error_set(e, ERR_NOT_FOUND, "error.image", NULL, NULL);
	}
	api_images_keep(call->api->images, w->url, body, call->now);
	call->raw.body = body;
	call->raw.content_type = api_image_type(str_sub(body, 0, 16));
	return ERR_OK;
}

enum err api_message_image(struct api_call *call, const struct api_message_image_query *q,
                           struct api_raw *out, struct error *e)
{
	struct message m;
	struct attachment *files;
	size_t n;
	enum err err = desk_message_html(CALL_DESK, call->id, &m, &files, &n, e);
	if (err)
		return err;
	str want = signature(call, call->arena, call->id, q->url, q->expires);
	if (!str_eq_consttime(want, q->signature) || q->expires < call->now / USEC_SECOND ||
	    !m.html.n)
		return error_set(e, ERR_NOT_FOUND, "error.image", NULL, NULL);
	out->csp = "sandbox; default-src 'none'";
	out->filename = STR("image");
	out->show = true;
	if (api_images_find(call->api->images, call->arena, q->url, call->now, &out->body)) {
		out->content_type = api_image_type(str_sub(out->body, 0, 16));
		return ERR_OK;
	}
	struct wish *w = ARENA_NEW(call->req->arena, struct wish);
	w->url = str_dup(call->req->arena, q->url);
	call->prepared = w;
	call->after = fetch;
	return ERR_OK;
}
