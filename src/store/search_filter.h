/* search_filter.h: what a ticket must be to be found, beside its words. */
#ifndef OTKLIK_STORE_SEARCH_FILTER_H
#define OTKLIK_STORE_SEARCH_FILTER_H

#include "store/ticket_row.h"

enum search_cond_kind {
	COND_STATUS,   /* bits */
	COND_LINE,     /* ids */
	COND_BRAND,    /* ids */
	COND_ASSIGNEE, /* ids; 0 among them: nobody */
	COND_CATEGORY, /* ids; 0 among them: none */
	COND_PRIORITY, /* bits */
	COND_LANG,     /* codes */
	COND_TAG,      /* text: name folded */
	COND_CHANNEL,  /* text */
	COND_CREATED,  /* from <= t < to */
	COND_UPDATED,
	COND_FILE,
	COND_PHOTO,
	COND_WAITING,
	COND_UNREAD, /* by id: the account */
	COND_VIP,
	COND_TRIAGE, /* waits for a decision about what it is */
};

struct search_cond {
	enum search_cond_kind kind;
	bool negative;
	unsigned bits; /* 1 << status or priority */
	const int64_t *ids;
	size_t n_ids;
	str text;
	const char *const *codes; /* of languages, in lower case: static storage */
	size_t n_codes;
	usec from, to;
};

struct search_filter {
	const struct search_cond *conds;
	size_t n;
};

/* Appends " AND ..." of the ticket t for each condition. */
void search_filter_sql(struct arena *a, struct buf *b, struct ticket_args *args,
                       enum db_engine engine, const struct search_filter *f);
/* The same as a list's filter, as far as its indexes go: list->where is f. */
void search_filter_list(const struct search_filter *f, struct ticket_filter *list);

#endif
