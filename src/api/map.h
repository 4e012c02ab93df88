/* map.h: structs of desk/ and store/ as structs of the API.
 *
 * What comes from desk/ is masked already; nothing here shows more than it was
 * given. Lists live in the arena, strings where the source's do.
 */
#ifndef OTKLIK_API_MAP_H
#define OTKLIK_API_MAP_H

#include "api/call.h"
#include "desk/account.h"
#include "desk/admin.h"
#include "desk/contact.h"
#include "desk/intake_rules.h"
#include "desk/merge.h"
#include "desk/reply.h"
#include "desk/search.h"
#include "desk/sense.h"
#include "desk/session.h"
#include "desk/thread.h"
#include "desk/ticket.h"
#include "desk/privacy.h"
#include "desk/upload.h"

/* A pointer for a patch in which NULL means "stays". */
#define API_OPT(in, field) ((in)->has_##field ? &(in)->field : NULL)

/* Sets a list and its count to n new elements, and gives them (void *, to be filled). */
#define API_LIST(a, out, field, count)                                                             \
	((out)->n_##field = (count),                                                               \
	 (void *)(uintptr_t)((out)->field = arena_array((a), (count), sizeof *(out)->field)))

struct api_account_ref *api_ref(struct arena *a, int64_t id, str name); /* NULL for id 0 */
struct api_named *api_named(struct arena *a, int64_t id, str name);     /* NULL for id 0 */

void api_of_tags(struct arena *a, const struct tag *tags, size_t n, const struct api_tag **out,
                 size_t *n_out);
void api_of_ticket_row(const struct api_call *call, struct api_ticket_row *out,
                       const struct ticket_row *r);
void api_of_ticket(const struct api_call *call, struct api_ticket *out,
                   const struct ticket_full *t);
void api_of_participant(struct api_participant *out, const struct participant *p);
void api_of_thread(struct arena *a, struct api_side_thread *out, const struct side_thread_full *t);
void api_of_merge(struct arena *a, struct api_merge *out, const struct merge *m);
void api_of_contact(struct arena *a, struct api_contact *out, const struct contact *c,
                    const struct merge *merges, size_t n_merges);
void api_of_hold(struct arena *a, struct api_hold *out, const struct legal_hold *h);
void api_of_message(struct arena *a, struct api_message *out, const struct message_full *m);
void api_of_event(struct api_event *out, const struct event *ev);
void api_of_intake(struct arena *a, struct api_intake *out, const struct intake *i);

/* The language in which names are shown to the caller. */
enum lang api_lang(const struct api_call *call);
/* A category by its id in a list of names; NULL when it is not there. */
const struct api_category_ref *api_category_named(struct arena *a, enum lang lang,
                                                  const struct category_name *names, size_t n,
                                                  int64_t id);
/* Kinds of facts; words that are none are left out. */
const enum api_fact_kind *api_fact_kinds(struct arena *a, const str *list, size_t n, size_t *n_out);
/* Millionths as percent. */
int64_t api_percent(int64_t millionths);
enum api_sentiment api_sentiment_of(int sentiment);

/* Addresses of a request as those of the domain. */
const struct address *api_to_addresses(struct arena *a, const struct api_address_in *in, size_t n);
const struct field_input *api_to_fields(struct arena *a, const struct api_field_value_in *in,
                                        size_t n);
struct ticket_change api_to_change(struct arena *a, const struct api_ticket_patch *in);

/* A ticket that a verb of this job gave, as the answer of a route; sets call->version. */
enum err api_put_changed(struct api_call *call, const struct ticket *t, struct api_ticket *out,
                         struct error *e) MUST_USE;
/* The whole ticket as the answer of a route; sets call->version. */
enum err api_put_ticket(struct api_call *call, int64_t id, struct api_ticket *out,
                        struct error *e) MUST_USE;

#endif
