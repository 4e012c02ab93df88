/* guess.c: see guess.h. A place for each of some hash values; who comes later takes it. The
 * credential itself is not kept. */
#include "api/guess.h"

#include <pthread.h>

enum { PLACES = 256, SCOPE_MAX = 4096 };

struct place {
	uint64_t hash; /* of the credential; 0: free */
	int64_t account_id;
	char *scope;
	size_t n_scope;
};

struct api_guesses {
	pthread_mutex_t lock;
	struct place places[PLACES];
};

/* FNV-1a: two credentials that share a number only ask in vain. */
static uint64_t hash_of(str s)
{
	uint64_t h = 14695981039346656037u;
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h ? h : 1;
}

struct api_guesses *api_guesses_new(void)
{
	struct api_guesses *g = xcalloc(1, sizeof *g);
	pthread_mutex_init(&g->lock, NULL);
	return g;
}

void api_guesses_free(struct api_guesses *g)
{
	for (size_t i = 0; g && i < PLACES; i++)
		free(g->places[i].scope);
	if (g)
		pthread_mutex_destroy(&g->lock);
	free(g);
}

bool api_guess(struct api_guesses *g, struct arena *a, str credential, struct actor *out)
{
	uint64_t hash = hash_of(credential);
	pthread_mutex_lock(&g->lock);
	const struct place *p = &g->places[hash % PLACES];
	bool known = p->hash == hash;
	if (known)
		*out = (struct actor){.kind = ACTOR_ACCOUNT,
		                      .account_id = p->account_id,
		                      .scope = str_dup(a, str_n(p->scope, p->n_scope))};
	pthread_mutex_unlock(&g->lock);
	return known;
}

void api_guess_note(struct api_guesses *g, str credential, const struct actor *actor)
{
	uint64_t hash = hash_of(credential);
	if (actor->kind != ACTOR_ACCOUNT || actor->scope.n > SCOPE_MAX)
		return;
	pthread_mutex_lock(&g->lock);
	struct place *p = &g->places[hash % PLACES];
	if (p->hash != hash || p->account_id != actor->account_id ||
	    !str_eq(str_n(p->scope, p->n_scope), actor->scope)) {
		free(p->scope);
		*p = (struct place){.hash = hash,
		                    .account_id = actor->account_id,
		                    .scope = xmalloc(actor->scope.n + 1),
		                    .n_scope = actor->scope.n};
		memcpy(p->scope, actor->scope.p, actor->scope.n);
	}
	pthread_mutex_unlock(&g->lock);
}
