/* sqlite_fts.c: the tokenizer "otklik" of FTS5.
 *
 * Texts are analysed above (text/term.h), for both engines alike and not on the writer's thread.
 * What comes here are its terms with a space between, in the index as in a query's quotes: each is
 * a token, and one that begins with a mark (no letter or digit) stands in the index at the place of
 * the word before it.
 */
#include "db/db_internal.h"

#include <sqlite3.h>

#include "db/sqlite_fts.h"

static int create(void *arg UNUSED, const char **args UNUSED, int n UNUSED, Fts5Tokenizer **out)
{
	/* It has no state: any address will do. */
	static const char none;
	*out = (Fts5Tokenizer *)(uintptr_t)&none;
	return SQLITE_OK;
}

static void delete (Fts5Tokenizer *t UNUSED)
{
}

static bool is_mark(char c)
{
	return c == '~' || c == '^' || c == '#' || c == '@';
}

static int tokenize(Fts5Tokenizer *t UNUSED, void *arg, int flags, const char *text, int n,
                    int (*token)(void *, int, const char *, int, int, int))
{
	bool query = (flags & FTS5_TOKENIZE_QUERY) != 0;
	int rc = SQLITE_OK;
	for (int at = 0, end; rc == SQLITE_OK && at < n; at = end + 1) {
		const char *space = memchr(text + at, ' ', (size_t)(n - at));
		end = space ? (int)(space - text) : n;
		if (end == at)
			continue;
		bool same = !query && is_mark(text[at]);
		rc = token(arg, same ? FTS5_TOKEN_COLOCATED : 0, text + at, end - at, at, end);
	}
	return rc;
}

int sqlite_fts_register(sqlite3 *db)
{
	fts5_api *api = NULL;
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &st, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_pointer(st, 1, (void *)&api, "fts5_api_ptr", NULL);
		sqlite3_step(st);
		rc = sqlite3_finalize(st);
	}
	if (rc != SQLITE_OK)
		return rc;
	fts5_tokenizer x = {.xCreate = create, .xDelete = delete, .xTokenize = tokenize};
	return api ? api->xCreateTokenizer(api, "otklik", NULL, &x, NULL) : SQLITE_ERROR;
}
