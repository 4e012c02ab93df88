/* address_token.c: see address_token.h. */
#include "mail/address_token.h"

#include "sys/digest.h"
#include "sys/random.h"

#define MAC_BYTES 10
#define MAC_CHARS 16 /* 80 bits in base 32 */
#define ID_CHARS 13  /* INT64_MAX in base 36 */

static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";

static void mac_of(str secret, const char *purpose, str what, char out[MAC_CHARS])
{
	ARENA_AUTO a = arena_new();
	uint8_t full[DIGEST_SHA256_SIZE];
	digest_hmac_sha256(secret, str_printf(a, "%s %.*s", purpose, STR_FMT(what)), full);
	uint32_t bits = 0, have = 0;
	size_t o = 0;
	for (size_t i = 0; i < MAC_BYTES; i++) {
		bits = bits << 8 | full[i];
		have += 8;
		while (have >= 5) {
			have -= 5;
			out[o++] = base32[bits >> have & 31];
		}
	}
}

static str base36(struct arena *a, int64_t v)
{
	char digits[ID_CHARS + 1];
	size_t i = sizeof digits;
	do
		digits[--i] = "0123456789abcdefghijklmnopqrstuvwxyz"[v % 36];
	while (v /= 36);
	return str_dup(a, str_n(digits + i, sizeof digits - i));
}

static bool from_base36(str s, int64_t *out)
{
	int64_t v = 0;
	if (!s.n || s.n > ID_CHARS)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
		if (d < 0 || __builtin_mul_overflow(v, 36, &v) || __builtin_add_overflow(v, d, &v))
			return false;
	}
	*out = v;
	return true;
}

str mail_token_message_id(struct arena *a, str secret, struct mail_token t, str domain)
{
	char mac[MAC_CHARS];
	uint8_t random[8];
	random_bytes(random, sizeof random);
	str head = str_printf(a, "t.%.*s.%.*s.%.*s", STR_FMT(base36(a, t.ticket_id)),
	                      STR_FMT(base36(a, t.thread_id)),
	                      STR_FMT(str_hex(a, str_n((char *)random, sizeof random))));
	mac_of(secret, "message-id", head, mac);
	return str_printf(a, "%.*s.%.*s@%.*s", STR_FMT(head), MAC_CHARS, mac, STR_FMT(domain));
}

/* "TICKET.THREAD[.RANDOM].MAC": the signed part ends before the last dot; `skip`
 * characters of it stand before the ids. */
static bool check(str secret, const char *purpose, str token, size_t skip, struct mail_token *out)
{
	ptrdiff_t dot = str_rchr(token, '.');
	if (dot < 0)
		return false;
	str head = str_sub(token, 0, (size_t)dot), mac = str_from(token, (size_t)dot + 1);
	char want[MAC_CHARS];
	mac_of(secret, purpose, head, want);
	if (!str_eq_consttime(mac, str_n(want, sizeof want)))
		return false;
	str rest = str_from(head, skip), ticket, thread;
	return rest.n && str_split(&rest, '.', &ticket) && str_split(&rest, '.', &thread) &&
	       from_base36(ticket, &out->ticket_id) && from_base36(thread, &out->thread_id) &&
	       out->ticket_id > 0;
}

bool mail_token_of_message_id(str secret, str message_id, struct mail_token *out)
{
	ARENA_AUTO a = arena_new();
	message_id = str_trim(message_id);
	if (message_id.n > 1 && message_id.p[0] == '<' && message_id.p[message_id.n - 1] == '>')
		message_id = str_sub(message_id, 1, message_id.n - 1);
	ptrdiff_t at = str_chr(message_id, '@');
	if (at < 0 || at > 128)
		return false;
	str local = str_lower_ascii(a, str_sub(message_id, 0, (size_t)at));
	return str_starts(local, STR("t.")) && check(secret, "message-id", local, 2, out);
}

str mail_token_address(struct arena *a, str secret, struct mail_token t, str address, str delimiter)
{
	char mac[MAC_CHARS];
	str head = str_printf(a, "%.*s.%.*s", STR_FMT(base36(a, t.ticket_id)),
	                      STR_FMT(base36(a, t.thread_id)));
	ptrdiff_t at = str_rchr(address, '@');
	if (at < 0)
		return address;
	mac_of(secret, "address", head, mac);
	return str_printf(a, "%.*s%.*st%.*s.%.*s%.*s", STR_FMT(str_sub(address, 0, (size_t)at)),
	                  STR_FMT(delimiter.n ? delimiter : STR("+")), STR_FMT(head), MAC_CHARS,
	                  mac, STR_FMT(str_from(address, (size_t)at)));
}

bool mail_token_of_address(str secret, str address, str delimiter, struct mail_token *out)
{
	ARENA_AUTO a = arena_new();
	ptrdiff_t at = str_rchr(address, '@');
	str local = at < 0 ? STR_NONE : str_sub(address, 0, (size_t)at);
	ptrdiff_t cut = str_rchr(local, delimiter.n ? delimiter.p[0] : '+');
	if (cut < 0 || local.n - (size_t)cut > 64)
		return false;
	str token = str_lower_ascii(a, str_from(local, (size_t)cut + 1));
	return str_starts(token, STR("t")) && check(secret, "address", str_from(token, 1), 0, out);
}
