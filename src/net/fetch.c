/* fetch.c: see fetch.h. libcurl speaks; the socket is ours, so that no address goes unjudged. */
#include "net/fetch.h"

#include <curl/curl.h>
#include <unistd.h>

#include "base/buf.h"
#include "net/guard.h"

#define URL_BYTES ((size_t)8192)
#define HEAD_BYTES ((size_t)16)

struct transfer {
	const struct fetch_options *o;
	struct buf body;
	bool refused, unwanted, judged;
};

static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct transfer *t = arg;
	bool good =
	    purpose == CURLSOCKTYPE_IPCXN &&
	    (t->o->allow ? t->o->allow(t->o->arg, &to->addr) : net_addr_is_public(&to->addr));
	if (!good) {
		t->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static bool judge(struct transfer *t)
{
	t->judged = true;
	if (t->o->wanted && !t->o->wanted(t->o->arg, str_sub(buf_str(&t->body), 0, HEAD_BYTES)))
		t->unwanted = true;
	return !t->unwanted;
}

static size_t on_write(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	buf_add(&t->body, str_n(data, size * n));
	if (t->body.failed || (!t->judged && t->body.n >= HEAD_BYTES && !judge(t)))
		return CURL_WRITEFUNC_ERROR;
	return size * n;
}

static void prepare(CURL *curl, struct transfer *t, const char *url)
{
	const struct fetch_options *o = t->o;
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)o->redirects);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(o->timeout_ms / 2 + 1));
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)o->max_bytes);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "Mozilla/5.0 (compatible)");
	curl_easy_setopt(curl, CURLOPT_UNRESTRICTED_AUTH, 0L);
	curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, t);
}

static enum err result(struct transfer *t, CURL *curl, CURLcode rc)
{
	long status = 0;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (t->unwanted)
		return ERR_CONFLICT;
	if (t->body.failed || rc == CURLE_FILESIZE_EXCEEDED)
		return ERR_TOO_LARGE;
	if (rc == CURLE_OK && status == 200)
		return t->judged || judge(t) ? ERR_OK : ERR_CONFLICT;
	if (t->refused)
		return ERR_DENIED;
	if (rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL ||
	    rc == CURLE_LOGIN_DENIED)
		return ERR_INVALID;
	return rc == CURLE_HTTP_RETURNED_ERROR || rc == CURLE_OK ? ERR_NOT_FOUND : ERR_IO;
}

enum err net_fetch(struct arena *a, str url, const struct fetch_options *o, str *body)
{
	*body = STR_NONE;
	bool named =
	    str_starts_nocase(url, STR("http://")) || str_starts_nocase(url, STR("https://"));
	if (!named || url.n > URL_BYTES || memchr(url.p, 0, url.n))
		return ERR_INVALID;
	CURL *curl = curl_easy_init();
	if (!curl)
		return ERR_IO;
	struct transfer t = {.o = o};
	buf_init(&t.body, o->max_bytes);
	prepare(curl, &t, str_z(a, url));
	struct curl_slist *fields = NULL;
	if (o->accept)
		fields = curl_slist_append(NULL, str_printf(a, "Accept: %s", o->accept).p);
	if (fields)
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
	CURLcode rc = curl_easy_perform(curl);
	enum err err = result(&t, curl, rc);
	if (err == ERR_OK)
		*body = str_dup(a, buf_str(&t.body));
	curl_slist_free_all(fields);
	curl_easy_cleanup(curl);
	buf_release(&t.body);
	return err;
}
