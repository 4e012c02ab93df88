/* totp.c: see totp.h. */
#include "sys/totp.h"

#include "base/buf.h"
#include "sys/digest.h"
#include "sys/random.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

str base32_encode(struct arena *a, str bytes)
{
	char *p = arena_alloc(a, (bytes.n * 8 + 4) / 5 + 1);
	size_t n = 0;
	uint32_t acc = 0;
	int bits = 0;
	for (size_t i = 0; i < bytes.n; i++) {
		acc = (acc << 8 | (unsigned char)bytes.p[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			p[n++] = alphabet[acc >> (bits - 5) & 31];
	}
	if (bits > 0)
		p[n++] = alphabet[acc << (5 - bits) & 31];
	return str_n(p, n);
}

bool base32_decode(struct arena *a, str text, str *out)
{
	char *p = arena_alloc(a, text.n * 5 / 8 + 1);
	size_t n = 0;
	uint32_t acc = 0;
	int bits = 0;
	while (text.n > 0 && text.p[text.n - 1] == '=')
		text.n--;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == ' ')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		const char *at = c ? strchr(alphabet, c) : NULL;
		if (!at)
			return false;
		acc = (acc << 5 | (uint32_t)(at - alphabet)) & 0xffff;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			p[n++] = (char)(acc >> bits & 0xff);
		}
	}
	*out = str_n(p, n);
	return true;
}

str totp_secret_new(struct arena *a)
{
	char *p = arena_alloc(a, TOTP_SECRET_SIZE);
	random_bytes(p, TOTP_SECRET_SIZE);
	return str_n(p, TOTP_SECRET_SIZE);
}

static void code_of_step(str secret, int64_t step, char out[7])
{
	unsigned char message[8];
	for (int i = 7; i >= 0; i--, step >>= 8)
		message[i] = (unsigned char)(step & 0xff);
	uint8_t mac[DIGEST_SHA1_SIZE];
	digest_hmac_sha1(secret, str_n((char *)message, 8), mac);
	size_t at = mac[19] & 15;
	uint32_t v = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
	             (uint32_t)mac[at + 2] << 8 | mac[at + 3];
	snprintf(out, 7, "%06u", (unsigned)(v % 1000000));
}

void totp_code(str secret, usec now, char out[7])
{
	code_of_step(secret, now / TOTP_STEP, out);
}

bool totp_verify(str secret, str code, usec now, int64_t last_step, int64_t *step)
{
	char given[6];
	size_t n = 0;
	for (size_t i = 0; i < code.n; i++) {
		if (code.p[i] == ' ')
			continue;
		if (n == sizeof given)
			return false;
		given[n++] = code.p[i];
	}
	if (n != sizeof given || str_empty(secret))
		return false;
	int64_t at = now / TOTP_STEP, found = 0;
	for (int64_t s = at - 1; s <= at + 1; s++) {
		char want[7];
		code_of_step(secret, s, want);
		if (str_eq_consttime(str_n(given, 6), str_n(want, 6)) && s > last_step && !found)
			found = s;
	}
	if (found)
		*step = found;
	return found != 0;
}

static void add_percent(struct buf *b, str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		             (c >= '0' && c <= '9') || (c && strchr("-._~@", c));
		if (plain)
			buf_addc(b, (char)c);
		else
			buf_addf(b, "%%%02X", c);
	}
}

str totp_uri(struct arena *a, str secret, str issuer, str account)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	buf_addz(&b, "otpauth://totp/");
	add_percent(&b, issuer);
	buf_addz(&b, ":");
	add_percent(&b, account);
	buf_addz(&b, "?secret=");
	buf_add(&b, base32_encode(a, secret));
	buf_addz(&b, "&issuer=");
	add_percent(&b, issuer);
	return str_dup(a, buf_str(&b));
}
