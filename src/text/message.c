/* message.c: see message.h. */
#include "text/message.h"

#include "base/buf.h"
#include "text/message_table.h"

/* CLDR 42, cardinal rules. n is the absolute value times 10^decimals. */
static enum message_form form_of(enum lang lang, int64_t i, int decimals)
{
	uint64_t n = i < 0 ? -(uint64_t)i : (uint64_t)i;
	if (decimals > 0)
		return FORM_OTHER;
	if (lang == LANG_EN)
		return n == 1 ? FORM_ONE : FORM_OTHER;
	uint64_t ten = n % 10, hundred = n % 100;
	if (ten == 1 && hundred != 11)
		return FORM_ONE;
	if (ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14))
		return FORM_FEW;
	return FORM_MANY;
}

static const struct message *find(str key)
{
	size_t low = 0, high = message_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = str_cmp(str_of(message_table[mid].key), key);
		if (order == 0)
			return &message_table[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

bool message_exists(str key)
{
	return find(key) != NULL;
}

str message_number(struct arena *a, enum lang lang, int64_t i, int decimals)
{
	static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
	char digits[24];
	if (decimals < 0 || decimals > 6)
		decimals = 0;
	uint64_t n = i < 0 ? -(uint64_t)i : (uint64_t)i;
	uint64_t whole = n / (uint64_t)powers[decimals], rest = n % (uint64_t)powers[decimals];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)whole);
	BUF_AUTO b;
	buf_init(&b, 0);
	if (i < 0)
		buf_addz(&b, lang == LANG_RU ? "\xe2\x88\x92" : "-");
	for (int at = 0; at < len; at++) {
		if (at > 0 && (len - at) % 3 == 0)
			buf_addz(&b, lang == LANG_RU ? "\xc2\xa0" : ",");
		buf_addc(&b, digits[at]);
	}
	if (decimals > 0)
		buf_addf(&b, "%c%0*llu", lang == LANG_RU ? ',' : '.', decimals,
		         (unsigned long long)rest);
	return str_dup(a, buf_str(&b));
}

static const struct message_arg *find_arg(const struct message_arg *args, size_t n, str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_of(args[i].name), name))
			return &args[i];
	return NULL;
}

str message_format(struct arena *a, enum lang lang, str key, const struct message_arg *args,
                   size_t n)
{
	const struct message *m = find(key);
	if (!m)
		return str_dup(a, key);
	const struct message_arg *count = find_arg(args, n, STR("n"));
	enum message_form form = FORM_OTHER;
	if (count && count->type == MESSAGE_ARG_NUMBER)
		form = form_of(lang, count->i, count->decimals);
	const char *text = m->forms[lang][form];
	str rest = str_of(text ? text : m->forms[lang][FORM_OTHER]);
	BUF_AUTO b;
	buf_init(&b, 0);
	for (;;) {
		ptrdiff_t open = str_chr(rest, '{');
		ptrdiff_t close = open < 0 ? -1 : str_chr(rest, '}');
		if (close < open || open < 0)
			break;
		buf_add(&b, str_sub(rest, 0, (size_t)open));
		str name = str_sub(rest, (size_t)open + 1, (size_t)close);
		const struct message_arg *arg = find_arg(args, n, name);
		if (!arg)
			buf_add(&b, str_sub(rest, (size_t)open, (size_t)close + 1));
		else if (arg->type == MESSAGE_ARG_STR)
			buf_add(&b, arg->s);
		else
			buf_add(&b, message_number(a, lang, arg->i, arg->decimals));
		rest = str_from(rest, (size_t)close + 1);
	}
	buf_add(&b, rest);
	return str_dup(a, buf_str(&b));
}

str message_duration(struct arena *a, enum lang lang, usec d)
{
	static const struct {
		usec length;
		const char *key;
	} units[] = {{USEC_DAY, "time.days"},
	             {USEC_HOUR, "time.hours"},
	             {USEC_MINUTE, "time.minutes"},
	             {USEC_SECOND, "time.seconds"}};
	size_t u = 0;
	if (d < USEC_SECOND)
		d = USEC_SECOND;
	while (u + 1 < COUNT_OF(units) && d < units[u].length)
		u++;
	int64_t n = d / units[u].length + (d % units[u].length > 0);
	/* 59 m 30 s is rounded up to an hour, not to 60 minutes. */
	if (u > 0 && n * units[u].length >= units[u - 1].length) {
		n = 1;
		u--;
	}
	return message_format(a, lang, str_of(units[u].key), MESSAGE_ARGS(MESSAGE_INT("n", n)));
}

str message_error(struct arena *a, enum lang lang, const struct error *e)
{
	str key = str_of(e->key);
	if (!find(key))
		key = str_printf(a, "error.code.%s", err_name(e->code));
	struct message_arg args[5] = {
	    MESSAGE_STR("field", str_of(e->field)),
	    MESSAGE_STR("arg", str_of(e->arg)),
	    MESSAGE_STR("among", str_of(e->among)),
	    MESSAGE_STR("wait", message_duration(a, lang, e->retry_after)),
	};
	int64_t n;
	args[4] =
	    str_to_i64(str_of(e->arg), &n) ? MESSAGE_INT("n", n) : MESSAGE_STR("n", str_of(e->arg));
	return message_format(a, lang, key, args, COUNT_OF(args));
}
