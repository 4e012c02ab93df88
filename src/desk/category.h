/* category.h: the tree of categories: reading with ticket.read, changing with category.edit.
 *
 * Two levels; a category is of one brand or of all, and a child is of its parent's brand, or
 * narrower. An archived one stays on old tickets and is given to none.
 */
#ifndef OTKLIK_DESK_CATEGORY_H
#define OTKLIK_DESK_CATEGORY_H

#include "desk/desk.h"
#include "store/category.h"

/* Kinds of facts, in the order in which they are shown; ends with NULL. */
extern const char *const desk_fact_kinds[];

/* Those of the brands that the actor sees, and of all brands, by position; archived ones too. */
enum err desk_category_list(const struct desk *d, struct arena *a, struct db_conn *c,
                            const struct actor *actor, struct category **out, size_t *n,
                            struct error *e) MUST_USE;

/* The category and those below it; one that is none or not seen is alone (and no ticket has it). */
enum err desk_category_with_children(const struct desk *d, struct arena *a, struct db_conn *c,
                                     const struct actor *actor, int64_t id, int64_t **out,
                                     size_t *n, struct error *e) MUST_USE;

struct desk_category_patch {
	const int64_t *version;
	const int64_t *brand_id;                                  /* on creating only; 0 = all */
	const int64_t *parent_id, *line_id, *priority, *position; /* 0 = none */
	const str *slug, *name_en, *name_ru;
	const str *facts;
	size_t n_facts; /* facts NULL: stays */
	const bool *active;
};
/* At least one name; the other language takes it over, and the slug is made from it. */
enum err desk_category_create(const struct desk *d, struct arena *a, struct db_conn *tx,
                              const struct actor *actor, const struct desk_category_patch *patch,
                              struct category *out, struct error *e) MUST_USE;
enum err desk_category_patch(const struct desk *d, struct arena *a, struct db_conn *tx,
                             const struct actor *actor, int64_t id,
                             const struct desk_category_patch *patch, struct category *out,
                             struct error *e) MUST_USE;

/* Whether one of these has this label, as desk_category_ensure finds it. */
bool desk_category_known(const struct category *all, size_t n, int64_t brand_id, str label);
/* The category with this label of a training file: its slug, or "parent/child", or either name;
 * missing ones are made. For the service itself. brand_id 0 = of all brands. */
enum err desk_category_ensure(const struct desk *d, struct arena *a, struct db_conn *tx,
                              int64_t brand_id, str label, int64_t *id, struct error *e) MUST_USE;

/* Where the tickets of a category go, and what its answer needs: its own, else its parent's.
 * `all` as category_list gives them. */
int64_t category_line(const struct category *all, size_t n, const struct category *x);
int64_t category_priority(const struct category *all, size_t n, const struct category *x);
/* Kinds of facts of the category and of its parent, each once. */
size_t category_facts(struct arena *a, const struct category *all, size_t n,
                      const struct category *x, str **out);

#endif
