/* user.c: `otklik user`: the first account, a lost password, who there is. */
#include <termios.h>
#include <unistd.h>

#include "base/date.h"
#include "desk/account.h"
#include "desk/admin.h"
#include "main/commands.h"

struct change {
	struct app *app;
	struct arena *arena;
	str email, name, role, language, hash;
	bool passwd, invite;
	int64_t id;
	str token;
	usec expires;
};

static enum err run(void *arg, struct db_conn *tx, struct error *e)
{
	struct change *c = arg;
	const struct desk *d = &c->app->desk;
	if (c->passwd)
		return desk_account_password(d, c->arena, tx, c->email, c->hash, e);
	enum err err = desk_account_add(d, c->arena, tx, c->email, c->name, c->role, c->language,
	                                c->hash, &c->id, e);
	if (err == ERR_OK && c->invite)
		err = desk_account_invite(d, c->arena, tx, actor_system(), c->id, &c->token,
		                          &c->expires, e);
	return err;
}

/* One line of standard input; on a terminal asked for, and not shown. */
static bool read_password(struct app *app, char *line, size_t size)
{
	struct termios old, quiet;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;
	if (terminal) {
		fputs(app->lang == LANG_RU ? "Пароль: " : "Password: ", stderr);
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	bool ok = fgets(line, (int)size, stdin) != NULL;
	if (terminal) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (ok)
		line[strcspn(line, "\r\n")] = '\0';
	return ok;
}

static int list(struct app *app)
{
	ARENA_AUTO a = arena_new();
	struct error e;
	struct db_conn *c;
	struct account *accounts;
	size_t n = 0;
	enum err err = db_read_begin(app->db, &c, &e);
	if (err == ERR_OK) {
		err = desk_account_list(&app->desk, a, c, actor_system(), &accounts, &n, &e);
		db_read_end(app->db, c);
	}
	if (err)
		return app_fail(app, &e);
	for (size_t i = 0; i < n; i++)
		printf("%lld\t%.*s\t%.*s\t%.*s\t%s\n", (long long)accounts[i].id,
		       STR_FMT(accounts[i].email), STR_FMT(accounts[i].name),
		       STR_FMT(accounts[i].role), accounts[i].active ? "active" : "inactive");
	return 0;
}

static enum err take_password(struct change *c, struct error *e)
{
	char line[PASSWORD_MAX + 2];
	if (!read_password(c->app, line, sizeof line))
		return error_set(e, ERR_INVALID, "error.required", "password", NULL);
	str password = str_of(line);
	char most[24];
	snprintf(most, sizeof most, "%lld", (long long)c->app->s.login.password_min);
	enum err err = ERR_OK;
	if ((int64_t)str_utf8_len(str_to_utf8(c->arena, password)) < c->app->s.login.password_min)
		err = error_set(e, ERR_INVALID, "error.too_short", "password", most);
	if (err == ERR_OK)
		err = password_hash(c->arena, password, &c->hash, e);
	explicit_bzero(line, sizeof line);
	return err;
}

/* What there is to choose from. */
static void print_roles(struct app *app)
{
	ARENA_AUTO a = arena_new();
	struct error e;
	struct db_conn *c;
	struct role *roles;
	size_t n = 0;
	if (db_read_begin(app->db, &c, &e))
		return;
	enum err err = desk_role_list(&app->desk, a, c, actor_system(), &roles, &n, &e);
	db_read_end(app->db, c);
	for (size_t i = 0; !err && i < n; i++)
		fprintf(stderr, "%s%.*s%s",
		        i                      ? ", "
		        : app->lang == LANG_RU ? "Роли: "
		                               : "Roles: ",
		        STR_FMT(roles[i].name), i + 1 < n ? "" : "\n");
}

/* What was done, where, and what comes next. The link stands alone on its line. */
static void print_done(struct change *c)
{
	struct app *app = c->app;
	bool ru = app->lang == LANG_RU;
	str email = c->email;
	str dir = app->s.data.dir;
	if (c->passwd) {
		printf(ru ? "У %.*s новый пароль (данные в %.*s)\n"
		          : "%.*s has a new password (data in %.*s)\n",
		       STR_FMT(email), STR_FMT(dir));
		return;
	}
	printf(ru ? "%.*s теперь работает здесь (данные в %.*s)\n"
	          : "%.*s works here now (data in %.*s)\n",
	       STR_FMT(email), STR_FMT(dir));
	if (!c->token.n)
		return;
	struct date d = date_of(c->expires);
	if (ru)
		printf("Пароль задают по этой ссылке, один раз, до %02d.%02d.%d %02d:%02d UTC:\n",
		       d.day, d.month, d.year, d.hour, d.minute);
	else
		printf(
		    "A password is chosen by this link, once, until %d-%02d-%02d %02d:%02d UTC:\n",
		    d.year, d.month, d.day, d.hour, d.minute);
	printf("%.*s/invitation/%.*s\n", STR_FMT(app->base_url), STR_FMT(c->token));
}

int command_user(struct app *app, int argc, char **argv)
{
	struct error e;
	ARENA_AUTO a = arena_new();
	struct change c = {.app = app, .arena = a};
	c.email = str_of(command_option(&argc, argv, "email"));
	c.name = str_of(command_option(&argc, argv, "name"));
	c.role = str_of(command_option(&argc, argv, "role"));
	c.language = str_of(command_option(&argc, argv, "language"));
	bool by_stdin = command_flag(&argc, argv, "password-stdin");
	const char *what = argc == 2 ? argv[1] : "";
	bool add = strcmp(what, "add") == 0;
	c.passwd = strcmp(what, "passwd") == 0 || strcmp(what, "password") == 0;
	if (!add && !c.passwd && strcmp(what, "list") != 0)
		return command_usage(app, "user");
	if ((add && (!c.email.n || !c.name.n || !c.role.n)) || (c.passwd && !c.email.n))
		return command_usage(app, "user");
	if (!c.language.n)
		c.language = str_of(lang_code((enum lang)app->s.ui.language));
	/* An installation may begin with its first account, not with a question about it. */
	enum err err = app_open(app, add ? APP_MIGRATE : 0, &e);
	if (err == ERR_OK && !add && !c.passwd)
		return list(app);
	if (err == ERR_OK && (by_stdin || c.passwd))
		err = take_password(&c, &e);
	else
		c.invite = true;
	if (err == ERR_OK)
		err = db_write(app->db, run, &c, &e);
	if (err && strcmp(e.field, "role") == 0 && strcmp(e.key, "error.no_such_reference") == 0) {
		error_set(&e, err, "error.no_such_role", NULL, str_z(a, c.role));
		(void)app_fail(app, &e);
		print_roles(app);
		return 1;
	}
	if (err)
		return app_fail(app, &e);
	print_done(&c);
	return 0;
}
