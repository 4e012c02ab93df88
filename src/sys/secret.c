/* secret.c: see secret.h. sodium_init has been called by random.c's constructor. */
#include "sys/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/random.h"

#define ARGON_PASSES 2
#define ARGON_MEMORY ((size_t)19456 * 1024)
#define BOX_PREFIX "b1."
#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES

static const unsigned char *bytes_of(str s)
{
	return (const unsigned char *)(s.p ? s.p : "");
}

enum err password_hash(struct arena *a, str password, str *out, struct error *e)
{
	*out = STR_NONE;
	if (password.n > PASSWORD_MAX)
		return error_set(e, ERR_INVALID, "error.too_long", "password", "1024");
	char text[crypto_pwhash_STRBYTES];
	if (crypto_pwhash_str_alg(text, (const char *)bytes_of(password), password.n, ARGON_PASSES,
	                          ARGON_MEMORY, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return error_detail(e, ERR_BUSY, "argon2id: out of memory");
	*out = str_dup(a, str_of(text));
	return ERR_OK;
}

bool password_verify(str hash, str password, bool *needs_rehash)
{
	if (needs_rehash)
		*needs_rehash = false;
	char text[crypto_pwhash_STRBYTES] = {0};
	bool known = str_starts(hash, STR(crypto_pwhash_STRPREFIX)) && hash.n < sizeof text &&
	             memchr(hash.p, 0, hash.n) == NULL;
	if (!known || password.n > PASSWORD_MAX) {
		unsigned char key[32], salt[crypto_pwhash_SALTBYTES] = {0};
		if (crypto_pwhash(key, sizeof key, "", 0, salt, ARGON_PASSES, ARGON_MEMORY,
		                  crypto_pwhash_ALG_ARGON2ID13) != 0)
			return false;
		return false;
	}
	memcpy(text, hash.p, hash.n);
	if (crypto_pwhash_str_verify(text, (const char *)bytes_of(password), password.n) != 0)
		return false;
	if (needs_rehash)
		*needs_rehash =
		    crypto_pwhash_str_needs_rehash(text, ARGON_PASSES, ARGON_MEMORY) != 0;
	return true;
}

static enum err create_key_file(const char *path, struct error *e)
{
	struct secret_key key;
	char line[2 * sizeof key.bytes + 2];
	random_bytes(key.bytes, sizeof key.bytes);
	sodium_bin2hex(line, sizeof line, key.bytes, sizeof key.bytes);
	line[2 * sizeof key.bytes] = '\n';
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return ERR_OK; /* another process was faster */
	bool ok = fd >= 0 && write(fd, line, sizeof line - 1) == (ssize_t)(sizeof line - 1) &&
	          fsync(fd) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	sodium_memzero(line, sizeof line);
	sodium_memzero(&key, sizeof key);
	errno = why;
	return ok ? ERR_OK : error_detail(e, ERR_IO, "key file %s: %m", path);
}

enum err secret_key_load(const char *path, bool create, struct secret_key *out, struct error *e)
{
	memset(out, 0, sizeof *out);
	if (create && access(path, F_OK) != 0) {
		enum err r = create_key_file(path, e);
		if (r != ERR_OK)
			return r;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_detail(e, ERR_IO, "key file %s: %m", path);
	char text[128];
	struct stat st;
	ssize_t n = read(fd, text, sizeof text);
	bool others = fstat(fd, &st) == 0 && (st.st_mode & 0007) != 0;
	close(fd);
	if (others) {
		error_set(e, ERR_INVALID, "error.key_file_open_to_others", "data.key_file", path);
		return ERR_INVALID;
	}
	str hex = str_trim(str_n(text, n > 0 ? (size_t)n : 0));
	size_t got = 0;
	if (hex.n != 2 * sizeof out->bytes ||
	    sodium_hex2bin(out->bytes, sizeof out->bytes, hex.p, hex.n, NULL, &got, NULL) != 0 ||
	    got != sizeof out->bytes) {
		sodium_memzero(text, sizeof text);
		return error_set(e, ERR_INVALID, "error.bad_key_file", "data.key_file", path);
	}
	sodium_memzero(text, sizeof text);
	return ERR_OK;
}

str secret_seal(struct arena *a, const struct secret_key *key, str context, str secret)
{
	size_t n = NONCE_SIZE + secret.n + TAG_SIZE;
	unsigned char *p = arena_alloc(a, n);
	random_bytes(p, NONCE_SIZE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(p + NONCE_SIZE, NULL, bytes_of(secret), secret.n,
	                                           bytes_of(context), context.n, NULL, p,
	                                           key->bytes);
	return str_concat(a, STR(BOX_PREFIX), str_base64(a, str_n((char *)p, n), true));
}

bool secret_open(struct arena *a, const struct secret_key *key, str context, str box, str *secret)
{
	*secret = STR_NONE;
	str raw;
	if (!str_starts(box, STR(BOX_PREFIX)) ||
	    !str_unbase64(a, str_from(box, sizeof BOX_PREFIX - 1), true, &raw) ||
	    raw.n < NONCE_SIZE + TAG_SIZE)
		return false;
	size_t n = raw.n - NONCE_SIZE - TAG_SIZE;
	unsigned char *p = arena_alloc(a, n + 1);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(p, NULL, NULL, bytes_of(raw) + NONCE_SIZE,
	                                               raw.n - NONCE_SIZE, bytes_of(context),
	                                               context.n, bytes_of(raw), key->bytes) != 0)
		return false;
	*secret = str_n((char *)p, n);
	return true;
}

enum err secret_locked(struct error *e, const char *what, int64_t id)
{
	error_set(e, ERR_CONFLICT, "error.secret_locked", NULL, NULL);
	if (e)
		snprintf(e->detail, sizeof e->detail,
		         "%s %lld does not open: is the key file the right one?", what,
		         (long long)id);
	return ERR_CONFLICT;
}

void secret_derive(const struct secret_key *key, str purpose, struct secret_key *out)
{
	crypto_generichash(out->bytes, sizeof out->bytes, bytes_of(purpose), purpose.n, key->bytes,
	                   sizeof key->bytes);
}
