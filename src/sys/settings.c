/* settings.c: see settings.h. */
#include "sys/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"

#define FILE_MAX ((size_t)1 << 20)
#define SECRET_MAX ((size_t)64 << 10)

struct unit {
	const char *name;
	int64_t factor;
};
static const struct unit durations[] = {
    {"d", USEC_DAY}, {"h", USEC_HOUR}, {"m", USEC_MINUTE}, {"s", USEC_SECOND}, {"ms", 1000}};
static const struct unit sizes[] = {
    {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1000000000},
    {"MB", 1000000},  {"KB", 1000},     {"B", 1}};

/* What is being loaded, and how the place of the current value is called. */
struct load {
	struct arena *a;
	struct settings *s;
	struct error *e;
	VEC(str) warnings;
};

static char fold(char c)
{
	return c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(str a, const char *z)
{
	str b = str_of(z);
	if (!z || a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

const struct setting *setting_find(str key)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (same_name(key, setting_table[i].key) || same_name(key, setting_table[i].alias))
			return &setting_table[i];
	return NULL;
}

/* Levenshtein distance, for suggestions; names are short. */
static size_t distance(str a, str b)
{
	size_t row[80];
	if (a.n >= COUNT_OF(row) || b.n >= COUNT_OF(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t best = diagonal + (fold(a.p[i - 1]) != fold(b.p[j - 1]));
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.n];
}

/* The nearest setting's key (or variable), or NULL when none is near. */
static const char *nearest(str name, bool env)
{
	const char *found = NULL;
	size_t best = name.n / 3 + 1;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *candidate = env ? setting_table[i].env : setting_table[i].key;
		size_t d = distance(name, str_of(candidate));
		if (d <= best && !setting_table[i].hidden) {
			best = d ? d - 1 : 0;
			found = candidate;
		}
	}
	return found;
}

static enum err bad(struct error *e, const struct setting *d, str value, const char *source,
                    const char *why)
{
	char arg[sizeof e->arg];
	str shown = d->type == SETTING_TYPE_SECRET ? STR("***") : value;
	snprintf(arg, sizeof arg, "%.*s", STR_FMT(shown));
	error_set(e, ERR_INVALID, "error.bad_setting", d->key, arg);
	if (e)
		snprintf(e->detail, sizeof e->detail, "%s: %s: %s", source, d->key, why);
	return ERR_INVALID;
}

/* Sum of numbers with units, largest first or not ("1h30m"); a bare number
 * only when `bare` says what it counts (0: only "0" itself). */
static bool parse_units(str text, const struct unit *units, size_t n_units, int64_t bare,
                        int64_t *out)
{
	int64_t sum = 0;
	if (text.n == 0)
		return false;
	while (text.n > 0) {
		size_t digits = 0, letters;
		int64_t v;
		while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
			digits++;
		for (letters = digits; letters < text.n && (text.p[letters] | 32) >= 'a' &&
		                       (text.p[letters] | 32) <= 'z';)
			letters++;
		if (!str_to_i64(str_sub(text, 0, digits), &v))
			return false;
		str name = str_sub(text, digits, letters);
		int64_t factor = name.n == 0 && (bare || v == 0) ? (bare ? bare : 1) : 0;
		for (size_t i = 0; i < n_units; i++)
			if (name.n && str_eq(name, str_of(units[i].name)))
				factor = units[i].factor;
		if (factor == 0 || __builtin_mul_overflow(v, factor, &v) ||
		    __builtin_add_overflow(sum, v, &sum))
			return false;
		text = str_from(text, letters);
	}
	*out = sum;
	return true;
}

/* The largest unit that divides v, as parse_units reads it. */
static str units_text(struct arena *a, int64_t v, const struct unit *units, size_t n_units)
{
	for (size_t i = 0; v != 0 && i < n_units; i++)
		if (v % units[i].factor == 0)
			return str_printf(a, "%lld%s", (long long)(v / units[i].factor),
			                  units[i].name);
	return str_printf(a, "%lld", (long long)v);
}

static str number_text(struct arena *a, const struct setting *d, int64_t v)
{
	if (d->type == SETTING_TYPE_DURATION)
		return units_text(a, v, durations, COUNT_OF(durations));
	if (d->type == SETTING_TYPE_SIZE)
		return units_text(a, v, sizes, 3);
	return str_printf(a, "%lld", (long long)v);
}

static enum err set_number(struct arena *a, const struct setting *d, int64_t *to, str value,
                           const char *source, struct error *e)
{
	int64_t v;
	bool ok;
	const char *why;
	if (d->type == SETTING_TYPE_DURATION) {
		ok = parse_units(value, durations, COUNT_OF(durations), 0, &v);
		why = "not a length of time (write 250ms, 30s, 15m, 1h30m, 5d)";
	} else if (d->type == SETTING_TYPE_SIZE) {
		ok = parse_units(value, sizes, COUNT_OF(sizes), 1, &v);
		why = "not a size (write 512, 64KiB, 2MB)";
	} else {
		ok = str_to_i64(value, &v);
		why = "not a whole number";
	}
	if (!ok)
		return bad(e, d, value, source, why);
	if (v < d->min || v > d->max) {
		str range =
		    str_printf(a, "must be from %.*s to %.*s", STR_FMT(number_text(a, d, d->min)),
		               STR_FMT(number_text(a, d, d->max)));
		return bad(e, d, value, source, str_z(a, range));
	}
	*to = v;
	return ERR_OK;
}

static enum err set_bool(const struct setting *d, bool *to, str value, const char *source,
                         struct error *e)
{
	static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no",
	                                                                            "off", "0"};
	for (size_t i = 0; i < COUNT_OF(yes); i++) {
		if (str_eq_nocase(value, str_of(yes[i])) || str_eq_nocase(value, str_of(no[i]))) {
			*to = str_eq_nocase(value, str_of(yes[i]));
			return ERR_OK;
		}
	}
	return bad(e, d, value, source, "write true or false");
}

static enum err set_enum(struct arena *a, const struct setting *d, int *to, str value,
                         const char *source, struct error *e)
{
	BUF_AUTO b;
	buf_init(&b, 200);
	buf_addz(&b, "write one of");
	for (int i = 0; d->values[i]; i++) {
		if (str_eq(value, str_of(d->values[i]))) {
			*to = i;
			return ERR_OK;
		}
		buf_addf(&b, "%s %s", i ? "," : "", d->values[i]);
	}
	return bad(e, d, value, source, str_z(a, buf_str(&b)));
}

static void set_list(struct arena *a, struct setting_list *to, str value)
{
	VEC(str) items = {0};
	str piece;
	while (str_split(&value, ',', &piece)) {
		piece = str_trim(piece);
		if (piece.n > 0)
			*vec_push(a, &items) = str_dup(a, piece);
	}
	*to = (struct setting_list){items.p, items.n};
}

/* Whole file, at most max bytes. */
static enum err read_file(struct arena *a, const char *path, size_t max, str *out, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_detail(e, ERR_IO, "%s: %m", path);
	char *p = arena_alloc(a, max + 1);
	size_t n = 0;
	ssize_t r = 0;
	while (n <= max && (r = read(fd, p + n, max + 1 - n)) > 0)
		n += (size_t)r;
	int why = errno;
	close(fd);
	if (r < 0) {
		errno = why;
		return error_detail(e, ERR_IO, "%s: %m", path);
	}
	if (n > max)
		return error_detail(e, ERR_IO, "%s: larger than %zu bytes", path, max);
	*out = str_n(p, n);
	return ERR_OK;
}

static enum err set_secret(struct arena *a, const struct setting *d, str *to, str value,
                           const char *source, struct error *e)
{
	if (!str_starts(value, STR("file:"))) {
		*to = str_dup(a, value);
		return ERR_OK;
	}
	str text = STR_NONE;
	enum err r = read_file(a, str_z(a, str_from(value, 5)), SECRET_MAX, &text, e);
	if (r != ERR_OK) {
		char why[200];
		snprintf(why, sizeof why, "%.199s", e ? e->detail : "");
		bad(e, d, value, source, why);
		return ERR_INVALID;
	}
	if (str_ends(text, STR("\n")))
		text.n--;
	if (str_ends(text, STR("\r")))
		text.n--;
	*to = text;
	return ERR_OK;
}

enum err settings_set(struct arena *a, struct settings *s, enum setting_id id, str value,
                      const char *source, struct error *e)
{
	const struct setting *d = &setting_table[id];
	void *to = (char *)s + d->offset;
	enum err r = ERR_OK;
	if (!str_is_utf8(value) || (value.n && memchr(value.p, 0, value.n)))
		return bad(e, d, STR("?"), source, "not UTF-8 text");
	switch (d->type) {
	case SETTING_TYPE_STR:
		*(str *)to = str_dup(a, value);
		break;
	case SETTING_TYPE_SECRET:
		r = set_secret(a, d, to, value, source, e);
		break;
	case SETTING_TYPE_INT:
	case SETTING_TYPE_DURATION:
	case SETTING_TYPE_SIZE:
		r = set_number(a, d, to, value, source, e);
		break;
	case SETTING_TYPE_BOOL:
		r = set_bool(d, to, value, source, e);
		break;
	case SETTING_TYPE_ENUM:
		r = set_enum(a, d, to, value, source, e);
		break;
	case SETTING_TYPE_LIST:
		set_list(a, to, value);
		break;
	}
	if (r == ERR_OK)
		s->source[id] = source;
	return r;
}

static enum err set(struct load *l, const struct setting *d, str value, const char *source)
{
	return settings_set(l->a, l->s, (enum setting_id)(d - setting_table), value, source, l->e);
}

static enum err unknown(struct load *l, str name, const char *source)
{
	const char *near = nearest(name, false);
	char field[64];
	snprintf(field, sizeof field, "%.*s", STR_FMT(str_cut_utf8(name, 60)));
	error_set(l->e, ERR_INVALID, "error.unknown_setting", field, near);
	if (l->e)
		snprintf(l->e->detail, sizeof l->e->detail, "%s: %s is no setting%s%s%s", source,
		         field, near ? "; do you mean " : "", near ? near : "", near ? "?" : "");
	return ERR_INVALID;
}

static enum err bad_line(struct load *l, const char *source, const char *why)
{
	error_set(l->e, ERR_INVALID, "error.bad_setting", NULL, NULL);
	if (l->e)
		snprintf(l->e->detail, sizeof l->e->detail, "%s: %s", source, why);
	return ERR_INVALID;
}

static enum err load_line(struct load *l, str line, str *section, bool *given, const char *source)
{
	if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';')
		return ERR_OK;
	if (line.p[0] == '[') {
		if (line.p[line.n - 1] != ']')
			return bad_line(l, source, "a section ends with ]");
		*section = str_trim(str_sub(line, 1, line.n - 1));
		return ERR_OK;
	}
	ptrdiff_t eq = str_chr(line, '=');
	if (eq < 0)
		return bad_line(l, source, "write key = value");
	str key = str_trim(str_sub(line, 0, (size_t)eq));
	str value = str_trim(str_from(line, (size_t)eq + 1));
	if (section->n > 0)
		key = str_printf(l->a, "%.*s.%.*s", STR_FMT(*section), STR_FMT(key));
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = str_sub(value, 1, value.n - 1);
	const struct setting *d = setting_find(key);
	if (!d)
		return unknown(l, key, source);
	if (given[d - setting_table])
		return bad(l->e, d, value, source, "stands here twice");
	given[d - setting_table] = true;
	return set(l, d, value, source);
}

static enum err load_file(struct load *l, const char *path)
{
	str text, line, section = STR_NONE;
	bool given[SETTING_COUNT] = {false};
	enum err r = read_file(l->a, path, FILE_MAX, &text, l->e);
	error_says(l->e, r, "error.config_file");
	if (r == ERR_OK && str_starts(text, STR("\xef\xbb\xbf")))
		text = str_from(text, 3);
	for (int n = 1; r == ERR_OK && str_split(&text, '\n', &line); n++)
		r = load_line(l, str_trim(line), &section, given,
		              str_z(l->a, str_printf(l->a, "%s:%d", path, n)));
	return r;
}

static enum err load_environment(struct load *l, char *const *env)
{
	static const char *const others[] = {"OTKLIK_CONFIG", "OTKLIK_DATA"};
	for (; env && *env; env++) {
		str entry = str_of(*env), name;
		if (!str_starts(entry, STR("OTKLIK_")) || str_chr(entry, '=') < 0)
			continue;
		name = str_sub(entry, 0, (size_t)str_chr(entry, '='));
		str value = str_from(entry, name.n + 1);
		const struct setting *d = NULL;
		for (size_t i = 0; i < SETTING_COUNT && !d; i++)
			if (str_eq(name, str_of(setting_table[i].env)))
				d = &setting_table[i];
		if (d) {
			enum err r = set(l, d, value, "environment");
			if (r != ERR_OK)
				return r;
			continue;
		}
		bool known = str_starts(name, STR("OTKLIK_TEST_"));
		for (size_t i = 0; i < COUNT_OF(others); i++)
			known = known || str_eq(name, str_of(others[i]));
		const char *near = known ? NULL : nearest(name, true);
		if (!known)
			*vec_push(l->a, &l->warnings) = str_printf(
			    l->a, "environment: %.*s is no setting%s%s%s", STR_FMT(name),
			    near ? "; do you mean " : "", near ? near : "", near ? "?" : "");
	}
	return ERR_OK;
}

static bool is_foreign(const struct settings_input *in, str name)
{
	for (const char *const *f = in->foreign; f && *f; f++)
		if (str_eq(name, str_of(*f)))
			return true;
	return false;
}

/* Goes over the options; with `config` set only looks for --config and
 * changes nothing, otherwise stores values and removes the options. */
static enum err walk_options(struct load *l, const struct settings_input *in, const char **config)
{
	int n = *in->argc, kept = n > 0 ? 1 : 0;
	enum err r = ERR_OK;
	for (int i = 1; i < n && r == ERR_OK; i++) {
		str arg = str_of(in->argv[i]);
		if (str_is(arg, "--")) {
			while (!config && ++i < n)
				in->argv[kept++] = in->argv[i];
			break;
		}
		bool option = arg.n > 2 && str_starts(arg, STR("--"));
		ptrdiff_t eq = str_chr(arg, '=');
		str name = option ? str_sub(arg, 2, eq < 0 ? arg.n : (size_t)eq) : STR_NONE;
		if (!option || is_foreign(in, name)) {
			if (!config)
				in->argv[kept++] = in->argv[i];
			continue;
		}
		bool is_config = str_is(name, "config");
		const struct setting *d = is_config ? NULL : setting_find(name);
		if (!d && !is_config) {
			if (!config)
				return unknown(l, name, "command line");
			continue;
		}
		str value = str_from(arg, (size_t)(eq < 0 ? 0 : eq + 1));
		if (eq < 0 && d && d->type == SETTING_TYPE_BOOL) {
			value = STR("true");
		} else if (eq < 0) {
			if (i + 1 >= n)
				return d ? bad(l->e, d, STR_NONE, "command line", "needs a value")
				         : bad_line(l, "command line", "--config needs a file");
			value = str_of(in->argv[++i]);
		}
		if (is_config && config)
			*config = value.p;
		if (d && !config)
			r = set(l, d, value, "command line");
	}
	if (!config && r == ERR_OK) {
		in->argv[kept] = NULL;
		*in->argc = kept;
	}
	return r;
}

static const char *env_value(char *const *env, str name)
{
	for (; env && *env; env++) {
		str entry = str_of(*env);
		if (str_starts(entry, name) && entry.n > name.n && entry.p[name.n] == '=')
			return *env + name.n + 1;
	}
	return NULL;
}

enum err settings_load(struct arena *a, const struct settings_input *in, struct settings *out,
                       struct error *e)
{
	struct load l = {.a = a, .s = out, .e = e};
	enum err r = ERR_OK;
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < SETTING_COUNT && r == ERR_OK; i++)
		r = set(&l, &setting_table[i], str_of(setting_table[i].initial), "default");
	const char *file = in->file;
	if (r == ERR_OK && !file && in->argv)
		r = walk_options(&l, in, &file);
	if (!file)
		file = env_value(in->environ, STR("OTKLIK_CONFIG"));
	if (r == ERR_OK && file && file[0])
		r = load_file(&l, file);
	if (r == ERR_OK)
		r = load_environment(&l, in->environ);
	if (r == ERR_OK && in->argv)
		r = walk_options(&l, in, NULL);
	out->warnings = (struct setting_list){l.warnings.p, l.warnings.n};
	return r;
}

str settings_text(struct arena *a, const struct settings *s, enum setting_id id)
{
	const struct setting *d = &setting_table[id];
	const void *from = (const char *)s + d->offset;
	switch (d->type) {
	case SETTING_TYPE_STR:
		return *(const str *)from;
	case SETTING_TYPE_SECRET:
		return str_empty(*(const str *)from) ? STR("") : STR("***");
	case SETTING_TYPE_INT:
	case SETTING_TYPE_DURATION:
	case SETTING_TYPE_SIZE:
		return number_text(a, d, *(const int64_t *)from);
	case SETTING_TYPE_BOOL:
		return *(const bool *)from ? STR("true") : STR("false");
	case SETTING_TYPE_ENUM:
		return str_of(d->values[*(const int *)from]);
	case SETTING_TYPE_LIST:
		break;
	}
	const struct setting_list *list = from;
	str text = STR("");
	for (size_t i = 0; i < list->n; i++)
		text =
		    str_printf(a, "%.*s%s%.*s", STR_FMT(text), i ? ", " : "", STR_FMT(list->p[i]));
	return text;
}

static str section_of(const struct setting *d)
{
	str key = str_of(d->key);
	ptrdiff_t dot = str_chr(key, '.');
	return str_sub(key, 0, dot < 0 ? 0 : (size_t)dot);
}

static void help_one(FILE *out, enum lang lang, const struct setting *d)
{
	ARENA_AUTO a = arena_new();
	bool ru = lang == LANG_RU;
	fprintf(out, "  %s = %s\n", d->key, d->initial[0] ? d->initial : "\"\"");
	fprintf(out, "      %s\n", d->help[lang]);
	if (d->values) {
		fprintf(out, "      %s", ru ? "значения:" : "values:");
		for (int i = 0; d->values[i]; i++)
			fprintf(out, "%s %s", i ? "," : "", d->values[i]);
		fprintf(out, "\n");
	}
	if ((d->type == SETTING_TYPE_INT || d->type == SETTING_TYPE_DURATION ||
	     d->type == SETTING_TYPE_SIZE) &&
	    d->min != INT64_MIN && d->max != INT64_MAX)
		fprintf(out, ru ? "      от %.*s до %.*s\n" : "      from %.*s to %.*s\n",
		        STR_FMT(number_text(a, d, d->min)), STR_FMT(number_text(a, d, d->max)));
	fprintf(out, "      %s", d->env);
	if (d->alias)
		fprintf(out, ", --%s", d->alias);
	fprintf(out, "\n");
}

void settings_help(FILE *out, enum lang lang, const char *prefix)
{
	str want = str_of(prefix ? prefix : "");
	if (str_ends(want, STR(".")))
		want.n--;
	const struct setting_section *section = setting_sections;
	do {
		str name = str_of(section->name);
		bool titled = false;
		for (size_t i = 0; i < SETTING_COUNT; i++) {
			const struct setting *d = &setting_table[i];
			if (d->hidden || !str_eq(section_of(d), name) ||
			    (want.n && !str_eq(want, name) && !str_eq(want, str_of(d->key))))
				continue;
			if (!titled && section->name)
				fprintf(out, "%s [%s]\n", section->title[lang], section->name);
			titled = true;
			help_one(out, lang, d);
		}
		if (titled)
			fprintf(out, "\n");
	} while (section++->name);
}

void settings_dump(FILE *out, const struct settings *s)
{
	ARENA_AUTO a = arena_new();
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		str text = settings_text(a, s, (enum setting_id)i);
		if (setting_table[i].hidden && str_empty(text))
			continue;
		fprintf(out, "# %s\n%s = %.*s\n", s->source[i], setting_table[i].key,
		        STR_FMT(text.n ? text : STR("\"\"")));
	}
}
