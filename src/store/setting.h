/* setting.h: settings that the admin form changed; they stand above the configuration. */
#ifndef OTKLIK_STORE_SETTING_H
#define OTKLIK_STORE_SETTING_H

#include "db/db.h"

struct setting_row {
	str key, value;
	usec updated_at;
	int64_t updated_by;
};

enum err setting_list(struct arena *a, struct db_conn *c, struct setting_row **out, size_t *n,
                      struct error *e) MUST_USE;
enum err setting_set(struct db_conn *tx, str key, str value, usec now, int64_t account_id,
                     struct error *e) MUST_USE;
/* Back to the configuration's value. */
enum err setting_remove(struct db_conn *tx, str key, struct error *e) MUST_USE;

#endif
