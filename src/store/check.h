/* check.h: the invariants of the model, asked of the rows themselves. */
#ifndef OTKLIK_STORE_CHECK_H
#define OTKLIK_STORE_CHECK_H

#include "db/db.h"

/* Calls bad once for each row found that breaks an invariant (at most 20 a
 * kind): what is broken, in English, and the row's id. Also SQLite's own
 * integrity and foreign key checks. *n_checks: how many kinds were asked. */
enum err check_rows(struct db_conn *c, void (*bad)(void *arg, const char *what, int64_t id),
                    void *arg, int *n_checks, struct error *e) MUST_USE;

#endif
