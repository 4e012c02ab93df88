#include "sys/settings.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/test.h"

/* Loads from the three places; any may be NULL. argv is a list ending with NULL. */
static enum err load(struct arena *a, const char *file_text, const char *const *env,
                     const char **argv, struct settings *s, struct error *e)
{
	char *path = NULL;
	if (file_text) {
		path = str_z(a, str_printf(a, "%s/otklik.conf", test_tmp_dir()));
		int fd = open(path, O_WRONLY | O_CREAT, 0600);
		CHECK_INT(write(fd, file_text, strlen(file_text)), (int64_t)strlen(file_text));
		close(fd);
	}
	int argc = 0;
	while (argv && argv[argc])
		argc++;
	static const char *const foreign[] = {"to", NULL};
	return settings_load(a,
	                     &(struct settings_input){.file = path,
	                                              .environ = (char *const *)(uintptr_t)env,
	                                              .argc = &argc,
	                                              .argv = (char **)(uintptr_t)argv,
	                                              .foreign = foreign},
	                     s, e);
}

static void check_bad(const char *file, const char *const *env, const char **argv, const char *want)
{
	ARENA_AUTO a = arena_new();
	struct settings s;
	struct error e = {0};
	CHECK_INT(load(a, file, env, argv, &s, &e), ERR_INVALID);
	if (!strstr(e.detail, want))
		test_fail(__FILE__, __LINE__, "detail \"%s\" has no \"%s\"", e.detail, want);
}

TEST(settings_defaults_are_typed)
{
	ARENA_AUTO a = arena_new();
	struct settings s;
	struct error e;
	CHECK_OK(load(a, NULL, NULL, NULL, &s, &e), &e);
	CHECK_STR(s.http.listen, "127.0.0.1:8080");
	CHECK_INT(s.lmtp.max_message, 64 << 20);
	CHECK_INT(s.outbox.max_age, 5 * USEC_DAY);
	CHECK_INT(s.log.level, SETTING_LOG_LEVEL_INFO);
	CHECK_INT(s.http.trusted_proxies.n, 2);
	CHECK_STR(s.http.trusted_proxies.p[1], "::1");
	CHECK(!s.no_send);
	CHECK_STR(str_of(s.source[SETTING_HTTP_LISTEN]), "default");
}

TEST(settings_later_places_win)
{
	ARENA_AUTO a = arena_new();
	struct settings s;
	struct error e;
	const char *env[] = {"PATH=/bin", "OTKLIK_HTTP_LISTEN=:2", "OTKLIK_DB_READERS=5", NULL};
	const char *argv[] = {
	    "otklik", "serve", "--http.listen=:3", "--db", "postgres://x", "--to", "file", "--",
	    "--x",    NULL};
	CHECK_OK(load(a,
	              "# comment\n[http]\nlisten = \":1\"\n loops=7 \n[db]\nreaders = "
	              "6\r\n[]\nno_send = yes\n",
	              env, argv, &s, &e),
	         &e);
	CHECK_STR(s.http.listen, ":3");
	CHECK_STR(str_of(s.source[SETTING_HTTP_LISTEN]), "command line");
	CHECK_INT(s.http.loops, 7);
	CHECK(str_ends(str_of(s.source[SETTING_HTTP_LOOPS]), STR("otklik.conf:4")));
	CHECK_INT(s.db.readers, 5);
	CHECK(s.no_send);
	CHECK_STR(s.db.url, "postgres://x");
	CHECK_STR(str_of(argv[1]), "serve");
	CHECK_STR(str_of(argv[2]), "--to");
	CHECK_STR(str_of(argv[3]), "file");
	CHECK_STR(str_of(argv[4]), "--x");
	CHECK(argv[5] == NULL);
}

TEST(settings_errors_name_key_place_and_reason)
{
	check_bad("\n[http]\nlisten = a\nlisen = b\n", NULL, NULL,
	          "otklik.conf:4: http.lisen is no setting; do you mean http.listen?");
	check_bad("http.loops = 0\n", NULL, NULL,
	          "otklik.conf:1: http.loops: must be from 1 to 64");
	check_bad("http.loops = many\n", NULL, NULL, "not a whole number");
	check_bad("http.loops = 1\nhttp.loops = 1\n", NULL, NULL,
	          "otklik.conf:2: http.loops: stands here twice");
	check_bad("[http\n", NULL, NULL, "otklik.conf:1: a section ends with ]");
	check_bad("rubbish\n", NULL, NULL, "otklik.conf:1: write key = value");
	check_bad("ui.language = fr\n", NULL, NULL, "write one of en, ru");
	check_bad("lmtp.max_message = 1TiB\n", NULL, NULL, "not a size");
	check_bad("lmtp.max_message = 999999999999GiB\n", NULL, NULL, "not a size");
	check_bad("lmtp.max_message = 1GiB\n", NULL, NULL, "from 1MiB to 200MiB");
	check_bad("data.dir = \xff\n", NULL, NULL, "not UTF-8");
	const char *env[] = {"OTKLIK_SESSION_TTL=5 days", NULL};
	check_bad(NULL, env, NULL, "environment: session.ttl: not a length of time");
	const char *unknown[] = {"otklik", "--htp.listen", "x", NULL};
	check_bad(NULL, NULL, unknown,
	          "command line: htp.listen is no setting; do you mean http.listen?");
	const char *no_value[] = {"otklik", "--http.listen", NULL};
	check_bad(NULL, NULL, no_value, "command line: http.listen: needs a value");
	const char *far[] = {"otklik", "--xyzzy", NULL};
	check_bad(NULL, NULL, far, "command line: xyzzy is no setting");
	ARENA_AUTO a = arena_new();
	struct settings s;
	struct error e;
	const char *config[] = {"otklik", "--config", "/nonexistent/otklik.conf", NULL};
	CHECK_INT(load(a, NULL, NULL, config, &s, &e), ERR_IO);
	CHECK(strstr(e.detail, "/nonexistent/otklik.conf"));
}

TEST(settings_unknown_variable_is_a_warning)
{
	ARENA_AUTO a = arena_new();
	struct settings s;
	struct error e;
	const char *env[] = {"OTKLIK_PORT_8080_TCP=x", "OTKLIK_HTP_LISTEN=x", "OTKLIK_DATA=/d",
	                     NULL};
	CHECK_OK(load(a, NULL, env, NULL, &s, &e), &e);
	CHECK_INT(s.warnings.n, 2);
	CHECK(str_ends(s.warnings.p[1], STR("do you mean OTKLIK_HTTP_LISTEN?")));
}

TEST(settings_secrets_are_read_from_files_and_never_shown)
{
	ARENA_AUTO a = arena_new();
	struct settings s;
	struct error e;
	char *path = str_z(a, str_printf(a, "%s/password", test_tmp_dir()));
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK_INT(write(fd, "hunter2\n", 8), 8);
	close(fd);
	const char *argv[] = {"otklik", str_z(a, str_printf(a, "--smtp.password=file:%s", path)),
	                      NULL};
	CHECK_OK(load(a, NULL, NULL, argv, &s, &e), &e);
	CHECK_STR(s.smtp.password, "hunter2");
	char text[32768] = {0};
	FILE *out = fmemopen(text, sizeof text, "w");
	settings_dump(out, &s);
	fclose(out);
	CHECK(strstr(text, "# command line\nsmtp.password = ***\n"));
	CHECK(!strstr(text, "hunter2"));
	const char *missing[] = {"otklik", "--smtp.password=file:/nonexistent/x", NULL};
	check_bad(NULL, NULL, missing, "smtp.password: /nonexistent/x: No such file");
}

TEST(settings_lengths_and_sizes_read_back)
{
	ARENA_AUTO a = arena_new();
	struct settings s;
	struct error e;
	CHECK_OK(load(a,
	              "session.ttl = 1h30m\nupload.max = 1536KiB\noutbox.undo=0\nlmtp.listen =\n",
	              NULL, NULL, &s, &e),
	         &e);
	CHECK_INT(s.session.ttl, 90 * USEC_MINUTE);
	CHECK_INT(s.upload.max, 1536 << 10);
	CHECK_INT(s.outbox.undo, 0);
	CHECK(str_empty(s.lmtp.listen));
	for (int i = 0; i < SETTING_COUNT; i++) {
		str text = settings_text(a, &s, (enum setting_id)i);
		CHECK_OK(settings_set(a, &s, (enum setting_id)i, text, "again", &e), &e);
		CHECK_STRS(settings_text(a, &s, (enum setting_id)i), text);
	}
}

TEST(settings_help_lists_everything_but_hidden)
{
	char text[65536] = {0};
	for (int lang = 0; lang < LANG_COUNT; lang++) {
		FILE *out = fmemopen(text, sizeof text, "w");
		settings_help(out, (enum lang)lang, "");
		fclose(out);
		for (size_t i = 0; i < SETTING_COUNT; i++)
			CHECK((strstr(text, setting_table[i].help[lang]) != NULL) !=
			      setting_table[i].hidden);
	}
	memset(text, 0, sizeof text);
	FILE *out = fmemopen(text, sizeof text, "w");
	settings_help(out, LANG_EN, "log.");
	fclose(out);
	CHECK(strstr(text, "log.level = info") && !strstr(text, "http.listen"));
}
