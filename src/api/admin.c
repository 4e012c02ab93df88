/* admin.c: brands, lines, inboxes, custom fields. */
#include "api/map.h"

/* ---- brands ---- */

static void put_brand(struct api_brand *out, const struct brand *b)
{
	*out = (struct api_brand){
	    .id = b->id,
	    .name = b->name,
	    .slug = b->slug,
	    .base_url = b->base_url,
	    .language = (enum api_language)api_names_stored(&api_language_names, b->language),
	    .active = b->active,
	    .version = b->version,
	};
}

enum err api_brand_list(struct api_call *call, struct api_brand_list *out, struct error *e)
{
	struct brand *list;
	size_t n = 0;
	enum err err = desk_brand_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_brand *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_brand(&items[i], &list[i]);
	return ERR_OK;
}

static enum err change_brand(struct api_call *call, const struct api_brand_in *in, bool create,
                             struct api_brand *out, struct error *e)
{
	struct brand b;
	str language = api_language_name(in->language);
	int64_t version = api_version(call, in->has_version, in->version);
	const struct desk_brand_patch patch = {
	    .version = version ? &version : NULL,
	    .name = API_OPT(in, name),
	    .slug = API_OPT(in, slug),
	    .base_url = API_OPT(in, base_url),
	    .language = in->has_language ? &language : NULL,
	    .active = API_OPT(in, active),
	};
	enum err err = create ? desk_brand_create(CALL_DESK, &patch, &b, e)
	                      : desk_brand_patch(CALL_DESK, call->id, &patch, &b, e);
	if (err == ERR_OK)
		put_brand(out, &b);
	return err;
}

enum err api_brand_create(struct api_call *call, const struct api_brand_in *in,
                          struct api_brand *out, struct error *e)
{
	return change_brand(call, in, true, out, e);
}

enum err api_brand_patch(struct api_call *call, const struct api_brand_in *in,
                         struct api_brand *out, struct error *e)
{
	return change_brand(call, in, false, out, e);
}

/* ---- lines ---- */

static void put_line(struct arena *a, struct api_line *out, const struct line *l)
{
	*out = (struct api_line){
	    .id = l->id,
	    .name = l->name,
	    .level = l->level,
	    .description = l->description,
	    .position = l->position,
	    .active = l->active,
	    .version = l->version,
	};
	struct api_account_ref *members = API_LIST(a, out, members, l->n_members);
	for (size_t i = 0; i < l->n_members; i++)
		members[i] = (struct api_account_ref){l->members[i].id, l->members[i].name};
}

enum err api_line_list(struct api_call *call, struct api_line_list *out, struct error *e)
{
	struct line *list;
	size_t n = 0;
	enum err err = desk_line_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_line *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_line(call->arena, &items[i], &list[i]);
	return ERR_OK;
}

static enum err change_line(struct api_call *call, const struct api_line_in *in, bool create,
                            struct api_line *out, struct error *e)
{
	struct line l = {0};
	int64_t version = api_version(call, in->has_version, in->version);
	const struct desk_ids members = {in->member_ids, in->n_member_ids};
	const struct desk_line_patch patch = {
	    .version = version ? &version : NULL,
	    .name = API_OPT(in, name),
	    .description = API_OPT(in, description),
	    .level = API_OPT(in, level),
	    .position = API_OPT(in, position),
	    .active = API_OPT(in, active),
	    .members = in->has_member_ids ? &members : NULL,
	};
	enum err err = create ? desk_line_create(CALL_DESK, &patch, &l, e)
	                      : desk_line_patch(CALL_DESK, call->id, &patch, &l, e);
	if (err == ERR_OK)
		put_line(call->arena, out, &l);
	return err;
}

enum err api_line_create(struct api_call *call, const struct api_line_in *in, struct api_line *out,
                         struct error *e)
{
	return change_line(call, in, true, out, e);
}

enum err api_line_patch(struct api_call *call, const struct api_line_in *in, struct api_line *out,
                        struct error *e)
{
	return change_line(call, in, false, out, e);
}

/* ---- inboxes ---- */

static void put_inbox(struct api_inbox *out, const struct inbox *i)
{
	*out = (struct api_inbox){
	    .id = i->id,
	    .brand_id = i->brand_id,
	    .line_id = i->line_id,
	    .name = i->name,
	    .address = i->address,
	    .sender_name = i->sender_name,
	    .signature = i->signature,
	    .autoack = i->autoack,
	    .smtp_host = i->smtp_host,
	    .smtp_port = i->smtp_port,
	    .smtp_tls = i->smtp_tls,
	    .smtp_user = i->smtp_user,
	    .smtp_password_set = i->smtp_password_box.n > 0,
	    .sender_id = i->sender_id,
	    .quote = (enum api_quote)api_names_stored(&api_quote_names, i->quote),
	    .hour_most = i->hour_most,
	    .ack_en = i->ack_en,
	    .ack_ru = i->ack_ru,
	    .active = i->active,
	    .version = i->version,
	};
}

enum err api_inbox_list(struct api_call *call, struct api_inbox_list *out, struct error *e)
{
	struct inbox *list;
	size_t n = 0;
	enum err err = desk_inbox_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_inbox *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_inbox(&items[i], &list[i]);
	return ERR_OK;
}

static enum err change_inbox(struct api_call *call, const struct api_inbox_in *in, bool create,
                             struct api_inbox *out, struct error *e)
{
	struct inbox i;
	str tls = api_tls_mode_name(in->smtp_tls), quote = api_quote_name(in->quote);
	int64_t version = api_version(call, in->has_version, in->version);
	const struct desk_inbox_patch patch = {
	    .version = version ? &version : NULL,
	    .brand_id = API_OPT(in, brand_id),
	    .line_id = API_OPT(in, line_id),
	    .name = API_OPT(in, name),
	    .address = API_OPT(in, address),
	    .sender_name = API_OPT(in, sender_name),
	    .signature = API_OPT(in, signature),
	    .autoack = API_OPT(in, autoack),
	    .active = API_OPT(in, active),
	    .smtp_host = API_OPT(in, smtp_host),
	    .smtp_tls = in->has_smtp_tls ? &tls : NULL,
	    .smtp_user = API_OPT(in, smtp_user),
	    .smtp_port = API_OPT(in, smtp_port),
	    .smtp_password = API_OPT(in, smtp_password),
	    .sender_id = API_OPT(in, sender_id),
	    .quote = in->has_quote ? &quote : NULL,
	    .hour_most = API_OPT(in, hour_most),
	    .ack_en = API_OPT(in, ack_en),
	    .ack_ru = API_OPT(in, ack_ru),
	};
	enum err err = create ? desk_inbox_create(CALL_DESK, &patch, &i, e)
	                      : desk_inbox_patch(CALL_DESK, call->id, &patch, &i, e);
	if (err == ERR_OK)
		put_inbox(out, &i);
	return err;
}

enum err api_inbox_create(struct api_call *call, const struct api_inbox_in *in,
                          struct api_inbox *out, struct error *e)
{
	return change_inbox(call, in, true, out, e);
}

enum err api_inbox_patch(struct api_call *call, const struct api_inbox_in *in,
                         struct api_inbox *out, struct error *e)
{
	return change_inbox(call, in, false, out, e);
}

/* ---- custom fields ---- */

static void put_field(struct api_custom_field *out, const struct field *f)
{
	*out = (struct api_custom_field){
	    .id = f->id,
	    .object = (enum api_field_object)api_names_stored(&api_field_object_names, f->object),
	    .key = f->key,
	    .label = f->label,
	    .type = (enum api_field_type)api_names_stored(&api_field_type_names, f->type),
	    .choices = f->choices,
	    .n_choices = f->n_choices,
	    .position = f->position,
	    .active = f->active,
	    .version = f->version,
	};
}

enum err api_field_list(struct api_call *call, struct api_custom_field_list *out, struct error *e)
{
	struct field *list;
	size_t n = 0;
	enum err err = desk_field_list(CALL_DESK, &list, &n, e);
	if (err)
		return err;
	struct api_custom_field *items = API_LIST(call->arena, out, items, n);
	for (size_t i = 0; i < n; i++)
		put_field(&items[i], &list[i]);
	return ERR_OK;
}

static enum err change_field(struct api_call *call, const struct api_custom_field_in *in,
                             bool create, struct api_custom_field *out, struct error *e)
{
	struct field f;
	str object = api_field_object_name(in->object), type = api_field_type_name(in->type);
	int64_t version = api_version(call, in->has_version, in->version);
	const struct desk_field_patch patch = {
	    .version = version ? &version : NULL,
	    .object = in->has_object ? &object : NULL,
	    .key = API_OPT(in, key),
	    .type = in->has_type ? &type : NULL,
	    .label = API_OPT(in, label),
	    .choices = in->has_choices ? in->choices : NULL,
	    .n_choices = in->n_choices,
	    .position = API_OPT(in, position),
	    .active = API_OPT(in, active),
	};
	enum err err = create ? desk_field_create(CALL_DESK, &patch, &f, e)
	                      : desk_field_patch(CALL_DESK, call->id, &patch, &f, e);
	if (err == ERR_OK)
		put_field(out, &f);
	return err;
}

enum err api_field_create(struct api_call *call, const struct api_custom_field_in *in,
                          struct api_custom_field *out, struct error *e)
{
	return change_field(call, in, true, out, e);
}

enum err api_field_patch(struct api_call *call, const struct api_custom_field_in *in,
                         struct api_custom_field *out, struct error *e)
{
	return change_field(call, in, false, out, e);
}
