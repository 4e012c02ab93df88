/* commands.h: the commands of the program.
 *
 * A command is one row of the table in commands.c. It gets the app after
 * app_begin (settings, log and clock are there; app_open is its own business)
 * and its arguments without the options that are settings, and returns the exit status.
 */
#ifndef OTKLIK_MAIN_COMMANDS_H
#define OTKLIK_MAIN_COMMANDS_H

#include "main/app.h"

struct command {
	const char *name;
	const char *usage;            /* what may stand behind the name */
	const char *help[LANG_COUNT]; /* one line */
	/* argv[0] is the command's name. */
	int (*run)(struct app *app, int argc, char **argv);
	const char *const *options; /* "email", "password-stdin"...; ends with NULL; may be NULL */
};

extern const struct command commands[]; /* ends with a NULL name */

/* The command that argv[1] names, NULL: there is none; argv[1] becomes its name. "--help" anywhere
 * behind it is "help NAME". Without arguments: help. */
const struct command *command_choose(int *argc, char **argv);

int command_serve(struct app *app, int argc, char **argv);
int command_user(struct app *app, int argc, char **argv);
int command_backup(struct app *app, int argc, char **argv);
int command_restore(struct app *app, int argc, char **argv);
int command_verify(struct app *app, int argc, char **argv);
int command_send(struct app *app, int argc, char **argv);
int command_demo(struct app *app, int argc, char **argv);
int command_detect(struct app *app, int argc, char **argv);
int command_import(struct app *app, int argc, char **argv);
int command_train(struct app *app, int argc, char **argv);
int command_evaluate(struct app *app, int argc, char **argv);
int command_evaluate_search(struct app *app, int argc, char **argv);
int command_evaluate_pairs(struct app *app, int argc, char **argv);
int command_migrate(struct app *app, int argc, char **argv);
int command_help(struct app *app, int argc, char **argv);
int command_version(struct app *app, int argc, char **argv);

/* Takes "--name value" or "--name=value" out of the arguments. NULL when absent
 * or without a value. */
const char *command_option(int *argc, char **argv, const char *name);
/* The same of an option without a value. */
bool command_flag(int *argc, char **argv, const char *name);
#define COMMAND_FILE_BYTES ((size_t)1 << 30)
/* The whole of a file, at most COMMAND_FILE_BYTES. ERR_IO, ERR_TOO_LARGE. */
enum err command_read_file(struct arena *a, const char *path, str *out, struct error *e) MUST_USE;
/* How the command is used, on standard error; gives 2, for `return`. */
int command_usage(const struct app *app, const char *name);

#endif
