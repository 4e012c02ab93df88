/* counts.c: see counts.h. */
#include "store/counts.h"

#include "base/vec.h"
#include "store/queries_gen.h"
#include "store/ticket.h"

enum { MOST = 1000 };

static enum err count_view(struct arena *a, struct db_conn *c, const struct actor *actor,
                           enum ticket_view view, int64_t line_id, int64_t *out, struct error *e)
{
	const struct ticket_filter f = {.view = view, .line_id = line_id};
	return ticket_count(a, c, actor, &f, MOST, out, e);
}

static bool sees_line(const struct actor *actor, int64_t id)
{
	if (actor->all_lines)
		return true;
	for (size_t i = 0; i < actor->n_lines; i++)
		if (actor->lines[i] == id)
			return true;
	return false;
}

static enum err count_quarantined(struct db_conn *c, const struct actor *actor, struct counts *out,
                                  struct error *e)
{
	struct db_rows r;
	int64_t me = actor->kind == ACTOR_ACCOUNT ? actor->account_id : 0;
	db_rows_open(&r, c, &Q_COUNTS_QUARANTINED,
	             DB_ARGS(db_int(actor->all_lines && actor->all_brands), db_text(actor->scope),
	                     db_int(me)));
	if (db_rows_next(&r)) {
		out->quarantined = db_get_int(&r, 0);
		out->quarantined_mine = db_get_int(&r, 1);
		out->quarantined_since = db_get_int(&r, 2);
	}
	return db_rows_close(&r, e);
}

enum err counts_get(struct arena *a, struct db_conn *c, const struct actor *actor,
                    struct counts *out, struct error *e)
{
	*out = (struct counts){0};
	struct {
		enum ticket_view view;
		int64_t *count;
	} all[] = {
	    {TICKET_VIEW_MINE, &out->mine},     {TICKET_VIEW_UNASSIGNED, &out->unassigned},
	    {TICKET_VIEW_OPEN, &out->open},     {TICKET_VIEW_PENDING, &out->pending},
	    {TICKET_VIEW_SOLVED, &out->solved}, {TICKET_VIEW_TRIAGE, &out->triage},
	};
	enum err err;
	for (size_t i = 0; i < COUNT_OF(all); i++)
		if ((err = count_view(a, c, actor, all[i].view, 0, all[i].count, e)))
			return err;
	if (actor_may(actor, RIGHT_LEDGER_READ) && (err = count_quarantined(c, actor, out, e)))
		return err;

	VEC(struct line_count) v = {0};
	struct db_rows r;
	db_rows_open(&r, c, &Q_COUNTS_LINES, DB_NO_ARGS);
	while (db_rows_next(&r))
		if (sees_line(actor, db_get_int(&r, 0)))
			vec_push(a, &v)->line_id = db_get_int(&r, 0);
	if ((err = db_rows_close(&r, e)))
		return err;
	for (size_t i = 0; i < v.n; i++) {
		if ((err = count_view(a, c, actor, TICKET_VIEW_OPEN, v.p[i].line_id, &v.p[i].open,
		                      e)) ||
		    (err = count_view(a, c, actor, TICKET_VIEW_WAITING, v.p[i].line_id,
		                      &v.p[i].waiting, e)))
			return err;
	}
	out->lines = v.p;
	out->n_lines = v.n;
	return ERR_OK;
}
