/* dump_tables.h: which tables a backup holds, in an order in which foreign keys
 * hold, with their primary keys (for reading in pages). */
#ifndef OTKLIK_STORE_DUMP_TABLES_H
#define OTKLIK_STORE_DUMP_TABLES_H

#include "base/base.h"

struct dump_table {
	const char *name;
	const char *keys[2];
	size_t n_keys;
	bool identity; /* id is given by the database */
};

#define BY_ID(t)                                                                                   \
	{                                                                                          \
		t, {"id"}, 1, true                                                                 \
	}
static const struct dump_table DUMP_TABLES[] = {
    {"system", {"key"}, 1, false},
    {"setting", {"key"}, 1, false},
    BY_ID("brand"),
    BY_ID("line"),
    BY_ID("role"),
    BY_ID("account"),
    {"account_line", {"account_id", "line_id"}, 2, false},
    {"account_brand", {"account_id", "brand_id"}, 2, false},
    BY_ID("invitation"),
    BY_ID("api_token"),
    BY_ID("organisation"),
    BY_ID("contact"),
    BY_ID("identity"),
    BY_ID("oauth_credential"),
    BY_ID("smtp_sender"),
    BY_ID("inbox"),
    BY_ID("mailbox"),
    BY_ID("tag"),
    BY_ID("custom_field"),
    BY_ID("category"),
    BY_ID("ticket"),
    {"ticket_tag", {"ticket_id", "tag_id"}, 2, false},
    {"ticket_field", {"ticket_id", "field_id"}, 2, false},
    {"ticket_read", {"account_id", "ticket_id"}, 2, false},
    BY_ID("side_thread"),
    BY_ID("participant"),
    BY_ID("message"),
    BY_ID("attachment"),
    BY_ID("upload"),
    BY_ID("delivery"),
    BY_ID("intake"),
    BY_ID("model"),
    BY_ID("decision"),
    BY_ID("ticket_fact"),
    BY_ID("training_example"),
    {"sense_rule", {"brand_id"}, 1, false},
    BY_ID("article"),
    {"import_thread", {"key"}, 1, false},
    BY_ID("merge"),
    BY_ID("retention_rule"),
    BY_ID("legal_hold"),
    BY_ID("erasure"),
    BY_ID("tombstone"),
    {"blob_doomed", {"hash"}, 1, false},
    {"event", {"id"}, 1, false},
    {"event_cursor", {"name"}, 1, false},
    BY_ID("job"),
    {"idempotency", {"account_id", "key"}, 2, false},
};
#undef BY_ID
#define DUMP_N_TABLES COUNT_OF(DUMP_TABLES)

/* Made anew, or better not taken over: sessions and throttles end with the
 * machine, blobs are kept as bytes, the index follows the log. */
static const char *const DUMP_SKIPPED[] = {"session",     "throttle",       "blob",
                                           "blob_chunk",  "message_search", "article_search",
                                           "search_word", "schema_version"};

#endif
