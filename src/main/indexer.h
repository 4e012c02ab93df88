/* indexer.h: keeps the search index close behind the event log. */
#ifndef OTKLIK_MAIN_INDEXER_H
#define OTKLIK_MAIN_INDEXER_H

#include "desk/desk.h"
#include "sys/log.h"

struct indexer;

/* lag: how long it lets commits pile up before it indexes them together. */
enum err indexer_start(const struct desk *desk, struct db *db, struct log *log, usec lag,
                       struct indexer **out, struct error *e) MUST_USE;
/* Something was committed: any thread, cheap. */
void indexer_wake(struct indexer *x);
/* Ends after the step under way. NULL is fine. */
void indexer_stop(struct indexer *x);

#endif
