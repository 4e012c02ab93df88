/* check.c: see check.h. */
#include "store/check.h"

#include "store/queries_gen.h"

struct check {
	const struct db_query *query;
	const char *what;
};

static enum err ask(struct db_conn *c, const struct check *check,
                    void (*bad)(void *arg, const char *what, int64_t id), void *arg,
                    struct error *e)
{
	struct db_rows r;
	db_rows_open(&r, c, check->query, DB_NO_ARGS);
	while (db_rows_next(&r))
		bad(arg, check->what, db_get_int(&r, 0));
	return db_rows_close(&r, e);
}

static enum err ask_sqlite(struct db_conn *c, void (*bad)(void *arg, const char *what, int64_t id),
                           void *arg, struct error *e)
{
	struct db_rows r;
	db_rows_open_text(&r, c, STR("SELECT integrity_check FROM pragma_integrity_check(20)"),
	                  DB_NO_ARGS);
	while (db_rows_next(&r))
		if (!str_is(db_get_str(&r, 0), "ok"))
			bad(arg, "the database file is damaged", 0);
	enum err err = db_rows_close(&r, e);
	if (err)
		return err;
	db_rows_open_text(&r, c, STR("SELECT rowid FROM pragma_foreign_key_check LIMIT 20"),
	                  DB_NO_ARGS);
	while (db_rows_next(&r))
		bad(arg, "a row refers to one that is not there", db_get_int(&r, 0));
	return db_rows_close(&r, e);
}

enum err check_rows(struct db_conn *c, void (*bad)(void *arg, const char *what, int64_t id),
                    void *arg, int *n_checks, struct error *e)
{
	static const struct check checks[] = {
	    {&Q_CHECK_ACCEPTED_WITHOUT_MESSAGE, "accepted in the ledger, but without a message"},
	    {&Q_CHECK_LETTER_WITHOUT_LEDGER, "a letter that is not in the ledger"},
	    {&Q_CHECK_LETTER_TWICE, "the same letter accepted twice"},
	    {&Q_CHECK_QUEUED_WITHOUT_JOB, "a delivery waits and no job will send it"},
	    {&Q_CHECK_MESSAGE_COUNT, "a ticket counts its messages wrong"},
	    {&Q_CHECK_TICKET_WITHOUT_MESSAGE, "a ticket without a message"},
	    {&Q_CHECK_LAST_MESSAGE, "a ticket's last message is not there"},
	    {&Q_CHECK_MERGED_OPEN, "a merged ticket is not closed"},
	    {&Q_CHECK_TICKET_WITHOUT_EVENT, "a ticket that no event tells of"},
	    {&Q_CHECK_CATEGORY_WITHOUT_DECISION, "a ticket has a category that nobody gave it"},
	    {&Q_CHECK_CATEGORY_THREE_LEVELS, "a category of a third level"},
	    {&Q_CHECK_TWO_ACTIVE_MODELS, "two models of one brand decide"},
	    {&Q_CHECK_ERASED_FACTS, "what was understood of an erased message is left"},
	    {&Q_CHECK_ARTICLE_INDEX, "an article that search does not have as it is"},
	    {&Q_CHECK_ARTICLE_INDEX_ALONE, "search has an article that is not there"},
	    {&Q_CHECK_CURSOR_AHEAD, "a reader is ahead of the event log"},
	    {&Q_CHECK_ERASED_MESSAGE_LEFT, "an erased message of which something is left"},
	    {&Q_CHECK_ERASED_CONTACT_LEFT, "an erased contact of whom something is left"},
	    {&Q_CHECK_ERASED_SNIPPET, "a ticket shows words of an erased message"},
	    {&Q_CHECK_ERASED_IN_INDEX, "an erased message is in the search index"},
	    {&Q_CHECK_REDACTED_MESSAGE_RAW, "a blocked out message whose raw letter is kept"},
	    {&Q_CHECK_SIDE_THREAD_OF_OTHER_TICKET, "a message in another ticket's side thread"},
	};
	/* SQLite enforces these, and its own check finds them (ask_sqlite). */
	static const struct check checks_pg[] = {
	    {&Q_CHECK_REFERENCES, "a row refers to one that is not there"},
	    {&Q_CHECK_NAMES, "a state, kind or audience that there is not"},
	};
	enum err err = ERR_OK;
	for (size_t i = 0; !err && i < COUNT_OF(checks); i++)
		err = ask(c, &checks[i], bad, arg, e);
	*n_checks = (int)COUNT_OF(checks);
	if (db_conn_engine(c) == DB_PG) {
		for (size_t i = 0; !err && i < COUNT_OF(checks_pg); i++)
			err = ask(c, &checks_pg[i], bad, arg, e);
		*n_checks += (int)COUNT_OF(checks_pg);
	}
	if (!err && db_conn_engine(c) == DB_SQLITE) {
		*n_checks += 2;
		err = ask_sqlite(c, bad, arg, e);
	}
	return err;
}
