/* map.c: see map.h. */
#include "api/map.h"

#include "mime/fault.h"

/* The enumerations of the API are those of the store, in the same order. */
_Static_assert((int)API_TICKET_STATUS_COUNT == (int)TICKET_STATUS_COUNT, "TicketStatus");
_Static_assert((int)API_MESSAGE_KIND_COUNT == (int)MESSAGE_KIND_COUNT, "MessageKind");
_Static_assert((int)API_DELIVERY_STATE_COUNT == (int)DELIVERY_STATE_COUNT, "DeliveryState");
_Static_assert((int)API_DELIVERY_FAULT_COUNT == (int)MIME_FAULT_COUNT, "DeliveryFault");
_Static_assert((int)API_IDENTITY_KIND_COUNT == (int)IDENTITY_KIND_COUNT, "IdentityKind");
_Static_assert((int)API_INTAKE_STATE_REJECTED == (int)INTAKE_REJECTED, "IntakeState");

struct api_account_ref *api_ref(struct arena *a, int64_t id, str name)
{
	if (!id)
		return NULL;
	struct api_account_ref *r = ARENA_NEW(a, struct api_account_ref);
	*r = (struct api_account_ref){.id = id, .name = name};
	return r;
}

struct api_named *api_named(struct arena *a, int64_t id, str name)
{
	if (!id)
		return NULL;
	struct api_named *r = ARENA_NEW(a, struct api_named);
	*r = (struct api_named){.id = id, .name = name};
	return r;
}

void api_of_tags(struct arena *a, const struct tag *tags, size_t n, const struct api_tag **out,
                 size_t *n_out)
{
	struct api_tag *t = ARENA_ARRAY(a, n, struct api_tag);
	for (size_t i = 0; i < n; i++)
		t[i] = (struct api_tag){.id = tags[i].id, .name = tags[i].name};
	*out = t;
	*n_out = n;
}

static enum api_priority priority(int p)
{
	return (enum api_priority)(p >= 1 && p <= API_PRIORITY_COUNT ? p - 1 : 1);
}

enum lang api_lang(const struct api_call *call)
{
	enum lang lang = LANG_EN;
	(void)lang_of(str_of(call->actor->lang), &lang);
	return lang;
}

static const struct api_category_ref *category_ref(struct arena *a, enum lang lang,
                                                   const struct category_name *x)
{
	if (!x)
		return NULL;
	struct api_category_ref *ref = ARENA_NEW(a, struct api_category_ref);
	*ref = (struct api_category_ref){.id = x->id,
	                                 .name = x->name[lang],
	                                 .parent = x->parent_id ? x->parent[lang] : STR_NONE};
	return ref;
}

const struct api_category_ref *api_category_named(struct arena *a, enum lang lang,
                                                  const struct category_name *names, size_t n,
                                                  int64_t id)
{
	return category_ref(a, lang, category_name_of(names, n, id));
}

const enum api_fact_kind *api_fact_kinds(struct arena *a, const str *list, size_t n, size_t *n_out)
{
	enum api_fact_kind *out = ARENA_ARRAY(a, n, enum api_fact_kind);
	*n_out = 0;
	for (size_t i = 0; i < n; i++) {
		int kind = api_names_find(&api_fact_kind_names, list[i]);
		if (kind >= 0)
			out[(*n_out)++] = (enum api_fact_kind)kind;
	}
	return out;
}

int64_t api_percent(int64_t millionths)
{
	return (millionths + SENSE_ONE / 200) / (SENSE_ONE / 100);
}

enum api_sentiment api_sentiment_of(int sentiment)
{
	return sentiment < 0   ? API_SENTIMENT_NEGATIVE
	       : sentiment > 0 ? API_SENTIMENT_POSITIVE
	                       : API_SENTIMENT_NEUTRAL;
}

void api_of_ticket_row(const struct api_call *call, struct api_ticket_row *out,
                       const struct ticket_row *r)
{
	struct arena *a = call->arena;
	const struct ticket *t = &r->t;
	*out = (struct api_ticket_row){
	    .id = t->id,
	    .subject = t->subject,
	    .snippet = t->snippet,
	    .status = (enum api_ticket_status)t->status,
	    .priority = priority(t->priority),
	    .channel = t->channel,
	    .contact = {.id = t->contact_id,
	                .name = r->contact_name,
	                .address = r->contact_address,
	                .vip = r->contact_vip},
	    .assignee = api_ref(a, t->assignee_id, r->assignee_name),
	    .line = {.id = t->line_id, .name = r->line_name},
	    .brand = {.id = t->brand_id, .name = r->brand_name},
	    .created_at = t->created_at,
	    .updated_at = t->updated_at,
	    .last_message_at = t->last_message_at,
	    .waiting_since = t->waiting_since,
	    .last_from = t->last_from,
	    .message_count = t->message_count,
	    .has_attachments = t->has_attachments,
	    .unread = r->unread,
	    .erased = t->erased_at != 0,
	    .category = category_ref(a, api_lang(call), r->category),
	    .triage = t->triage,
	    .language = t->language,
	    .sentiment = api_sentiment_of(t->sentiment),
	    .urgent = t->flags & SENSE_URGENT,
	    .wants_manager = t->flags & SENSE_MANAGER,
	    .abuse = t->flags & SENSE_ABUSE,
	    .thanks = t->flags & SENSE_THANKS,
	    .version = t->version,
	};
	api_of_tags(a, r->tags, r->n_tags, &out->tags, &out->n_tags);
	out->question = r->question;
	struct api_candidate *guesses = API_LIST(a, out, guesses, r->n_guesses);
	for (size_t i = 0; i < r->n_guesses; i++)
		guesses[i] =
		    (struct api_candidate){*category_ref(a, api_lang(call), r->guesses[i].category),
		                           api_percent(r->guesses[i].confidence)};
}

void api_of_participant(struct api_participant *out, const struct participant *p)
{
	*out = (struct api_participant){
	    .id = p->id,
	    .name = p->name,
	    .address = p->address,
	    .role =
	        (enum api_participant_role)api_names_stored(&api_participant_role_names, p->role),
	    .thread_id = p->thread_id,
	};
}

void api_of_thread(struct arena *a, struct api_side_thread *out, const struct side_thread_full *t)
{
	*out = (struct api_side_thread){
	    .id = t->t.id,
	    .subject = t->t.subject,
	    .created_by = api_ref(a, t->t.created_by, t->t.created_by_name),
	    .created_at = t->t.created_at,
	    .message_count = t->t.message_count,
	};
	struct api_participant *p = API_LIST(a, out, participants, t->n_participants);
	for (size_t i = 0; i < t->n_participants; i++)
		api_of_participant(&p[i], &t->participants[i]);
}

void api_of_merge(struct arena *a, struct api_merge *out, const struct merge *m)
{
	*out = (struct api_merge){
	    .id = m->id,
	    .kind = str_of(merge_kind_name(m->kind)),
	    .from_id = m->from_id,
	    .into_id = m->into_id,
	    .created_at = m->created_at,
	    .created_by = api_ref(a, m->created_by, m->created_by_name),
	    .undone_at = m->undone_at,
	};
}

void api_of_hold(struct arena *a, struct api_hold *out, const struct legal_hold *h)
{
	*out = (struct api_hold){
	    .id = h->id,
	    .contact_id = h->contact_id,
	    .ticket_id = h->ticket_id,
	    .reason = h->reason,
	    .set_by = api_ref(a, h->set_by, h->set_by_name),
	    .set_at = h->set_at,
	    .lifted_at = h->lifted_at,
	};
}

void api_of_contact(struct arena *a, struct api_contact *out, const struct contact *c,
                    const struct merge *merges, size_t n_merges)
{
	*out = (struct api_contact){
	    .id = c->id,
	    .name = c->name,
	    .vip = c->vip,
	    .note = c->note,
	    .language = c->language,
	    .organisation = api_named(a, c->organisation_id, c->organisation_name),
	    .attributes = c->attributes,
	    .ticket_count = c->ticket_count,
	    .merged_into = c->merged_into,
	    .erased_at = c->erased_at,
	    .created_at = c->created_at,
	    .version = c->version,
	};
	struct api_identity *ids = API_LIST(a, out, identities, c->n_identities);
	for (size_t i = 0; i < c->n_identities; i++)
		ids[i] = (struct api_identity){
		    .id = c->identities[i].id,
		    .kind = (enum api_identity_kind)c->identities[i].kind,
		    .value = c->identities[i].value,
		    .verified = c->identities[i].verified,
		};
	struct api_merge *m = API_LIST(a, out, merges, n_merges);
	for (size_t i = 0; i < n_merges; i++)
		api_of_merge(a, &m[i], &merges[i]);
}

static struct api_sends_as *sends_as(struct arena *a, const struct ticket_full *f)
{
	if (!f->sends_address.n)
		return NULL;
	struct api_sends_as *s = ARENA_NEW(a, struct api_sends_as);
	*s = (struct api_sends_as){.name = f->sends_name,
	                           .address = f->sends_address,
	                           .via = f->sends_via,
	                           .full_until = f->sends_full_until};
	return s;
}

void api_of_ticket(const struct api_call *call, struct api_ticket *out, const struct ticket_full *f)
{
	struct arena *a = call->arena;
	const struct ticket *t = &f->t;
	*out = (struct api_ticket){
	    .id = t->id,
	    .subject = t->subject,
	    .status = (enum api_ticket_status)t->status,
	    .priority = priority(t->priority),
	    .channel = t->channel,
	    .assignee = api_ref(a, t->assignee_id, f->assignee_name),
	    .line = {.id = t->line_id, .name = f->line_name},
	    .brand = {.id = t->brand_id, .name = f->brand_name},
	    .inbox = api_named(a, t->inbox_id, f->inbox_name),
	    .merged_into = t->merged_into,
	    .split_from = t->split_from,
	    .created_at = t->created_at,
	    .updated_at = t->updated_at,
	    .last_message_at = t->last_message_at,
	    .last_message_id = t->last_message_id,
	    .waiting_since = t->waiting_since,
	    .first_reply_at = t->first_reply_at,
	    .solved_at = t->solved_at,
	    .message_count = t->message_count,
	    .reply_to = f->reply_to,
	    .sends_as = sends_as(a, f),
	    .read_message_id = f->read_message_id,
	    .erased_at = t->erased_at,
	    .category = category_ref(a, api_lang(call), f->category),
	    .category_by = t->category_by,
	    .confidence = api_percent(t->confidence),
	    .triage = t->triage,
	    .language = t->language,
	    .sentiment = api_sentiment_of(t->sentiment),
	    .urgent = t->flags & SENSE_URGENT,
	    .wants_manager = t->flags & SENSE_MANAGER,
	    .abuse = t->flags & SENSE_ABUSE,
	    .thanks = t->flags & SENSE_THANKS,
	    .version = t->version,
	};
	api_of_contact(a, &out->contact, &f->contact, NULL, 0);
	struct api_hold *holds = API_LIST(a, out, holds, f->n_holds);
	for (size_t i = 0; i < f->n_holds; i++)
		api_of_hold(a, &holds[i], &f->holds[i]);
	api_of_tags(a, f->tags, f->n_tags, &out->tags, &out->n_tags);
	struct api_field_value *fields = API_LIST(a, out, fields, f->n_fields);
	for (size_t i = 0; i < f->n_fields; i++)
		fields[i] = (struct api_field_value){f->fields[i].key, f->fields[i].value};
	struct api_participant *p = API_LIST(a, out, participants, f->n_participants);
	for (size_t i = 0; i < f->n_participants; i++)
		api_of_participant(&p[i], &f->participants[i]);
	struct api_side_thread *threads = API_LIST(a, out, threads, f->n_threads);
	for (size_t i = 0; i < f->n_threads; i++)
		api_of_thread(a, &threads[i], &f->threads[i]);
	struct api_merge *merges = API_LIST(a, out, merges, f->n_merges);
	for (size_t i = 0; i < f->n_merges; i++)
		api_of_merge(a, &merges[i], &f->merges[i]);
}

static const struct api_address *addresses(struct arena *a, const struct address *in, size_t n)
{
	struct api_address *out = ARENA_ARRAY(a, n, struct api_address);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct api_address){in[i].name, in[i].address};
	return out;
}

static bool is_picture(str content_type)
{
	return str_is(content_type, "image/png") || str_is(content_type, "image/jpeg") ||
	       str_is(content_type, "image/gif") || str_is(content_type, "image/webp");
}

void api_of_message(struct arena *a, struct api_message *out, const struct message_full *f)
{
	const struct message *m = &f->m;
	*out = (struct api_message){
	    .id = m->id,
	    .ticket_id = m->ticket_id,
	    .thread_id = m->thread_id,
	    .kind = (enum api_message_kind)m->kind,
	    .channel = m->channel,
	    .author = f->author,
	    .author_address = m->author_address,
	    .account_id = m->account_id,
	    .contact_id = m->contact_id,
	    .sent_at = m->sent_at,
	    .created_at = m->created_at,
	    .subject = m->subject,
	    .text = m->text,
	    .quoted = m->quoted,
	    .has_html = m->has_html,
	    .auto_ = m->is_auto,
	    .warning = m->warning,
	    .erased_at = m->erased_at,
	    .redacted = m->redacted_at != 0,
	    .undo_until = f->undo_until,
	    .to = addresses(a, m->rcpt.to, m->rcpt.n_to),
	    .n_to = m->rcpt.n_to,
	    .cc = addresses(a, m->rcpt.cc, m->rcpt.n_cc),
	    .n_cc = m->rcpt.n_cc,
	};
	struct api_attachment *files = API_LIST(a, out, attachments, f->n_attachments);
	for (size_t i = 0; i < f->n_attachments; i++) {
		const struct attachment *at = &f->attachments[i];
		files[i] = (struct api_attachment){
		    .id = at->id,
		    .name = at->name,
		    .content_type = at->content_type,
		    .size = at->size,
		    .inline_ = at->is_inline,
		    .image = is_picture(at->content_type) && !attachment_is_held(at),
		    .locked = at->locked,
		    .held = attachment_is_held(at),
		    .url = str_printf(a, "/api/v1/attachments/%lld", (long long)at->id),
		};
	}
	struct api_delivery *d = API_LIST(a, out, deliveries, f->n_deliveries);
	for (size_t i = 0; i < f->n_deliveries; i++) {
		const struct delivery *dl = &f->deliveries[i];
		d[i] = (struct api_delivery){
		    .address = dl->address,
		    .role = dl->role,
		    .state = (enum api_delivery_state)dl->state,
		    .attempts = dl->attempts,
		    .code = dl->code,
		    .status = dl->status,
		    .answer = dl->answer,
		    .updated_at = dl->updated_at,
		    .held = dl->held,
		    .due_at = dl->state == DELIVERY_QUEUED ? dl->due_at : 0,
		    .sender = dl->sender_name,
		    .instead_of = dl->instead_of,
		};
		bool trouble = dl->state == DELIVERY_FAILED || dl->state == DELIVERY_BOUNCED ||
		               (dl->state == DELIVERY_QUEUED && dl->attempts > 0);
		if (trouble) {
			d[i].has_fault = true;
			d[i].fault = (enum api_delivery_fault)mime_fault_of(dl->code, dl->status,
			                                                    dl->answer);
		}
	}
}

void api_of_event(struct api_event *out, const struct event *ev)
{
	static const char *const audiences[] = {"customer", "agents", "leads", "system"};
	*out = (struct api_event){
	    .id = ev->id,
	    .schema = ev->schema,
	    .at = ev->at,
	    .type = ev->type_name,
	    .audience = str_of(audiences[ev->audience]),
	    .actor = ev->actor,
	    .ticket_id = ev->ticket_id,
	    .line_id = ev->line_id,
	    .brand_id = ev->brand_id,
	    .data = ev->data,
	};
}

void api_of_intake(struct arena *a, struct api_intake *out, const struct intake *i)
{
	*out = (struct api_intake){
	    .id = i->id,
	    .received_at = i->received_at,
	    .channel = i->channel,
	    .inbox = api_named(a, i->inbox_id, i->inbox_name),
	    .sender = i->sender,
	    .recipient = i->recipient,
	    .from_address = i->from_address,
	    .subject = i->subject,
	    .size = i->size,
	    .state = (enum api_intake_state)i->state,
	    .reason = i->reason,
	    .ticket_id = i->ticket_id,
	    .message_id = i->message_id,
	    .decided_by = api_ref(a, i->decided_by, i->decided_by_name),
	    .decided_at = i->decided_at,
	    .decided_note = i->decided_note,
	    .owner = api_ref(a, i->owner_id, i->owner_name),
	    .owned_at = i->owned_at,
	    .detail = i->detail,
	};
}

/* ---- the other way ---- */

const struct address *api_to_addresses(struct arena *a, const struct api_address_in *in, size_t n)
{
	struct address *out = ARENA_ARRAY(a, n, struct address);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct address){.name = in[i].name, .address = in[i].address};
	return out;
}

const struct field_input *api_to_fields(struct arena *a, const struct api_field_value_in *in,
                                        size_t n)
{
	struct field_input *out = ARENA_ARRAY(a, n, struct field_input);
	for (size_t i = 0; i < n; i++)
		out[i] = (struct field_input){.key = in[i].key, .value = in[i].value};
	return out;
}

struct ticket_change api_to_change(struct arena *a, const struct api_ticket_patch *in)
{
	return (struct ticket_change){
	    .version = in->has_version ? in->version : 0,
	    .has_subject = in->has_subject,
	    .subject = in->subject,
	    .has_status = in->has_status,
	    .status = (enum ticket_status)in->status,
	    .priority = in->has_priority ? (int)in->priority + 1 : 0,
	    .has_assignee = in->has_assignee_id,
	    .assignee_id = in->assignee_id,
	    .line_id = in->line_id,
	    .has_tags = in->has_tags,
	    .tags = in->tags,
	    .n_tags = in->n_tags,
	    .fields = api_to_fields(a, in->fields, in->n_fields),
	    .n_fields = in->n_fields,
	    .has_category = in->has_category_id,
	    .category_id = in->category_id,
	};
}

enum err api_put_ticket(struct api_call *call, int64_t id, struct api_ticket *out, struct error *e)
{
	struct ticket_full *t = ARENA_NEW(call->arena, struct ticket_full);
	enum err err = desk_ticket_full(call->desk, call->arena, call->conn, call->actor, id, t, e);
	if (err)
		return err;
	api_of_ticket(call, out, t);
	call->version = t->t.version;
	return ERR_OK;
}

enum err api_put_changed(struct api_call *call, const struct ticket *t, struct api_ticket *out,
                         struct error *e)
{
	/* Not by its id: a change of line may have taken it out of its changer's
	 * sight, and this is the last that they see of it. */
	struct ticket_full *full = ARENA_NEW(call->arena, struct ticket_full);
	enum err err = desk_ticket_show(call->arena, call->conn, call->actor, t,
	                                clock_now(call->desk->clock), full, e);
	if (err)
		return err;
	api_of_ticket(call, out, full);
	call->version = t->version;
	return ERR_OK;
}
