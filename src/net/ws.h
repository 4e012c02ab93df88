/* ws.h: WebSocket frames (RFC 6455), a strict push parser of what a client
 * sends and a writer of what a server sends. No I/O, no extensions.
 *
 * The parser joins fragments into messages and refuses what the RFC forbids:
 * unmasked frames, reserved bits and opcodes, fragmented or long control
 * frames, lengths that are not in their shortest form, fragments out of order,
 * close codes that may not be sent, text that is no UTF-8.
 */
#ifndef OTKLIK_NET_WS_H
#define OTKLIK_NET_WS_H

#include "base/buf.h"

enum ws_opcode {
	WS_OP_CONTINUE = 0,
	WS_OP_TEXT = 1,
	WS_OP_BINARY = 2,
	WS_OP_CLOSE = 8,
	WS_OP_PING = 9,
	WS_OP_PONG = 10,
};

enum ws_parsed {
	WS_MORE,    /* the input is used up */
	WS_MESSAGE, /* parser.message, parser.binary; until the next call */
	WS_PING,    /* parser.control: to be sent back as a pong */
	WS_PONG,
	WS_CLOSE, /* parser.code (1005: none given), parser.control: the reason */
	WS_ERROR, /* parser.code to close with: 1002, 1007, 1009 */
};

struct ws_parser {
	size_t max_message; /* over all fragments */
	str message;
	bool binary;
	str control;
	int code;

	/* private */
	unsigned char head[14];
	size_t head_n;
	uint64_t left; /* payload bytes of the present frame still to come */
	unsigned mask_at;
	bool in_payload, in_message, dead;
	unsigned char control_bytes[125];
	size_t control_n;
	struct buf text;
};

void ws_parser_init(struct ws_parser *p, size_t max_message);
void ws_parser_release(struct ws_parser *p);
/* Takes what it needs off the front of *in; to be called again until it says MORE. After
 * WS_CLOSE or WS_ERROR nothing more is read. */
enum ws_parsed ws_parser_next(struct ws_parser *p, str *in);

/* Appends one unmasked, unfragmented frame. */
void ws_frame_add(struct buf *b, enum ws_opcode op, str payload);
/* A close frame with a code that may be sent, or an empty one for others (1005, 1006). */
void ws_close_add(struct buf *b, int code);
/* True for codes that may stand in a close frame (7.4). */
bool ws_code_is_valid(int code);
/* Sec-WebSocket-Accept for a Sec-WebSocket-Key; false when the key is not 16 bytes in base64. */
MUST_USE bool ws_accept_key(struct arena *a, str key, str *accept);

#endif
