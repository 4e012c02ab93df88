/* file.c: writes and reads the model's bytes. See file.h. */
#include "learn/file.h"

#include <math.h>
#include <xxhash.h>

#include "base/buf.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "The model's file is little-endian, and so must the machine be."
#endif

enum { HEAD = 8 + 4 + 8 + 16, LABELS_MAX = 100000, ROWS_MAX = 1 << 26 };

/* ---- writing ---- */

struct layout layout_of(const enum view *view, int nets)
{
	struct layout l = {0};
	int of[VIEW_LETTERS + 1] = {0};
	for (int k = 0; k < nets; k++)
		of[view[k]]++;
	l.slots =
	    of[VIEW_ALL] + (of[VIEW_STEMS] > of[VIEW_LETTERS] ? of[VIEW_STEMS] : of[VIEW_LETTERS]);
	int next[VIEW_LETTERS + 1] = {0, of[VIEW_ALL], of[VIEW_ALL]};
	for (int k = 0; k < nets; k++)
		l.slot[k] = next[view[k]]++;
	return l;
}

size_t model_row_bytes(const struct recipe *r, size_t labels)
{
	size_t slots = (size_t)layout_of(r->view, r->nets).slots;
	return slots * (size_t)r->hidden + KERNEL_PAD(labels + 1) + 4 * (slots + 2) + 4;
}

size_t model_other_bytes(const struct recipe *r, size_t labels, size_t label_bytes)
{
	size_t lanes = KERNEL_PAD(labels + 1), hidden = (size_t)r->hidden;
	size_t dense = (size_t)r->nets * (hidden + hidden * lanes + lanes) + lanes;
	return 4 * dense + label_bytes + 32 * labels + 2000 * sizeof(struct model_error) + 4096;
}

static void put(struct buf *b, const void *p, size_t n)
{
	buf_add(b, str_n(p, n));
}

static void put_u32(struct buf *b, size_t v)
{
	uint32_t x = (uint32_t)v;
	put(b, &x, sizeof x);
}

static void put_f32(struct buf *b, double v)
{
	float x = (float)v;
	put(b, &x, sizeof x);
}

static void put_info(struct buf *b, const struct model_info *info)
{
	put(b, &info->date, 8);
	put(b, info->data_hash, sizeof info->data_hash);
	put(b, &info->seed, 8);
	put(b, &info->examples, 8);
	put_u32(b, info->label_count);
	for (size_t i = 0; i < info->label_count; i++) {
		const struct model_label *l = &info->labels[i];
		put_u32(b, l->name.n);
		buf_add(b, l->name);
		put_u32(b, l->examples);
		put_u32(b, l->held);
		put_u32(b, l->guessed);
		put_u32(b, l->right);
	}
	put_u32(b, info->held);
	put_f32(b, info->accuracy);
	put_f32(b, info->macro_f1);
	put_f32(b, info->ece);
	put_f32(b, info->threshold);
	put_u32(b, info->curve_count);
	for (size_t i = 0; i < info->curve_count; i++) {
		put_f32(b, info->curve[i].threshold);
		put_f32(b, info->curve[i].coverage);
		put_f32(b, info->curve[i].accuracy);
	}
	put_u32(b, info->error_count);
	for (size_t i = 0; i < info->error_count; i++) {
		put_u32(b, info->errors[i].truth);
		put_u32(b, info->errors[i].guess);
		put_u32(b, info->errors[i].count);
	}
}

/* One member's part of a row in 8 bits; the scale that brings it back. */
static float quantize(const float *w, size_t n, int8_t *out)
{
	float most = 0;
	for (size_t i = 0; i < n; i++)
		most = fabsf(w[i]) > most ? fabsf(w[i]) : most;
	float inverse = most > 0 ? 127 / most : 0;
	for (size_t i = 0; i < n; i++)
		out[i] = (int8_t)lrintf(w[i] * inverse);
	return most / 127;
}

static bool sees(enum view view, uint8_t block)
{
	return view == VIEW_ALL || (view == VIEW_STEMS) == (block == FEATURE_STEMS);
}

static void put_rows(struct buf *b, const struct ensemble *m)
{
	size_t hidden = m->net[0].hidden, lanes = KERNEL_PAD(m->labels + 1);
	struct layout l = layout_of(m->view, m->nets);
	size_t slots = (size_t)l.slots, width = slots * hidden + lanes;
	float head[LEARN_NETS_MAX + 2];
	int8_t *row = xmalloc(width);
	for (size_t r = 0; r < m->dict.n; r++) {
		memset(row, 0, width);
		memset(head, 0, sizeof head);
		head[0] = m->dict.idf[r];
		for (int k = 0; k < m->nets; k++)
			if (sees(m->view[k], m->dict.block[r]))
				head[l.slot[k] + 1] = quantize(m->net[k].rows + r * hidden, hidden,
				                               row + (size_t)l.slot[k] * hidden);
		head[slots + 1] =
		    quantize(m->linear.rows + r * m->linear.lanes, m->labels, row + slots * hidden);
		put(b, head, (slots + 2) * sizeof *head);
		put(b, row, width);
	}
	free(row);
}

str model_write(struct arena *a, const struct ensemble *m, const struct model_info *info)
{
	BUF_AUTO b;
	buf_init(&b, 0);
	size_t hidden = m->net[0].hidden, lanes = KERNEL_PAD(m->labels + 1);
	char head[HEAD] = {0};
	put(&b, head, HEAD);
	put_info(&b, info);
	const struct blend *bl = &m->blend;
	const float blend[] = {bl->net_scale, bl->linear_scale, bl->net_share, bl->sharpen,
	                       bl->sure_power};
	put(&b, blend, sizeof blend);
	put_u32(&b, (size_t)m->nets);
	put_u32(&b, hidden);
	for (int k = 0; k < m->nets; k++)
		put_u32(&b, (size_t)m->view[k]);
	put_u32(&b, m->dict.n);
	put(&b, m->dict.hash, m->dict.n * sizeof *m->dict.hash);
	put_rows(&b, m);
	for (int k = 0; k < m->nets; k++) {
		put(&b, m->net[k].bias, hidden * sizeof(float));
		put(&b, m->net[k].out, hidden * lanes * sizeof(float));
		put(&b, m->net[k].out_bias, lanes * sizeof(float));
	}
	float *bias = xcalloc(lanes, sizeof *bias);
	memcpy(bias, m->linear.bias, m->labels * sizeof *bias);
	put(&b, bias, lanes * sizeof *bias);
	free(bias);
	uint32_t version = MODEL_VERSION;
	uint64_t length = b.n;
	XXH128_canonical_t digest;
	XXH128_canonicalFromHash(&digest, XXH3_128bits(b.p + HEAD, b.n - HEAD));
	memcpy(b.p, MODEL_MAGIC, 8);
	memcpy(b.p + 8, &version, 4);
	memcpy(b.p + 12, &length, 8);
	memcpy(b.p + 20, &digest, 16);
	return str_dup(a, buf_str(&b));
}

/* ---- reading ---- */

struct reader {
	const char *p;
	size_t left;
	bool bad;
};

static void take(struct reader *r, void *out, size_t n)
{
	if (n > r->left || r->bad) {
		r->bad = true;
		memset(out, 0, n);
		return;
	}
	memcpy(out, r->p, n);
	r->p += n;
	r->left -= n;
}

static uint32_t take_u32(struct reader *r)
{
	uint32_t v = 0;
	take(r, &v, sizeof v);
	return v;
}

static float take_f32(struct reader *r)
{
	float v = 0;
	take(r, &v, sizeof v);
	if (!isfinite(v))
		r->bad = true;
	return r->bad ? 0 : v;
}

/* n items of `size` bytes; NULL when they are not there. */
static void *take_array(struct reader *r, struct arena *a, size_t n, size_t size)
{
	if (r->bad || n > r->left / size) {
		r->bad = true;
		return NULL;
	}
	void *p = arena_array(a, n + 1, size); /* one to spare: an empty one is none */
	take(r, p, n * size);
	return p;
}

static float *take_floats(struct reader *r, struct arena *a, size_t n)
{
	float *p = take_array(r, a, n, sizeof *p);
	for (size_t i = 0; p && i < n; i++)
		if (!isfinite(p[i]) || fabsf(p[i]) > 1e9f)
			r->bad = true;
	return p;
}

/* Rows whose first `head` bytes are floats. */
static int8_t *take_rows(struct reader *r, struct arena *a, size_t n, size_t stride, size_t head)
{
	int8_t *rows = take_array(r, a, n, stride);
	for (size_t i = 0; rows && i < n; i++)
		for (size_t k = 0; k < head; k += sizeof(float)) {
			float v;
			memcpy(&v, rows + i * stride + k, sizeof v);
			if (!isfinite(v) || fabsf(v) > 1e9f)
				r->bad = true;
		}
	return rows;
}

static size_t take_count(struct reader *r, size_t max)
{
	size_t n = take_u32(r);
	if (n > max)
		r->bad = true;
	return r->bad ? 0 : n;
}

static void take_labels(struct reader *r, struct model *m)
{
	size_t n = take_count(r, LABELS_MAX);
	if (n < 2 || n > r->left / 20) {
		r->bad = true;
		return;
	}
	struct model_label *l = ARENA_ARRAY(m->arena, n, struct model_label);
	for (size_t i = 0; i < n && !r->bad; i++) {
		size_t length = take_count(r, LEARN_LABEL_MAX);
		char *name = take_array(r, m->arena, length, 1);
		l[i].name = str_n(name, name ? length : 0);
		if (!length || !str_is_utf8(l[i].name))
			r->bad = true;
		l[i].examples = take_u32(r);
		l[i].held = take_u32(r);
		l[i].guessed = take_u32(r);
		l[i].right = take_u32(r);
	}
	m->info.labels = l;
	m->info.label_count = m->labels = n;
	m->lanes = KERNEL_PAD(n + 1);
}

static void take_info(struct reader *r, struct model *m)
{
	struct model_info *info = &m->info;
	take(r, &info->date, 8);
	take(r, info->data_hash, sizeof info->data_hash);
	take(r, &info->seed, 8);
	take(r, &info->examples, 8);
	take_labels(r, m);
	info->held = take_u32(r);
	info->accuracy = (double)take_f32(r);
	info->macro_f1 = (double)take_f32(r);
	info->ece = (double)take_f32(r);
	info->threshold = take_f32(r);
	size_t n = take_count(r, r->left / 12);
	struct model_point *c = ARENA_ARRAY(m->arena, n, struct model_point);
	for (size_t i = 0; i < n; i++) {
		c[i].threshold = take_f32(r);
		c[i].coverage = take_f32(r);
		c[i].accuracy = take_f32(r);
	}
	info->curve = c;
	info->curve_count = n;
	n = take_count(r, r->left / 12);
	struct model_error *e = ARENA_ARRAY(m->arena, n, struct model_error);
	for (size_t i = 0; i < n; i++) {
		e[i].truth = take_u32(r);
		e[i].guess = take_u32(r);
		e[i].count = take_u32(r);
		if (e[i].truth >= m->labels || e[i].guess >= m->labels)
			r->bad = true;
	}
	info->errors = e;
	info->error_count = n;
}

static void take_blend(struct reader *r, struct blend *b)
{
	float *const fields[] = {&b->net_scale, &b->linear_scale, &b->net_share, &b->sharpen,
	                         &b->sure_power};
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		*fields[i] = take_f32(r);
		if (*fields[i] < 0 || *fields[i] > 1000)
			r->bad = true;
	}
}

static void take_members(struct reader *r, struct model *m)
{
	m->nets = (int)take_count(r, LEARN_NETS_MAX);
	m->hidden = take_count(r, LEARN_HIDDEN_MAX);
	for (int k = 0; k < m->nets; k++)
		m->view[k] = (enum view)take_count(r, VIEW_LETTERS);
	size_t n = take_count(r, ROWS_MAX);
	if (m->nets < 1 || m->hidden < 1 || m->hidden % KERNEL_LANES)
		r->bad = true;
	if (r->bad)
		return;
	m->layout = layout_of(m->view, m->nets);
	m->head = (size_t)(m->layout.slots + 2) * sizeof(float);
	m->width = (size_t)m->layout.slots * m->hidden + m->lanes;
	m->stride = m->head + m->width;
	uint32_t *hash = take_array(r, m->arena, n, sizeof *hash);
	m->rows = take_rows(r, m->arena, n, m->stride, m->head);
	for (int k = 0; k < m->nets; k++) {
		m->bias[k] = take_floats(r, m->arena, m->hidden);
		m->out[k] = take_floats(r, m->arena, m->hidden * m->lanes);
		m->out_bias[k] = take_floats(r, m->arena, m->lanes);
	}
	m->linear_bias = take_floats(r, m->arena, m->lanes);
	if (r->bad || r->left) {
		r->bad = true;
		return;
	}
	dict_index(&m->dict, hash, (uint32_t)n);
}

enum err model_read(str bytes, struct model *m, struct error *e)
{
	uint32_t version = 0;
	uint64_t length = 0;
	XXH128_canonical_t digest;
	if (bytes.n < HEAD || memcmp(bytes.p, MODEL_MAGIC, 8) != 0)
		return error_set(e, ERR_SYNTAX, "error.model_broken", "model", NULL);
	memcpy(&version, bytes.p + 8, 4);
	memcpy(&length, bytes.p + 12, 8);
	if (version != MODEL_VERSION)
		return error_set(e, ERR_SYNTAX, "error.model_version", "model", NULL);
	XXH128_canonicalFromHash(&digest, XXH3_128bits(bytes.p + HEAD, bytes.n - HEAD));
	if (length != bytes.n || memcmp(&digest, bytes.p + 20, 16) != 0)
		return error_set(e, ERR_SYNTAX, "error.model_broken", "model", NULL);
	memcpy(&m->id, bytes.p + 20, sizeof m->id);
	struct reader r = {bytes.p + HEAD, bytes.n - HEAD, false};
	take_info(&r, m);
	take_blend(&r, &m->blend);
	take_members(&r, m);
	m->info.bytes = bytes.n;
	if (r.bad)
		return error_set(e, ERR_SYNTAX, "error.model_broken", "model", NULL);
	return ERR_OK;
}
