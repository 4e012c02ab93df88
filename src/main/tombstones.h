/* tombstones.h: what was erased stays erased, whatever copy of the data is put
 * in place.
 *
 * The file TOMBSTONE_FILE in the data folder knows every erasure. Before the
 * service starts, and at the end of `otklik restore`, what the database does not
 * know of is applied; so also a database file that was put back by hand.
 */
#ifndef OTKLIK_MAIN_TOMBSTONES_H
#define OTKLIK_MAIN_TOMBSTONES_H

#include "main/app.h"

/* Applies the data folder's file and then brings it up to date. *applied: how many were new. */
enum err tombstones_apply(struct app *app, int64_t *applied, struct error *e) MUST_USE;
/* Whether tombstones_restore will find and understand its files; opens no database. ERR_IO, or
 * ERR_SYNTAX "error.bad_tombstones". */
enum err tombstones_look(struct app *app, const char *given, const char *backup,
                         struct error *e) MUST_USE;
/* For `restore`: the files that there are: `given` (may be NULL), the data folder's, the one beside
 * the backup. *n_files: how many were found. A given one that is not there is ERR_IO. */
enum err tombstones_restore(struct app *app, const char *given, const char *backup,
                            int64_t *applied, int *n_files, struct error *e) MUST_USE;
/* Those in the data folder's file that the database does not know of: for `verify`. */
enum err tombstones_missing(struct app *app, struct db_conn *c, int64_t *n,
                            struct error *e) MUST_USE;

#endif
