/* guess.h: who a credential belonged to when it was shown last, to ask PostgreSQL early for what
 * that actor's page will need (store/ahead.h), in one sending with the question whose credential it
 * is.
 *
 * Nothing is decided by a guess: the actor is looked up for every request, and an answer that was
 * asked for with another's scope or account is not used by anybody. Used by several threads.
 */
#ifndef OTKLIK_API_GUESS_H
#define OTKLIK_API_GUESS_H

#include "store/actor.h"

struct api_guesses;

struct api_guesses *api_guesses_new(void);
void api_guesses_free(struct api_guesses *g); /* NULL is fine */
/* Fills kind, account_id and scope, in the arena; false when the credential is not known. */
bool api_guess(struct api_guesses *g, struct arena *a, str credential, struct actor *out);
void api_guess_note(struct api_guesses *g, str credential, const struct actor *actor);

#endif
