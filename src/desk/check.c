/* check.c: see check.h. */
#include "desk/check.h"

#include "base/buf.h"
#include "text/addr.h"

const char *const check_languages[] = {"en", "ru", NULL};

static enum err too(struct error *e, const char *key, const char *field, size_t n)
{
	char number[24];
	snprintf(number, sizeof number, "%zu", n);
	return error_set(e, ERR_INVALID, key, field, number);
}

static enum err length(str s, size_t min, size_t max, const char *field, struct error *e)
{
	size_t n = str_utf8_len(s);
	if (n == 0 && min > 0)
		return error_set(e, ERR_INVALID, "error.required", field, NULL);
	if (n < min)
		return too(e, "error.too_short", field, min);
	if (n > max)
		return too(e, "error.too_long", field, max);
	return ERR_OK;
}

enum err check_line(struct arena *a, str in, size_t min, size_t max, const char *field, str *out,
                    struct error *e)
{
	if (in.n > 16 * max + 64)
		return too(e, "error.too_long", field, max);
	*out = str_trim(str_to_utf8(a, in));
	for (size_t i = 0; i < out->n; i++)
		if ((unsigned char)out->p[i] < 32 || out->p[i] == 127)
			return error_set(e, ERR_INVALID, "error.one_line", field, NULL);
	return length(*out, min, max, field, e);
}

enum err check_text(struct arena *a, str in, size_t max, const char *field, str *out,
                    struct error *e)
{
	if (in.n > 16 * max + 64)
		return too(e, "error.too_long", field, max);
	str s = str_to_utf8(a, in);
	BUF_AUTO b;
	buf_init(&b, 0);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			continue;
		if ((c < 32 && c != '\n' && c != '\t') || c == 127)
			return error_set(e, ERR_INVALID, "error.control_character", field, NULL);
		buf_addc(&b, (char)c);
	}
	*out = str_dup(a, buf_str(&b));
	return length(*out, 0, max, field, e);
}

enum err check_choice(str in, const char *const *list, const char *field, struct error *e)
{
	char names[sizeof e->arg] = "";
	size_t n = 0;
	for (; *list; list++) {
		if (str_eq(in, str_of(*list)))
			return ERR_OK;
		if (**list && n < sizeof names) /* "" stands for "as elsewhere" */
			n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "",
			                      *list);
	}
	return error_set(e, ERR_INVALID, "error.not_one_of", field, names);
}

enum err check_given(const void *p, const char *field, struct error *e)
{
	return p ? ERR_OK : error_set(e, ERR_INVALID, "error.required", field, NULL);
}

enum err check_email(struct arena *a, str in, const char *field, str *out, struct error *e)
{
	if (!email_normal(a, in, out))
		return error_set(e, ERR_INVALID, "error.not_an_email", field, NULL);
	return ERR_OK;
}
