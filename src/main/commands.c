/* commands.c: the table of commands, help, and the short ones. */
#include "main/commands.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/migrations_gen.h"

static const char *const user_options[] = {"email",    "name",           "role",
                                           "language", "password-stdin", NULL};

static const char *const send_options[] = {"note", NULL};
static const char *const backup_options[] = {"with-key", "force", NULL};
static const char *const restore_options[] = {"tombstones", NULL};

static const char *const import_options[] = {
    "inbox", "status", "participants-only", "mboxo", "brand", "language", NULL};

static const char *const evaluate_search_options[] = {"docs", "queries", "learn", "json", NULL};
static const char *const evaluate_pairs_options[] = {"train", "test", "json", NULL};
static const char *const train_options[] = {"data",    "out",     "brand",          "seed",
                                            "threads", "max-kib", "new-categories", NULL};
static const char *const evaluate_options[] = {"train", "test", "val",     "oos-train", "oos-test",
                                               "seed",  "json", "threads", "max-kib",   NULL};

static const char *const detect_options[] = {"kind", "json", "now", "order-pattern", NULL};

const struct command commands[] = {
    {"serve",
     "",
     {"take letters and requests, until told to end",
      "принимать письма и запросы, пока не остановят"},
     command_serve,
     NULL},
    {"user",
     "add --email A --name N --role R [--language ru] [--password-stdin] | list | "
     "passwd --email A [--password-stdin]",
     {"people who work here", "кто здесь работает"},
     command_user,
     user_options},
    {"backup",
     "FILE [--with-key] [--force]",
     {"everything in one file, while the service runs", "всё в один файл, не останавливая службу"},
     command_backup,
     backup_options},
    {"restore",
     "FILE [--tombstones FILE]",
     {"a backup into an empty installation, less what was erased since; nothing is sent until "
      "resumed",
      "копию в пустую установку без того, что удалили после; ничего не отправляется, пока не "
      "разрешат"},
     command_restore,
     restore_options},
    {"verify",
     "[FILE]",
     {"check the events, the files and every invariant, or a backup",
      "проверить события, файлы и все инварианты, или копию"},
     command_verify,
     NULL},
    {"send",
     "stop [--note TEXT] | resume | status",
     {"stop everything that leaves, also while the service runs; let it go on; say what waits",
      "остановить всё, что уходит, в том числе на ходу; продолжить; показать, что ждёт"},
     command_send,
     send_options},
    {"demo",
     "",
     {"fill an empty installation with a demo company and print a first login",
      "заполнить пустую установку примером и показать первый вход"},
     command_demo,
     NULL},
    {"import",
     "mbox FILE... --inbox ADDRESS [--status closed|new|open|pending|on_hold|solved|last] "
     "[--participants-only] [--mboxo] | articles FILE... [--brand SLUG] [--language ru|en]",
     {"letters of an archive as tickets, closed unless --status says otherwise (last: as the "
      "newest letter of each asks), or articles of the handbook, a JSON object a line (title, "
      "body ...); repeated, it adds what is missing",
      "письма из архива как обращения, закрытые, если --status не скажет иного (last: по "
      "последнему письму) или статьи справочника, по объекту JSON в строке (title, body ...); "
      "повторный запуск добавит только недостающее"},
     command_import,
     import_options},
    {"train",
     "[--data FILE... [--new-categories]] [--brand SLUG] | --data FILE... --out MODEL [--seed N] "
     "[--threads N] [--max-kib N]",
     {"teach this installation's categorizer from its tickets, and from files with the columns "
      "label and text, which it keeps; a label is the name or the slug of a category, or "
      "parent/child, and with --new-categories missing ones are made; with --out only a model in a "
      "file",
      "обучить категоризатор этой установки на её обращениях и на файлах со столбцами label и "
      "text, которые она запомнит; label — название или slug категории, или родитель/дочерняя, "
      "недостающие создаст --new-categories; с --out только модель в файле"},
     command_train,
     train_options},
    {"evaluate",
     "--train FILE... --test FILE... [--val FILE] [--oos-train FILE...] [--oos-test FILE...] "
     "[--seed N] [--threads N] [--max-kib N] [--json]",
     {"how well the categorizer learns from some files what stands in others",
      "насколько хорошо категоризатор учится по одним файлам тому, что в других"},
     command_evaluate,
     evaluate_options},
    {"detect",
     "--kind urgent|manager|abuse|thanks|photo|sentiment|amounts|facts|language [--json] "
     "[--now DAY] [--order-pattern P]...",
     {"what the detectors find in texts: one a line from standard input (\\n in it is a line end), "
      "one result a line. As JSON:\n"
      "    urgent, manager, abuse, thanks, photo  "
      "{\"found\":true,\"confidence\":0.95,\"words\":[\"...\"]}\n"
      "    sentiment  {\"sentiment\":-0.53}, from -1 to 1\n"
      "    language  {\"language\":\"ru\",\"confidence\":0.99}; \"und\" when nothing tells\n"
      "    amounts  {\"amounts\":[{\"text\":\"1500 "
      "тысячи\",\"value_minor\":150000000,\"currency\":null,"
      "\"ambiguous\":true,\"other_minor\":150000}]}\n"
      "    facts  "
      "{\"facts\":[{\"kind\":\"order\",\"text\":\"A-12345\",\"value\":\"A-12345\",\"at\":13,"
      "\"bytes\":7,\"ambiguous\":false}]}; kinds order, amount, date, phone, tracking, city, "
      "email, photo\n"
      "    --now: what \"yesterday\" is the day before; --order-pattern: 9 digit, A letter, X "
      "either, "
      "{n,m} times: \"ORD-9{6}\"",
      "что находят детекторы в текстах: по одному в строке на входе (\\n в ней — конец строки), по "
      "результату в строке. В JSON:\n"
      "    urgent, manager, abuse, thanks, photo  "
      "{\"found\":true,\"confidence\":0.95,\"words\":[\"...\"]}\n"
      "    sentiment  {\"sentiment\":-0.53}, от -1 до 1\n"
      "    language  {\"language\":\"ru\",\"confidence\":0.99}; \"und\", когда не по чему судить\n"
      "    amounts  {\"amounts\":[{\"text\":\"1500 "
      "тысячи\",\"value_minor\":150000000,\"currency\":null,"
      "\"ambiguous\":true,\"other_minor\":150000}]}\n"
      "    facts  "
      "{\"facts\":[{\"kind\":\"order\",\"text\":\"A-12345\",\"value\":\"A-12345\",\"at\":13,"
      "\"bytes\":7,\"ambiguous\":false}]}; виды order, amount, date, phone, tracking, city, email, "
      "photo\n"
      "    --now: от какого дня считать «вчера»; --order-pattern: 9 цифра, A буква, X любая из "
      "них, "
      "{n,m} раз: \"ORD-9{6}\""},
     command_detect,
     detect_options},
    {"evaluate-search",
     "--docs FILE --queries FILE [--learn FILE] [--json]",
     {"how often the search of articles finds the right one; --learn: questions that they answered",
      "как часто поиск статей находит нужную; --learn: вопросы, на которые они ответили"},
     command_evaluate_search,
     evaluate_search_options},
    {"evaluate-pairs",
     "--train FILE --test FILE [--json]",
     {"how well it learns whether two texts mean the same",
      "насколько хорошо учится узнавать, что два текста об одном"},
     command_evaluate_pairs,
     evaluate_pairs_options},
    {"migrate",
     "",
     {"bring the database's schema up to date", "обновить схему базы данных"},
     command_migrate,
     NULL},
    {"help",
     "[COMMAND | settings [PREFIX]]",
     {"this, or every setting with its meaning", "эта справка или все настройки"},
     command_help,
     NULL},
    {"version", "", {"the version", "версия"}, command_version, NULL},
    {0},
};

/* ---- arguments ---- */

static void take_out(int *argc, char **argv, int at, int n)
{
	for (int i = at; i + n <= *argc; i++)
		argv[i] = argv[i + n]; /* the NULL at the end moves too */
	*argc -= n;
}

const char *command_option(int *argc, char **argv, const char *name)
{
	size_t n = strlen(name);
	for (int i = 1; i < *argc; i++) {
		if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, n) != 0)
			continue;
		const char *rest = argv[i] + 2 + n;
		if (*rest == '=') {
			take_out(argc, argv, i, 1);
			return rest + 1;
		}
		if (*rest == '\0' && i + 1 < *argc) {
			const char *value = argv[i + 1];
			take_out(argc, argv, i, 2);
			return value;
		}
	}
	return NULL;
}

bool command_flag(int *argc, char **argv, const char *name)
{
	for (int i = 1; i < *argc; i++)
		if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0) {
			take_out(argc, argv, i, 1);
			return true;
		}
	return false;
}

enum err command_read_file(struct arena *a, const char *path, str *out, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_open(e, path);
	BUF_AUTO b;
	buf_init(&b, COMMAND_FILE_BYTES);
	ssize_t got = 1;
	while (got > 0) {
		char *p = buf_reserve(&b, 1 << 16);
		if (!p)
			break;
		got = read(fd, p, 1 << 16);
		if (got > 0)
			buf_commit(&b, (size_t)got);
	}
	enum err err = ERR_OK;
	if (got < 0)
		err = error_open(e, path);
	else if (b.failed)
		err = error_set(e, ERR_TOO_LARGE, "error.too_large", "file", path);
	else
		*out = str_dup(a, buf_str(&b));
	(void)close(fd);
	return err;
}

/* ---- help ---- */

int command_usage(const struct app *app, const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			fprintf(stderr, "otklik %s %s\n    %s\n", c->name, c->usage,
			        c->help[app->lang]);
	return 2;
}

const struct command *command_choose(int *argc, char **argv)
{
	const char *name = *argc > 1 ? argv[1] : "help";
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		name = "version";
	const struct command *c = commands;
	while (c->name && strcmp(c->name, name) != 0)
		c++;
	if (!c->name)
		return NULL;
	if (*argc > 1)
		argv[1] = (char *)c->name; /* "--help" is no setting */
	for (int i = 2; i < *argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0)
			continue;
		argv[2] = (char *)c->name;
		argv[3] = NULL;
		*argc = 3;
		c = commands;
		while (strcmp(c->name, "help") != 0)
			c++;
		argv[1] = (char *)c->name;
	}
	return c;
}

int command_help(struct app *app, int argc, char **argv)
{
	bool known = argc < 2;
	if (argc > 1 && strcmp(argv[1], "settings") == 0) {
		settings_help(stdout, app->lang, argc > 2 ? argv[2] : "");
		return 0;
	}
	for (const struct command *c = commands; c->name; c++)
		if (argc < 2 || strcmp(argv[1], c->name) == 0) {
			printf("otklik %s%s%s\n    %s\n", c->name, *c->usage ? " " : "", c->usage,
			       c->help[app->lang]);
			known = true;
		}
	if (known)
		return 0;
	fprintf(stderr, "otklik: no command \"%s\"; see otklik help\n", argv[1]);
	return 2;
}

int command_version(struct app *app, int argc, char **argv)
{
	printf("otklik %s, schema %d\n", OTKLIK_VERSION, MIGRATIONS[N_MIGRATIONS - 1].version);
	return 0;
}

int command_migrate(struct app *app, int argc, char **argv)
{
	struct error e;
	enum err err = app_open(app, APP_LOCK | APP_MIGRATE, &e);
	if (err)
		return app_fail(app, &e);
	printf("schema %d\n", MIGRATIONS[N_MIGRATIONS - 1].version);
	return 0;
}
