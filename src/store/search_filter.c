/* search_filter.c: see search_filter.h. */
#include "store/search_filter.h"

#include "store/ids.h"
#include "store/queries_gen.h"

static bool has_nobody(const struct search_cond *c)
{
	for (size_t i = 0; i < c->n_ids; i++)
		if (!c->ids[i])
			return true;
	return false;
}

static void add_ids(struct arena *a, struct buf *b, struct ticket_args *args, enum db_engine engine,
                    const char *column, const struct search_cond *c)
{
	bool nobody = has_nobody(c);
	BUF_AUTO skip;
	buf_init(&skip, 0);
	buf_addf(b, "(t.%s IN ", column);
	ticket_arg(&skip, args, engine, db_text(ids_to_json(a, c->ids, c->n_ids)));
	sql_ids(b, engine, (unsigned)args->n);
	if (nobody)
		buf_addf(b, " OR t.%s IS NULL", column);
	buf_addc(b, ')');
}

static void add_span(struct buf *b, struct ticket_args *args, enum db_engine engine,
                     const char *column, const struct search_cond *c)
{
	buf_addf(b, "(t.%s >= ", column);
	ticket_arg(b, args, engine, db_int(c->from));
	buf_addf(b, " AND t.%s < ", column);
	ticket_arg(b, args, engine, db_int(c->to));
	buf_addc(b, ')');
}

static void add_status(struct buf *b, unsigned bits)
{
	const char *comma = "";
	buf_addz(b, "t.status IN (");
	for (unsigned i = 0; i < TICKET_STATUS_COUNT; i++) {
		if (bits >> i & 1) {
			buf_addf(b, "%s'%s'", comma, ticket_status_name((enum ticket_status)i));
			comma = ",";
		}
	}
	buf_addz(b, *comma ? ")" : "'')");
}

static void add_priority(struct buf *b, unsigned bits)
{
	buf_addz(b, "t.priority IN (0");
	for (unsigned i = 1; i <= 4; i++)
		if (bits >> i & 1)
			buf_addf(b, ",%u", i);
	buf_addc(b, ')');
}

/* Codes are those of a list of ours: letters, nothing to be quoted. */
static void add_langs(struct buf *b, const struct search_cond *c)
{
	buf_addz(b, "t.language IN ('-'");
	for (size_t i = 0; i < c->n_codes; i++)
		buf_addf(b, ",'%s'", c->codes[i]);
	buf_addc(b, ')');
}

static void add_cond(struct arena *a, struct buf *b, struct ticket_args *args,
                     enum db_engine engine, const struct search_cond *c)
{
	switch (c->kind) {
	case COND_STATUS:
		add_status(b, c->bits);
		break;
	case COND_LINE:
		add_ids(a, b, args, engine, "line_id", c);
		break;
	case COND_BRAND:
		add_ids(a, b, args, engine, "brand_id", c);
		break;
	case COND_ASSIGNEE:
		add_ids(a, b, args, engine, "assignee_id", c);
		break;
	case COND_CATEGORY:
		add_ids(a, b, args, engine, "category_id", c);
		break;
	case COND_PRIORITY:
		add_priority(b, c->bits);
		break;
	case COND_LANG:
		add_langs(b, c);
		break;
	case COND_TAG:
		buf_addz(b, "EXISTS (SELECT 1 FROM ticket_tag tt JOIN tag g ON g.id = tt.tag_id "
		            "WHERE tt.ticket_id = t.id AND g.name_fold = ");
		ticket_arg(b, args, engine, db_text(c->text));
		buf_addc(b, ')');
		break;
	case COND_CHANNEL:
		buf_addz(b, "t.channel = ");
		ticket_arg(b, args, engine, db_text(c->text));
		break;
	case COND_CREATED:
		add_span(b, args, engine, "created_at", c);
		break;
	case COND_UPDATED:
		add_span(b, args, engine, "last_message_at", c);
		break;
	case COND_FILE:
		buf_addz(b, "t.has_attachments <> 0");
		break;
	case COND_PHOTO:
		buf_addz(b, "(t.has_attachments <> 0 AND EXISTS (SELECT 1 FROM message fm JOIN "
		            "attachment fa ON fa.message_id = fm.id WHERE fm.ticket_id = t.id AND "
		            "fa.content_type LIKE 'image/%'))");
		break;
	case COND_WAITING:
		buf_addz(b, "t.waiting_since IS NOT NULL");
		break;
	case COND_UNREAD:
		buf_addz(b,
		         "t.last_message_id > coalesce((SELECT fr.message_id FROM ticket_read fr "
		         "WHERE fr.ticket_id = t.id AND fr.account_id = ");
		ticket_arg(b, args, engine, db_int(c->n_ids ? c->ids[0] : 0));
		buf_addz(b, "), 0)");
		break;
	case COND_VIP:
		buf_addz(b, "EXISTS (SELECT 1 FROM contact fc WHERE fc.id = t.contact_id AND "
		            "fc.vip <> 0)");
		break;
	case COND_TRIAGE: /* as TICKET_VIEW_TRIAGE */
		buf_addz(b, "(t.triage = 1 AND t.status IN ('new','open','pending','on_hold'))");
		break;
	}
}

void search_filter_sql(struct arena *a, struct buf *b, struct ticket_args *args,
                       enum db_engine engine, const struct search_filter *f)
{
	for (size_t i = 0; f && i < f->n; i++) {
		/* What is NULL fits no condition, and so its opposite. */
		buf_addz(b, f->conds[i].negative ? " AND NOT coalesce(" : " AND ");
		add_cond(a, b, args, engine, &f->conds[i]);
		if (f->conds[i].negative)
			buf_addz(b, engine == DB_PG ? ", FALSE)" : ", 0)");
	}
}

void search_filter_list(const struct search_filter *f, struct ticket_filter *list)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct search_cond *c = &f->conds[i];
		bool one = c->n_ids == 1 && !c->negative;
		if (c->kind == COND_STATUS) {
			unsigned s =
			    c->negative ? ~c->bits & ((1U << TICKET_STATUS_COUNT) - 1) : c->bits;
			list->statuses = list->statuses ? list->statuses & s : s;
		} else if (c->kind == COND_LINE && one) {
			list->line_id = c->ids[0];
		} else if (c->kind == COND_BRAND && one) {
			list->brand_id = c->ids[0];
		} else if (c->kind == COND_ASSIGNEE && one) {
			list->has_assignee = true;
			list->assignee_id = c->ids[0];
		} else if (c->kind == COND_CATEGORY && !c->negative && !has_nobody(c)) {
			list->categories = c->ids;
			list->n_categories = c->n_ids;
		} else if (c->kind == COND_TRIAGE && !c->negative) {
			list->view = TICKET_VIEW_TRIAGE;
		} else if (c->kind == COND_TAG && !c->negative) {
			list->tag = c->text;
		} else if (c->kind == COND_WAITING) {
			list->waiting = c->negative ? -1 : 1;
		}
	}
	list->where = f;
}
