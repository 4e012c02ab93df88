#include "sys/secret.h"

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/digest.h"
#include "sys/random.h"
#include "sys/totp.h"

static str hex(struct arena *a, const uint8_t *p, size_t n)
{
	return str_hex(a, str_n((const char *)p, n));
}

TEST(digests_match_published_vectors)
{
	ARENA_AUTO a = arena_new();
	uint8_t d[32];
	digest_sha256(STR("abc"), d);
	CHECK_STR(hex(a, d, 32),
	          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_sha1(STR("abc"), d);
	CHECK_STR(hex(a, d, 20), "a9993e364706816aba3e25717850c26c9cd0d89d");
	digest_hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"),
	                   d); /* RFC 4231, case 2 */
	CHECK_STR(hex(a, d, 32),
	          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	digest_hmac_sha1(STR("Jefe"), STR("what do ya want for nothing?"), d); /* RFC 2202 */
	CHECK_STR(hex(a, d, 20), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	struct digest_stream h;
	digest_init(&h);
	digest_add(&h, STR("a"));
	digest_add(&h, STR_NONE);
	digest_add(&h, STR("bc"));
	digest_end(&h, d);
	CHECK_STRS(hex(a, d, 32), digest_hex(a, STR("abc")));
	CHECK_STR(digest_hex(a, STR_NONE),
	          "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

TEST(random_tokens_differ_and_have_the_promised_length)
{
	ARENA_AUTO a = arena_new();
	str x = random_token(a, 32), y = random_token(a, 32);
	CHECK_INT(x.n, 43);
	CHECK(!str_eq(x, y));
	for (int i = 0; i < 100; i++)
		CHECK(random_below(3) < 3);
}

TEST(password_fits_only_itself)
{
	ARENA_AUTO a = arena_new();
	struct error e;
	str hash, other;
	bool rehash = true;
	CHECK_OK(password_hash(a, STR("пароль"), &hash, &e), &e);
	CHECK(str_starts(hash, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
	CHECK_OK(password_hash(a, STR("пароль"), &other, &e), &e);
	CHECK(!str_eq(hash, other));
	CHECK(password_verify(hash, STR("пароль"), &rehash));
	CHECK(!rehash);
	CHECK(!password_verify(hash, STR("парол"), NULL));
	CHECK(!password_verify(hash, STR_NONE, NULL));
	CHECK(!password_verify(STR_NONE, STR_NONE, NULL));
	CHECK(!password_verify(STR(""), STR("пароль"), NULL));
	CHECK(!password_verify(str_sub(hash, 0, hash.n - 1), STR("пароль"), NULL));
	char *big = arena_alloc(a, PASSWORD_MAX + 1);
	CHECK_INT(password_hash(a, str_n(big, PASSWORD_MAX + 1), &other, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.too_long");
}

TEST(password_with_old_parameters_asks_for_a_new_hash)
{
	bool rehash = false;
	char old[crypto_pwhash_STRBYTES];
	CHECK(crypto_pwhash_str_alg(old, "old", 3, 1, 8192, crypto_pwhash_ALG_ARGON2ID13) == 0);
	CHECK(password_verify(str_of(old), STR("old"), &rehash));
	CHECK(rehash);
	CHECK(!password_verify(str_of(old), STR("new"), &rehash));
	CHECK(!rehash);
}

TEST(secret_box_opens_with_its_key_and_context_only)
{
	ARENA_AUTO a = arena_new();
	struct secret_key k = {{1}}, other = {{2}};
	str box = secret_seal(a, &k, STR("inbox.7"), STR("hunter2"));
	CHECK(str_find(box, STR("hunter2")) < 0);
	str plain;
	CHECK(secret_open(a, &k, STR("inbox.7"), box, &plain));
	CHECK_STR(plain, "hunter2");
	CHECK(!secret_open(a, &other, STR("inbox.7"), box, &plain));
	CHECK(!secret_open(a, &k, STR("inbox.8"), box, &plain));
	CHECK(!secret_open(a, &k, STR("inbox.7"), str_sub(box, 0, box.n - 4), &plain));
	CHECK(!secret_open(a, &k, STR("inbox.7"), STR("b1."), &plain));
	CHECK(!secret_open(a, &k, STR("inbox.7"), STR_NONE, &plain));
	CHECK(!str_eq(box, secret_seal(a, &k, STR("inbox.7"), STR("hunter2"))));
	CHECK(secret_open(a, &k, STR_NONE, secret_seal(a, &k, STR_NONE, STR_NONE), &plain));
	CHECK_INT(plain.n, 0);
	struct secret_key x, y;
	secret_derive(&k, STR("reply tokens"), &x);
	secret_derive(&k, STR("links"), &y);
	CHECK(memcmp(&x, &y, sizeof x) != 0);
}

TEST(secret_key_file_is_made_once_and_checked)
{
	ARENA_AUTO a = arena_new();
	struct error e;
	struct secret_key k, again;
	char *path = str_z(a, str_printf(a, "%s/key", test_tmp_dir()));
	CHECK_INT(secret_key_load(path, false, &k, &e), ERR_IO);
	CHECK_OK(secret_key_load(path, true, &k, &e), &e);
	CHECK_OK(secret_key_load(path, true, &again, &e), &e);
	CHECK(memcmp(&k, &again, sizeof k) == 0);
	struct stat st;
	CHECK(stat(path, &st) == 0);
	CHECK_INT(st.st_mode & 0777, 0600);
	CHECK(chmod(path, 0644) == 0);
	CHECK_INT(secret_key_load(path, true, &k, &e), ERR_INVALID);
	CHECK(chmod(path, 0600) == 0 && truncate(path, 10) == 0);
	CHECK_INT(secret_key_load(path, true, &k, &e), ERR_INVALID);
	CHECK_STR(str_of(e.key), "error.bad_key_file");
}

TEST(totp_codes_match_the_rfc)
{
	static const struct {
		int64_t seconds;
		const char *code; /* the last six of the eight digits in RFC 6238, appendix B */
	} cases[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
	             {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
	str secret = STR("12345678901234567890");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char code[7];
		totp_code(secret, cases[i].seconds * USEC_SECOND, code);
		CHECK_STR(str_of(code), cases[i].code);
	}
}

TEST(totp_code_is_good_for_three_steps_and_once)
{
	str secret = STR("12345678901234567890");
	usec now = 100 * TOTP_STEP;
	char code[7];
	int64_t step = 0;
	for (int d = -2; d <= 2; d++) {
		totp_code(secret, now + d * TOTP_STEP, code);
		CHECK(totp_verify(secret, str_of(code), now, 0, &step) == (d >= -1 && d <= 1));
	}
	totp_code(secret, now, code);
	CHECK(totp_verify(secret, str_of(code), now, 99, &step));
	CHECK_INT(step, 100);
	CHECK(!totp_verify(secret, str_of(code), now, step, &step));
	CHECK(!totp_verify(secret, STR(""), now, 0, &step));
	CHECK(!totp_verify(STR_NONE, str_of(code), now, 0, &step));
	CHECK(!totp_verify(secret, STR("1234567"), now, 0, &step));
}

TEST(totp_secret_in_base32_and_as_uri)
{
	ARENA_AUTO a = arena_new();
	str out;
	CHECK_STR(base32_encode(a, STR("foobar")), "MZXW6YTBOI");
	CHECK_STR(base32_encode(a, STR("fooba")), "MZXW6YTB");
	CHECK(base32_decode(a, STR("mzxw 6ytb oi======"), &out));
	CHECK_STR(out, "foobar");
	CHECK(!base32_decode(a, STR("MZXW1"), &out));
	CHECK_STR(
	    totp_uri(a, STR("foobar"), STR("Otklik \xc2\xab"), STR("anna@x.ru")),
	    "otpauth://totp/Otklik%20%C2%AB:anna@x.ru?secret=MZXW6YTBOI&issuer=Otklik%20%C2%AB");
	str secret = totp_secret_new(a);
	CHECK(base32_decode(a, base32_encode(a, secret), &out));
	CHECK_STRS(out, secret);
}
