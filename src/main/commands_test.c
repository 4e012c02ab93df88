/* commands_test.c: what the commands say, above all when something is in the way. */
#include "main/commands.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/test.h"
#include "db/db_testing.h"

struct cli {
	struct arena *a;
	str dir;
	const char *in; /* a file for standard input; NULL: the tester's */
	int status;
	str out; /* of both streams */
};

static str slurp(struct arena *a, const char *path)
{
	char *text = arena_alloc(a, 1 << 16);
	FILE *f = fopen(path, "rbe");
	CHECK(f);
	size_t n = fread(text, 1, 1 << 16, f);
	fclose(f);
	return str_n(text, n);
}

/* Runs "otklik NAME ARGS" in a process of its own, on the folder t->dir. */
static void cli(struct cli *t, const char *name, const char *const *args)
{
	static char *environment[] = {NULL};
	const char *path = str_printf(t->a, "%s/out", test_tmp_dir()).p;
	char *argv[24] = {str_z(t->a, STR("otklik")), str_z(t->a, str_of(name))};
	int argc = 2;
	for (; *args && argc < 20; args++)
		argv[argc++] = str_z(t->a, str_of(*args));
	argv[argc++] = str_z(t->a, str_printf(t->a, "--data.dir=%.*s", STR_FMT(t->dir)));
	argv[argc++] = str_z(t->a, STR("--log.level=off"));
	fflush(NULL);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		struct app app;
		struct error e;
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), status = 1;
		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
			_exit(99);
		int in = t->in ? open(t->in, O_RDONLY | O_CLOEXEC) : -1;
		if (t->in && (in < 0 || dup2(in, STDIN_FILENO) < 0))
			_exit(99);
		const struct command *c = command_choose(&argc, argv);
		if (!c)
			_exit(98);
		enum err err = app_begin(&app, &argc, argv, environment, c->options, &e);
		app.lang = LANG_EN; /* whatever the tester's terminal speaks */
		status = err ? app_fail(&app, &e) : c->run(&app, argc - 1, argv + 1);
		fflush(NULL);
		_exit(status);
	}
	int how = 0;
	CHECK(waitpid(pid, &how, 0) == pid);
	t->status = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
	t->out = slurp(t->a, path);
}
#define CLI(t, name, ...) cli((t), (name), (const char *const[]){__VA_ARGS__, NULL})

static void check_says(const struct cli *t, int line, const char *words)
{
	if (str_find(t->out, str_of(words)) < 0)
		test_fail(__FILE__, line, "\"%s\" is not in: %.*s", words, STR_FMT(t->out));
}
#define CHECK_SAYS(t, words) check_says((t), __LINE__, (words))

static struct cli cli_new(void)
{
	struct cli t = {.a = arena_new()};
	t.dir = str_printf(t.a, "%s/data", test_tmp_dir());
	return t;
}

TEST(an_unreadable_settings_file_is_named)
{
	struct cli t = cli_new();
	CLI(&t, "version", "--config=/nonexistent/otklik.conf");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "The settings file cannot be read (/nonexistent/otklik.conf: No such file");
	CLI(&t, "version", str_printf(t.a, "--config=%s", test_tmp_dir()).p);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, ": Is a directory)");
	arena_free(t.a);
}

static const char *put_file(struct cli *t, const char *name, str text)
{
	const char *path = str_printf(t->a, "%s/%s", test_tmp_dir(), name).p;
	FILE *f = fopen(path, "wbe");
	CHECK(f && fwrite(text.p, 1, text.n, f) == text.n);
	CHECK(fclose(f) == 0);
	return path;
}

/* An inbox help@x.test, and the database open. */
static struct db *with_inbox(struct cli *t)
{
	struct db_options o = {.url = str_printf(t->a, "sqlite:%.*s/otklik.db", STR_FMT(t->dir)),
	                       .readers = 1};
	struct db *db;
	struct error e;
	CLI(t, "user", "add", "--email=a@x.test", "--name=A", "--role=agent");
	CHECK_INT(t->status, 0);
	CHECK_OK(db_open(&o, &db, &e), &e);
	db_testing_exec(db,
	                "INSERT INTO inbox (brand_id, line_id, name, address, address_norm, "
	                "created_at) SELECT min(b.id), min(l.id), 'Help', 'help@x.test', "
	                "'help@x.test', 1 FROM brand b, line l",
	                DB_NO_ARGS);
	return db;
}

TEST(a_categorizer_is_trained_and_evaluated_on_files)
{
	struct cli t = cli_new();
	const char *out = str_printf(t.a, "%s/model", test_tmp_dir()).p;
	const char *data = put_file(&t, "data.tsv",
	                            STR("label\ttext\n"
	                                "money\tgive the money back\nmoney\trefund the money\n"
	                                "money\tверните деньги\nparcel\twhere is the parcel\n"
	                                "parcel\tthe parcel is late\nparcel\tгде посылка\n"));
	CLI(&t, "train", "--data", data, "--out", out, "--max-kib=512");
	CHECK_INT(t.status, 0);
	CHECK_SAYS(&t, "2 labels, 6 examples; of 6 held out");
	CHECK_SAYS(&t, " % right (95 % sure: ");
	str model = slurp(t.a, out);
	CHECK(str_starts(model, STR("OTKLEARN")));
	CLI(&t, "evaluate", "--train", data, data, "--test", data, "--oos-test", data, "--json");
	CHECK_INT(t.status, 0);
	CHECK_SAYS(&t, "{\"accuracy\":");
	CHECK_SAYS(&t, "\"macro_f1\":");
	CHECK_SAYS(&t, "\"in_scope_accuracy\":");
	CHECK_SAYS(&t, "\"oos_recall\":");
	CHECK_SAYS(&t, "\"model_bytes\":");
	/* What is wrong is told with its file and line, and the old model stays. */
	const char *bad = put_file(&t, "bad.tsv", STR("label\ttext\na\tb\na\n"));
	CLI(&t, "train", "--data", bad, "--out", out);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "Line 3 has not as many fields");
	CHECK_SAYS(&t, "bad.tsv");
	bad = put_file(&t, "bad.tsv", STR("label\ttext\na\tb\na\tc\n"));
	CLI(&t, "train", "--data", bad, "--out", out);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "at least two categories");
	CHECK(str_eq(model, slurp(t.a, out)));
	CLI(&t, "train", "--data", "/nonexistent.tsv", "--out", out);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "/nonexistent.tsv");
	CLI(&t, "train", "--data", data, "--out", "/nonexistent/model");
	CHECK_INT(t.status, 1);
	/* Whose fault it is, where the whole file is at fault. */
	CHECK_SAYS(&t, "/nonexistent/model");
	bad = put_file(&t, "one.tsv", STR("label\ttext\na\tb\na\tc\n"));
	CLI(&t, "train", "--data", bad, "--out", out);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "at least two categories");
	CHECK_SAYS(&t, "one.tsv");
	CLI(&t, "evaluate", "--train", bad, "--test", data);
	CHECK_SAYS(&t, "one.tsv");
	bad = put_file(&t, "head.tsv", STR("label\ttext\n"));
	CLI(&t, "train", "--data", bad, "--out", out);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "no examples behind the first line");
	CHECK_SAYS(&t, "head.tsv");
	bad = put_file(&t, "none.tsv", STR(""));
	CLI(&t, "train", "--data", bad, "--out", out);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "must name the columns");
	CLI(&t, "train", "--out", out);
	CHECK_INT(t.status, 2);
	/* What there is nothing to tell by is no number; few texts are told to be few. */
	CLI(&t, "evaluate", "--train", data, "--test", data);
	CHECK_INT(t.status, 0);
	CHECK_SAYS(&t, "\noos_recall         -\n");
	CHECK_SAYS(&t, "\naccuracy_low       0.");
	CHECK_SAYS(&t, "\naccuracy_high      ");
	CLI(&t, "evaluate", "--train", data, "--seed=x", "--test", data);
	CHECK_INT(t.status, 2);
	arena_free(t.a);
}

/* "label<TAB>text" for each text. */
static str rows(struct cli *t, const char *const *labels, size_t n, int each)
{
	str file = STR("label\ttext\n");
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < each; k++)
			file = str_printf(t->a, "%.*s%s\tthe words of %s, number %d\n",
			                  STR_FMT(file), labels[i], labels[i], k);
	return file;
}

/* How many rows there are. Nothing stays open: a command forks, and a sanitizer allows that beside
 * no threads. */
static int64_t rows_of(struct cli *t, const char *table)
{
	struct db_options o = {.url = str_printf(t->a, "sqlite:%.*s/otklik.db", STR_FMT(t->dir)),
	                       .readers = 1};
	struct db *db;
	struct error e;
	CHECK_OK(db_open(&o, &db, &e), &e);
	int64_t n =
	    db_testing_int(db, str_printf(t->a, "SELECT count(*) FROM %s", table).p, DB_NO_ARGS);
	db_close(db);
	return n;
}

TEST(categories_are_made_of_a_file_only_when_asked_for)
{
	static const char *const labels[] = {
	    "Refund", "Delivery/Late", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "ca", "zoo", "zz"};
	struct cli t = cli_new();
	const char *two = put_file(&t, "two.tsv", rows(&t, labels, 2, 6));
	const char *all = put_file(&t, "all.tsv", rows(&t, labels, 12, 6));
	const char *few = put_file(&t, "few.tsv", rows(&t, (const char *[]){"Rare"}, 1, 4));
	/* Nothing is begun where there is no data. */
	CLI(&t, "train", "--data", two);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, str_printf(t.a, "There is no Otklik data in %.*s yet", STR_FMT(t.dir)).p);
	CLI(&t, "send", "stop");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "There is no Otklik data in ");
	CLI(&t, "user", "list");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "There is no Otklik data in ");
	CHECK(access(str_printf(t.a, "%.*s/otklik.db", STR_FMT(t.dir)).p, F_OK) != 0);
	CHECK(access(str_printf(t.a, "%.*s/key", STR_FMT(t.dir)).p, F_OK) != 0);
	CLI(&t, "user", "add", "--email=a@x.test", "--name=A", "--role=agent");
	CHECK_INT(t.status, 0);
	int64_t before = rows_of(&t, "category");
	CLI(&t, "train", "--data", two);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "No category has 2 of the labels");
	CHECK_SAYS(&t, "(Delivery/Late, Refund)");
	CLI(&t, "train", "--data", all);
	CHECK_SAYS(&t, "(Delivery/Late, Refund, c3, c4, c5, c6, c7, c8, c9, ca, +2)");
	CHECK_INT(rows_of(&t, "category"), before);
	CHECK_INT(rows_of(&t, "training_example"), 0);
	CLI(&t, "train", "--data", two, "--new-categories");
	CHECK_INT(t.status, 0);
	CHECK_SAYS(&t, "two.tsv: 12 examples kept, 12 of them new\n");
	CHECK_SAYS(&t, "labels that became categories: 2 (Delivery/Late, Refund)\n");
	CHECK_SAYS(&t, "2 categories, 12 examples; of 12 held out");
	CHECK_SAYS(&t, " % right (95 % sure: ");
	CHECK_SAYS(&t, "it decides from now on");
	CHECK_INT(rows_of(&t, "category"), before + 3);
	/* Known now, by any of its names; what is too little is told. */
	CLI(&t, "train", "--data", two);
	CHECK_INT(t.status, 0);
	CHECK_SAYS(&t, "two.tsv: 12 examples kept, 0 of them new\n");
	CLI(&t, "train", "--data", few, "--new-categories");
	CHECK_INT(t.status, 0);
	CHECK_SAYS(&t, "labels that became categories: 1 (Rare)\n");
	CHECK_SAYS(&t, "left out, fewer than 5 examples: Rare (4)\n");
	arena_free(t.a);
}

TEST(every_command_helps_when_asked)
{
	struct cli t = cli_new();
	for (const struct command *c = commands; c->name; c++) {
		CLI(&t, "help", c->name);
		str help = t.out;
		CHECK_INT(t.status, 0);
		CHECK(str_starts(help, str_printf(t.a, "otklik %s", c->name)));
		CLI(&t, c->name, "--help");
		CHECK_INT(t.status, 0);
		if (strcmp(c->name, "help") != 0)
			CHECK_STRS(t.out, help);
		CLI(&t, c->name, "what", "-h");
		CHECK_INT(t.status, 0);
	}
	CLI(&t, "--help", "train");
	CHECK_SAYS(&t, "otklik train");
	CLI(&t, "help", "trian");
	CHECK_INT(t.status, 2);
	CHECK_SAYS(&t, "no command \"trian\"");
	CHECK(access(str_z(t.a, t.dir), F_OK) != 0);
	arena_free(t.a);
}

TEST(a_person_is_added_with_a_link_and_its_end)
{
	struct cli t = cli_new();
	CLI(&t, "user", "add", "--email=a@x.test", "--name=A", "--role=boss");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "There is no role “boss”");
	CHECK_SAYS(&t, "Roles: admin, ");
	CHECK_SAYS(&t, "agent");
	CLI(&t, "user", "add", "--email=a@x.test", "--name=A", "--role=agent",
	    "--http.base_url=https://desk.x.test");
	CHECK_INT(t.status, 0);
	CHECK_SAYS(&t, str_printf(t.a, "a@x.test works here now (data in %.*s)", STR_FMT(t.dir)).p);
	CHECK_SAYS(&t, "A password is chosen by this link, once, until 20");
	CHECK_SAYS(&t, " UTC:\nhttps://desk.x.test/invitation/");
	arena_free(t.a);
}

TEST(a_backup_says_what_is_in_its_way)
{
	struct cli t = cli_new();
	str file = str_printf(t.a, "%s/backup", test_tmp_dir());
	CLI(&t, "user", "add", "--email=a@x.test", "--name=A", "--role=agent");
	CHECK_INT(t.status, 0);
	CLI(&t, "backup", "/nonexistent/backup");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "The backup cannot be written there (");
	CHECK_SAYS(&t, "/nonexistent/backup.part: No such file");
	CLI(&t, "backup", test_tmp_dir());
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "The backup cannot be written there (");
	CLI(&t, "backup", file.p);
	CHECK_INT(t.status, 0);
	/* Where there is data already. */
	CLI(&t, "restore", file.p);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, str_printf(t.a,
	                          "There is data in %.*s already, and nothing of it was changed. "
	                          "Restore into an empty folder (--data.dir=FOLDER)",
	                          STR_FMT(t.dir))
	                   .p);
	/* Where another process is at work. */
	str used = t.dir;
	t.dir = str_printf(t.a, "%s/other", test_tmp_dir());
	CHECK(mkdir(t.dir.p, 0700) == 0);
	int lock = open(str_printf(t.a, "%.*s/lock", STR_FMT(t.dir)).p,
	                O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0);
	CLI(&t, "restore", file.p);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, str_printf(t.a,
	                          "Another otklik works on %.*s. Stop it first, or name "
	                          "another folder with --data.dir",
	                          STR_FMT(t.dir))
	                   .p);
	close(lock);
	/* What is no file leaves no data folder behind. */
	t.dir = str_printf(t.a, "%.*s-new", STR_FMT(used));
	CLI(&t, "restore", "/nonexistent/backup");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "The backup cannot be read (/nonexistent/backup: No such file");
	CHECK(access(str_z(t.a, t.dir), F_OK) != 0);
	CLI(&t, "restore", file.p);
	CHECK_INT(t.status, 0);
	t.dir = STR("/proc/nonexistent/data");
	CLI(&t, "backup", file.p);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t,
	           "The data folder (data.dir) cannot be used (/proc/nonexistent: No such file");
	arena_free(t.a);
}

TEST(a_restore_that_cannot_erase_again_loads_nothing)
{
	struct cli t = cli_new();
	const char *kept = test_tmp_dir();
	str file = str_printf(t.a, "%s/backup", kept), bad = str_printf(t.a, "%s/bad", kept);
	CLI(&t, "user", "add", "--email=a@x.test", "--name=A", "--role=agent");
	CLI(&t, "backup", file.p);
	CHECK_INT(t.status, 0);
	t.dir = str_printf(t.a, "%s/copy", test_tmp_dir());
	CLI(&t, "restore", file.p, "--tombstones=/nonexist");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "The file of erasures (tombstones) cannot be read, and nothing was loaded "
	               "(/nonexist: No such file");
	CHECK(access(str_z(t.a, t.dir), F_OK) != 0);
	FILE *f = fopen(bad.p, "wbe");
	CHECK(f && fputs("{\"what\":\"ever\"}\n", f) >= 0 && fclose(f) == 0);
	CLI(&t, "restore", file.p, str_printf(t.a, "--tombstones=%s", bad.p).p);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "is no list of erasures");
	CHECK(access(str_z(t.a, t.dir), F_OK) != 0);
	/* It reads well and cannot be carried out: the copy is loaded and nobody gets it. */
	f = fopen(bad.p, "wbe");
	CHECK(f &&
	      fputs("{\"instance\":\"other\",\"uid\":\"u\",\"at\":1700000000000000,"
	            "\"kind\":\"messages\",\"data\":{\"ids\":[1]}}\n",
	            f) >= 0 &&
	      fclose(f) == 0);
	CLI(&t, "restore", file.p, str_printf(t.a, "--tombstones=%s", bad.p).p);
	CHECK_INT(t.status, 1);
	static const char *const after[] = {"verify", "migrate", "serve"};
	for (size_t i = 0; i < COUNT_OF(after); i++) {
		CLI(&t, after[i], "--process.name=again");
		CHECK_INT(t.status, 1);
		CHECK_SAYS(&t, "broke off before what was erased was erased again");
	}
	CLI(&t, "restore", file.p);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "broke off before what was erased was erased again");
	t.dir = str_printf(t.a, "%s/whole", test_tmp_dir());
	CLI(&t, "restore", file.p);
	CHECK_INT(t.status, 0);
	CLI(&t, "verify", "--process.name=again");
	CHECK_INT(t.status, 0);
	arena_free(t.a);
}

TEST(a_backup_is_not_written_over_by_mistake)
{
	struct cli t = cli_new();
	str file = str_printf(t.a, "%s/backup", test_tmp_dir());
	CLI(&t, "user", "add", "--email=a@x.test", "--name=A", "--role=agent");
	CLI(&t, "backup", file.p);
	CHECK_INT(t.status, 0);
	CLI(&t, "backup", file.p);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "is there already, and nothing of it was changed");
	CLI(&t, "verify", file.p);
	CHECK_INT(t.status, 0);
	CLI(&t, "backup", file.p, "--force");
	CHECK_INT(t.status, 0);
	arena_free(t.a);
}

TEST(what_cannot_be_opened_or_chosen_is_named)
{
	struct cli t = cli_new();
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof sa;
	CLI(&t, "user", "add", "--email=a@x.test", "--name=A", "--role=agent", "--language=de");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "This must be one of: en, ru [language]");
	db_close(with_inbox(&t));
	CLI(&t, "import", "mbox", "/nonexist", "--inbox=help@x.test");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "Cannot open /nonexist: No such file");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof sa) == 0 && listen(fd, 1) == 0 &&
	      getsockname(fd, (struct sockaddr *)&sa, &n) == 0);
	CLI(&t, "serve", str_printf(t.a, "--http.listen=127.0.0.1:%d", ntohs(sa.sin_port)).p,
	    "--lmtp.listen=");
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, str_printf(t.a, "Cannot listen on 127.0.0.1 port %d: Address already in use",
	                          ntohs(sa.sin_port))
	                   .p);
	close(fd);
	arena_free(t.a);
}

TEST(what_an_archive_holds_is_over)
{
#ifdef __SANITIZE_THREAD__
	test_skip("this sanitizer allows no threads after a fork beside threads");
#endif
	static const char letter[] = "From a@b.test  Mon Oct  2 21:12:29 2023\n"
	                             "From: a@b.test\nTo: support@localhost\nSubject: Old\n"
	                             "Date: Mon, 2 Oct 2023 12:00:00 +0000\n"
	                             "Message-ID: <1@b.test>\n\nWhere?\n";
	static const struct {
		const char *option, *status;
	} cases[] = {{"--mboxo", "closed"}, {"--status=open", "open"}, {"--status=last", "new"}};
	const char *root = test_tmp_dir();
	struct cli t = cli_new();
	str file = str_printf(t.a, "%s/old.mbox", root);
	FILE *f = fopen(file.p, "wbe");
	CHECK(f && fputs(letter, f) >= 0 && fclose(f) == 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		t.dir = str_printf(t.a, "%s/%zu", root, i);
		struct db *db = with_inbox(&t);
		CLI(&t, "import", "mbox", file.p, "--inbox=help@x.test", cases[i].option);
		CHECK_SAYS(&t, "1  new tickets");
		CHECK_INT(db_testing_int(db,
		                         "SELECT count(*) FROM ticket WHERE status = $1 AND "
		                         "($1 <> 'closed' OR waiting_since IS NULL)",
		                         DB_ARGS(db_text(str_of(cases[i].status)))),
		          1);
		db_close(db);
	}
	CLI(&t, "import", "mbox", file.p, "--inbox=help@x.test", "--status=never");
	CHECK_INT(t.status, 2);
	CHECK_SAYS(&t, "--status closed|new|open|pending|on_hold|solved|last");
	arena_free(t.a);
}

TEST(detect_reads_lines_of_any_bytes)
{
	struct cli t = cli_new();
	str file = str_printf(t.a, "%s/lines", test_tmp_dir());
	t.in = file.p;
	FILE *f = fopen(file.p, "wbe");
	CHECK(f);
	static const char lines[] = "СРОЧНО\r\n> СРОЧНО\\nхорошо\n\0\xff\xd0\n\nurgent";
	CHECK(fwrite(lines, 1, sizeof lines - 1, f) == sizeof lines - 1 && fclose(f) == 0);
	CLI(&t, "detect", "--kind", "urgent", "--json");
	CHECK_INT(t.status, 0);
	CHECK_STR(t.out, "{\"found\":true,\"confidence\":0.99,\"words\":[\"СРОЧНО\"]}\n"
	                 "{\"found\":false,\"confidence\":0,\"words\":[]}\n"
	                 "{\"found\":false,\"confidence\":0,\"words\":[]}\n"
	                 "{\"found\":false,\"confidence\":0,\"words\":[]}\n"
	                 "{\"found\":true,\"confidence\":0.99,\"words\":[\"urgent\"]}\n");
	CHECK((f = fopen(file.p, "wbe")) != NULL);
	/* Two megabytes in one line: one result, of its beginning. */
	for (int i = 0; i < 1 << 18; i++)
		CHECK(fputs(i == 0 ? "1500 тысячи " : "abcdefg ", f) >= 0);
	CHECK(fputs("\nзаказ ORD-12 вчера", f) >= 0 && fclose(f) == 0);
	CLI(&t, "detect", "--kind", "amounts", "--json");
	CHECK_STR(t.out, "{\"amounts\":[{\"text\":\"1500 тысячи\",\"value_minor\":150000000,"
	                 "\"currency\":null,\"ambiguous\":true,\"other_minor\":150000}]}\n"
	                 "{\"amounts\":[]}\n");
	CLI(&t, "detect", "--kind=facts", "--order-pattern=AAA-9{2}", "--now=2026-11-21");
	CHECK_STR(t.out, "amount=1500000.00?\norder=ORD-12\tdate=2026-11-20\n");
	CLI(&t, "detect", "--kind=facts", "--order-pattern=9");
	CHECK_INT(t.status, 2);
	CHECK_SAYS(&t, "no pattern of order numbers: 9");
	CLI(&t, "detect", "--kind=facts", "--order-pattern=AB-9{6");
	CHECK_INT(t.status, 2);
	CHECK_SAYS(&t, "1:5 (line:character): the brace is not closed");
	CLI(&t, "detect", "--kind=nonsense");
	CHECK_INT(t.status, 2);
	CHECK_SAYS(&t, "--kind urgent|manager");
	CLI(&t, "detect", "--kind=facts", "--now=soon");
	CHECK_INT(t.status, 2);
	arena_free(t.a);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "wbe");
	CHECK(f && fputs(text, f) >= 0);
	CHECK(fclose(f) == 0);
}

TEST(evaluate_names_the_file_and_the_line_that_are_wrong)
{
	struct cli t = {.a = arena_new(), .dir = str_of(test_tmp_dir())};
	const char *docs = str_printf(t.a, "%s/docs", test_tmp_dir()).p;
	const char *table = str_printf(t.a, "%s/table", test_tmp_dir()).p;
	write_file(docs, "{\"id\":\"a\",\"title\":\"How to pay\",\"body\":\"By card.\"}\n"
	                 "{\"id\":\"b\",\"title\":\"Вернуть товар\"}\n");
	write_file(table, "text\tdoc_ids\npaying\ta\nкак вернуть\tc,b\n");
	CLI(&t, "evaluate-search", "--docs", docs, "--queries", table, "--json");
	CHECK_INT(t.status, 0);
	CHECK(str_starts(t.out, STR("{\"hit1\":1,\"hit3\":1,\"mrr\":1,\"p50_ms\":")));
	write_file(table, "text\tdoc_ids\npaying\ta\nfields\n");
	CLI(&t, "evaluate-search", "--docs", docs, "--queries", table);
	CHECK_INT(t.status, 1);
	CHECK_SAYS(&t, "Line 3");
	CHECK_SAYS(&t, table);
	write_file(table, "text\tids\npaying\ta\n");
	CLI(&t, "evaluate-search", "--docs", docs, "--queries", table);
	CHECK_SAYS(&t, "doc_ids");
	write_file(docs, "{\"id\":\"a\",\"title\":\"How to pay\"}\n\n{\"id\":\"b\"}\n");
	CLI(&t, "evaluate-search", "--docs", docs, "--queries", table);
	CHECK_SAYS(&t, "Line 3");
	CHECK_SAYS(&t, docs);
	write_file(table, "label\ttext_1\ttext_2\n1\ta\tb\n2\ta\tb\n");
	CLI(&t, "evaluate-pairs", "--train", table, "--test", table);
	CHECK_SAYS(&t, "Line 3");
	write_file(table, "label\ttext_1\ttext_2\n1\ta\tb\n");
	CLI(&t, "evaluate-pairs", "--train", table, "--test", table);
	CHECK_SAYS(&t, "at least 20 pairs");
	CLI(&t, "evaluate-pairs", "--train", table);
	CHECK_INT(t.status, 2);
	arena_free(t.a);
}

static double figure(struct cli *t, const char *name)
{
	ptrdiff_t at = str_find(t->out, str_printf(t->a, "\"%s\":", name));
	CHECK_INT(t->status, 0);
	CHECK(at >= 0);
	return strtod(str_z(t->a, str_from(t->out, (size_t)at + strlen(name) + 3)), NULL);
}

/* Floors a little below what doc/rank.md tells. */
TEST(evaluate_reaches_its_floors_on_real_sets)
{
#ifdef __SANITIZE_THREAD__
	test_skip("no question of threads, and minutes under this sanitizer");
#endif
	const char *data = test_data_dir();
	struct cli t = {.a = arena_new(), .dir = str_of(test_tmp_dir())};
#define DATA(name) str_printf(t.a, "%s/" name, data).p
	CLI(&t, "evaluate-search", "--docs", DATA("rutube_support_ru/docs.jsonl"), "--queries",
	    DATA("rutube_support_ru/queries.tsv"), "--json");
	CHECK(figure(&t, "hit1") > .52 && figure(&t, "mrr") > .63);
	CLI(&t, "evaluate-search", "--docs", DATA("stackfaq_en/docs.jsonl"), "--queries",
	    DATA("stackfaq_en/queries_rest.tsv"), "--learn", DATA("stackfaq_en/learn_one.tsv"),
	    "--json");
	CHECK(figure(&t, "hit1") > .89 && figure(&t, "hit3") > .96);
	CLI(&t, "evaluate-pairs", "--train", DATA("paraphraser_ru/train.tsv"), "--test",
	    DATA("paraphraser_ru/test.tsv"), "--json");
	CHECK(figure(&t, "accuracy") > .76 && figure(&t, "ece") < .04);
#undef DATA
	arena_free(t.a);
}
