/* import.c: `otklik import mbox`: letters of an archive become tickets (mail/import.h), and
 * articles the handbook (main/sense.h). */
#include <unistd.h>

#include "mail/import.h"
#include "main/commands.h"
#include "main/sense.h"
#include "main/service.h"

#define SAY_EVERY 1000 /* letters, where nobody sits before a terminal */

struct told {
	bool terminal;
	int64_t last;
};

static void progress(void *arg, const struct mail_imported *sum)
{
	struct told *t = arg;
	if (!t->terminal && sum->done - t->last < SAY_EVERY)
		return;
	t->last = sum->done;
	fprintf(stderr, "%s%lld / %lld%s", t->terminal ? "\r" : "", (long long)sum->done,
	        (long long)sum->letters, t->terminal ? "" : "\n");
}

static void line(const struct app *app, const char *const words[LANG_COUNT], int64_t n)
{
	printf("%8lld  %s\n", (long long)n, words[app->lang]);
}

static void report(const struct app *app, const struct mail_imported *s)
{
	static const char *const words[][LANG_COUNT] = {
	    {"letters in the archive", "писем в архиве"},
	    {"taken in", "принято"},
	    {"  of them our own", "  из них наших"},
	    {"new tickets", "новых обращений"},
	    {"the same letter again", "повторов"},
	    {"in quarantine", "в карантине"},
	    {"here already", "уже было"},
	    {"too long: not whole", "слишком длинных: не целиком"},
	};
	const int64_t numbers[] = {s->letters,   s->accepted,    s->by_us, s->tickets,
	                           s->duplicate, s->quarantined, s->known, s->cut};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (numbers[i] || i < 2)
			line(app, words[i], numbers[i]);
}

int command_import(struct app *app, int argc, char **argv)
{
	struct error e;
	struct mail_intake in;
	struct mail_imported sum = {0};
	struct told told = {.terminal = isatty(STDERR_FILENO) == 1};
	const char *inbox = command_option(&argc, argv, "inbox");
	const char *status = command_option(&argc, argv, "status");
	struct mail_import im = {.in = &in,
	                         .inbox = str_of(inbox),
	                         .participants_only =
	                             command_flag(&argc, argv, "participants-only"),
	                         .mboxo = command_flag(&argc, argv, "mboxo"),
	                         .has_status = true, /* nobody waits in an archive */
	                         .status = TICKET_CLOSED,
	                         .progress = progress,
	                         .arg = &told};
	const char *brand = command_option(&argc, argv, "brand");
	const char *language = command_option(&argc, argv, "language");
	bool articles = argc >= 3 && strcmp(argv[1], "articles") == 0;
	if (!articles && (argc < 3 || strcmp(argv[1], "mbox") != 0 || !inbox))
		return command_usage(app, "import");
	for (int i = 2; i < argc; i++)
		if (strncmp(argv[i], "--", 2) == 0)
			return command_usage(app, "import");
	if (articles)
		return sense_import_articles(app, (const char *const *)argv + 2, (size_t)argc - 2,
		                             brand, language);
	if (status && strcmp(status, "last") == 0)
		im.has_status = false;
	else if (status && !ticket_status_by_name(str_of(status), &im.status))
		return command_usage(app, "import");
	enum err err = app_open(app, 0, &e);
	if (!err) {
		service_fill_intake(app, &in);
		err = mail_import_mbox(&im, (const char *const *)argv + 2, (size_t)argc - 2, &sum,
		                       &e);
	}
	if (told.terminal && sum.done)
		fputc('\n', stderr);
	if (!err || sum.done)
		report(app, &sum);
	return err ? app_fail(app, &e) : 0;
}
