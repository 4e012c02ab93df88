/* ws.c: see ws.h. */
#include "net/ws.h"

#include <assert.h>
#include <nettle/sha1.h>

void ws_parser_init(struct ws_parser *p, size_t max_message)
{
	*p = (struct ws_parser){.max_message = max_message};
	buf_init(&p->text, max_message);
}

void ws_parser_release(struct ws_parser *p)
{
	buf_release(&p->text);
}

static enum ws_parsed fail(struct ws_parser *p, int code)
{
	p->dead = true;
	p->code = code;
	return WS_ERROR;
}

static enum ws_opcode opcode(const struct ws_parser *p)
{
	return (enum ws_opcode)(p->head[0] & 15);
}

static bool is_final(const struct ws_parser *p)
{
	return p->head[0] & 0x80;
}

/* Bytes of the head as far as its first two tell. */
static size_t head_size(const struct ws_parser *p)
{
	unsigned n = p->head[1] & 127;
	return 2 + (n == 126 ? 2 : n == 127 ? 8 : 0) + 4;
}

/* Checks a complete head and sets p->left. */
static enum ws_parsed read_head(struct ws_parser *p)
{
	enum ws_opcode op = opcode(p);
	uint64_t n = p->head[1] & 127;
	size_t extra = n == 126 ? 2 : n == 127 ? 8 : 0;
	if (extra) {
		uint64_t least = n == 126 ? 126 : 65536;
		n = 0;
		for (size_t i = 0; i < extra; i++)
			n = n << 8 | p->head[2 + i];
		if (n < least || n >> 63)
			return fail(p, 1002);
	}
	if (op >= WS_OP_CLOSE) {
		p->control_n = 0;
	} else {
		if (op != WS_OP_CONTINUE) {
			p->binary = op == WS_OP_BINARY;
			p->in_message = true;
			buf_clear(&p->text);
		}
		if (n > p->max_message - p->text.n)
			return fail(p, 1009);
	}
	p->left = n;
	p->mask_at = 0;
	p->in_payload = true;
	return WS_MORE;
}

/* What the first two bytes of a head already rule out. */
static enum ws_parsed check_head(struct ws_parser *p)
{
	enum ws_opcode op = opcode(p);
	bool control = op >= WS_OP_CLOSE;
	if (p->head[0] & 0x70)
		return fail(p, 1002);
	if (op > WS_OP_PONG || (op > WS_OP_BINARY && op < WS_OP_CLOSE))
		return fail(p, 1002);
	if (!(p->head[1] & 0x80))
		return fail(p, 1002);
	if (control && (!is_final(p) || (p->head[1] & 127) > 125))
		return fail(p, 1002);
	if (!control && p->in_message != (op == WS_OP_CONTINUE))
		return fail(p, 1002);
	return WS_MORE;
}

static enum ws_parsed finish_close(struct ws_parser *p)
{
	p->dead = true;
	p->code = 1005;
	if (p->control.n == 0)
		return WS_CLOSE;
	if (p->control.n == 1)
		return fail(p, 1002);
	int code = p->control_bytes[0] << 8 | p->control_bytes[1];
	p->control = str_from(p->control, 2);
	if (!ws_code_is_valid(code))
		return fail(p, 1002);
	if (!str_is_utf8(p->control))
		return fail(p, 1007);
	p->code = code;
	return WS_CLOSE;
}

static enum ws_parsed finish_frame(struct ws_parser *p)
{
	enum ws_opcode op = opcode(p);
	bool final = is_final(p);
	p->head_n = 0;
	p->in_payload = false;
	if (op >= WS_OP_CLOSE) {
		p->control = str_n((const char *)p->control_bytes, p->control_n);
		return op == WS_OP_CLOSE ? finish_close(p) : op == WS_OP_PING ? WS_PING : WS_PONG;
	}
	if (!final)
		return WS_MORE;
	p->in_message = false;
	p->message = buf_str(&p->text);
	if (!p->binary && !str_is_utf8(p->message))
		return fail(p, 1007);
	return WS_MESSAGE;
}

static void take_payload(struct ws_parser *p, str *in)
{
	size_t n = in->n < p->left ? in->n : (size_t)p->left;
	const unsigned char *mask = p->head + head_size(p) - 4;
	char *to = opcode(p) >= WS_OP_CLOSE ? (char *)p->control_bytes + p->control_n
	                                    : buf_reserve(&p->text, n);
	assert(to || n == 0);
	for (size_t i = 0; i < n; i++)
		to[i] = (char)(in->p[i] ^ mask[(p->mask_at + i) & 3]);
	p->mask_at = (unsigned)(p->mask_at + n) & 3;
	if (opcode(p) >= WS_OP_CLOSE)
		p->control_n += n;
	else
		buf_commit(&p->text, n);
	*in = str_from(*in, n);
	p->left -= n;
}

enum ws_parsed ws_parser_next(struct ws_parser *p, str *in)
{
	if (p->dead) {
		*in = STR_NONE;
		return WS_MORE;
	}
	if (!p->in_message && p->text.p) {
		/* The last message has been seen; a silent connection keeps no memory. */
		buf_release(&p->text);
		buf_init(&p->text, p->max_message);
	}
	p->message = p->control = STR_NONE;
	for (;;) {
		if (p->in_payload) {
			take_payload(p, in);
			if (p->left)
				return WS_MORE;
			enum ws_parsed r = finish_frame(p);
			if (r != WS_MORE)
				return r;
		}
		if (!in->n)
			return WS_MORE;
		p->head[p->head_n++] = (unsigned char)in->p[0];
		*in = str_from(*in, 1);
		if (p->head_n == 2 && check_head(p) == WS_ERROR)
			return WS_ERROR;
		if (p->head_n > 2 && p->head_n == head_size(p) && read_head(p) == WS_ERROR)
			return WS_ERROR;
	}
}

bool ws_code_is_valid(int code)
{
	return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
	       (code >= 3000 && code <= 4999);
}

void ws_frame_add(struct buf *b, enum ws_opcode op, str payload)
{
	char head[10] = {(char)(0x80 | op)};
	size_t n = 2;
	if (payload.n < 126) {
		head[1] = (char)payload.n;
	} else {
		size_t bytes = payload.n < 65536 ? 2 : 8;
		head[1] = bytes == 2 ? 126 : 127;
		for (size_t i = 0; i < bytes; i++)
			head[n++] = (char)((uint64_t)payload.n >> 8 * (bytes - 1 - i));
	}
	buf_add(b, str_n(head, n));
	buf_add(b, payload);
}

void ws_close_add(struct buf *b, int code)
{
	char bytes[2] = {(char)(code >> 8), (char)code};
	ws_frame_add(b, WS_OP_CLOSE, str_n(bytes, ws_code_is_valid(code) ? 2 : 0));
}

bool ws_accept_key(struct arena *a, str key, str *accept)
{
	str bytes;
	if (key.n != 24 || !str_unbase64(a, key, false, &bytes) || bytes.n != 16)
		return false;
	struct sha1_ctx ctx;
	uint8_t digest[SHA1_DIGEST_SIZE];
	str guid = STR("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
	sha1_init(&ctx);
	sha1_update(&ctx, key.n, (const uint8_t *)key.p);
	sha1_update(&ctx, guid.n, (const uint8_t *)guid.p);
	sha1_digest(&ctx, sizeof digest, digest);
	*accept = str_base64(a, str_n((const char *)digest, sizeof digest), false);
	return true;
}
