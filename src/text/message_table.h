/* message_table.h: the compiled catalogue; made from messages/ by tools/gen_messages.py. */
#ifndef OTKLIK_TEXT_MESSAGE_TABLE_H
#define OTKLIK_TEXT_MESSAGE_TABLE_H

#include "base/lang.h"

enum message_form { FORM_ONE, FORM_FEW, FORM_MANY, FORM_OTHER, FORM_COUNT };

/* A plain sentence has only FORM_OTHER. */
struct message {
	const char *key;
	const char *forms[LANG_COUNT][FORM_COUNT];
};

extern const struct message message_table[];
extern const size_t message_count;

#endif
