/* settings.h: every setting, from four places, checked once.
 *
 * Declared in api/settings.toml, from which come struct settings (one typed
 * field per key: s->http.listen, s->session.ttl in microseconds), the table
 * below and the admin form. Later places win: the default, the config file,
 * the environment (OTKLIK_HTTP_LISTEN), the command line (--http.listen=...).
 *
 * Config file: UTF-8 lines `key = value`, where [http] before `listen = ...`
 * means http.listen; # or ; begins a comment line; a value may stand in double
 * quotes. Durations: 250ms, 30s, 15m, 1h30m, 5d. Sizes: 512, 64KiB, 2MB.
 * Lists: separated by commas. A secret that begins with "file:" is read from
 * that file, without its last newline.
 */
#ifndef OTKLIK_SYS_SETTINGS_H
#define OTKLIK_SYS_SETTINGS_H

#include "base/err.h"
#include "base/lang.h"
#include "sys/settings_gen.h"

enum setting_type {
	SETTING_TYPE_STR,
	SETTING_TYPE_INT,
	SETTING_TYPE_BOOL,
	SETTING_TYPE_DURATION,
	SETTING_TYPE_SIZE,
	SETTING_TYPE_ENUM,
	SETTING_TYPE_LIST,
	SETTING_TYPE_SECRET,
};

struct setting {
	const char *key, *env, *alias; /* alias may be NULL */
	enum setting_type type;
	size_t offset;    /* in struct settings */
	int64_t min, max; /* of int, duration, size */
	const char *initial, *since;
	const char *const *values; /* of an enum; ends with NULL */
	const char *help[LANG_COUNT];
	bool admin, restart, hidden;
};

struct setting_section {
	const char *name;
	const char *title[LANG_COUNT];
};

extern const struct setting setting_table[SETTING_COUNT];
extern const struct setting_section setting_sections[]; /* ends with a NULL name */

struct settings_input {
	const char
	    *file; /* config file, must exist; NULL: --config, then OTKLIK_CONFIG, then none */
	char *const *environ; /* NULL: none */
	/* Options are taken out of argv and *argc; positional arguments stay in
	 * order, argv[0] too. All after "--" is positional. NULL: none. */
	int *argc;
	char **argv;
	/* Names of options that are somebody else's ("to", "help"), ending with
	 * NULL: they stay in argv as they are. May be NULL. */
	const char *const *foreign;
};

/* Fills *out, whose texts live in the arena. On failure ERR_INVALID with
 * error.field = the key, error.arg = the value (never a secret's) and
 * error.detail = a sentence with the place: "/etc/otklik.conf:12: http.lisen is
 * no setting; do you mean http.listen?". ERR_IO when a file cannot be read.
 * Unknown OTKLIK_ names in the environment only make a warning, because
 * container managers put names of their own there. */
enum err settings_load(struct arena *a, const struct settings_input *in, struct settings *out,
                       struct error *e) MUST_USE;

/* Checks and stores one value (the admin form). */
enum err settings_set(struct arena *a, struct settings *s, enum setting_id id, str value,
                      const char *source, struct error *e) MUST_USE;
/* The value as it would stand in a config file; a secret is "***" unless empty. */
str settings_text(struct arena *a, const struct settings *s, enum setting_id id);
/* By key or alias, '-' and '_' alike. NULL when there is none. */
const struct setting *setting_find(str key);

/* For `otklik help settings`; prefix "" for all, "http" or "http." for a section. */
void settings_help(FILE *out, enum lang lang, const char *prefix);
/* As a config file, with the source of each value; secrets masked. */
void settings_dump(FILE *out, const struct settings *s);

#endif
