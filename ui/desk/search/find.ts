// Tickets by words, customer or number.
import { api, ApiError } from '../../shared/api';
import type { SearchHit, TicketRow } from '../../shared/api_types';

export async function findTickets(words: string, signal?: AbortSignal): Promise<TicketRow[]> {
	const r = await api.search({ query: { q: words, limit: 20 }, ...(signal ? { signal } : {}) });
	const seen = new Set<number>();
	const rows = r.items.map((h) => h.ticket).filter((x) => !seen.has(x.id) && seen.add(x.id));
	// The very number stands before those that only begin with it.
	const number = Number(/^[#№]?\s*(\d{1,15})$/.exec(words)?.[1] ?? 0);
	return rows.sort((a, b) => Number(b.id === number) - Number(a.id === number));
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
