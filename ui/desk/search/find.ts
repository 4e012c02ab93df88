// Tickets by words, customer or number.
import { api, ApiError } from '../../shared/api';
import type { SearchHit, TicketRow } from '../../shared/api_types';

export async function findTickets(words: string, signal?: AbortSignal): Promise<TicketRow[]> {
	const r = await api.search({ query: { q: words, limit: 20 }, ...(signal ? { signal } : {}) });
	const seen = new Set<number>();
	return r.items.map((h) => h.ticket).filter((x) => !seen.has(x.id) && seen.add(x.id));
}

export async function findHits(words: string, cursor: string | null, signal?: AbortSignal): Promise<{ items: SearchHit[]; next: string | null; behind: number }> {
	try {
		return await api.search({ query: { q: words, limit: 30, ...(cursor ? { cursor } : {}) }, ...(signal ? { signal } : {}) });
	} catch (e) {
		// Nothing but signs: nothing is found by them.
		if (e instanceof ApiError && (e.status === 400 || e.status === 422)) return { items: [], next: null, behind: 0 };
		throw e;
	}
}
