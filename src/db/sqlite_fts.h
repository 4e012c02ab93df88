/* sqlite_fts.h: our tokenizer, for each connection that touches the index of words. */
#ifndef OTKLIK_DB_SQLITE_FTS_H
#define OTKLIK_DB_SQLITE_FTS_H

#include <sqlite3.h>

/* Makes the tokenizer "otklik" known to this connection; SQLITE_OK or SQLite's code. */
int sqlite_fts_register(sqlite3 *db);

#endif
