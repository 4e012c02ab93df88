// Tickets, customers and articles by words, fields, address or number: one verb for the page and the palette.
import { api } from '../../shared/api';
import type { Contact, SearchArticle, SearchResult, TicketRow } from '../../shared/api_types';

/** A longer address is refused on the way, by us or by a proxy before us. */
const ADDRESS_MAX = 7500;
export const isTooLong = (q: string): boolean => encodeURIComponent(q).length > ADDRESS_MAX;

export type Order = 'newest' | 'best';

export const findHits = (q: string, sort: Order, cursor: string | null, articles: number, signal?: AbortSignal): Promise<SearchResult> =>
	api.search({ query: { q, sort, limit: 30, articles, ...(cursor ? { cursor } : {}) }, ...(signal ? { signal } : {}) });

/** The best few, for the palette and for picking a ticket. */
export async function findBoth(q: string, signal?: AbortSignal): Promise<{ tickets: TicketRow[]; contacts: Contact[]; articles: SearchArticle[] }> {
	const r = await api.search({ query: { q, sort: 'best', limit: 20, articles: 4 }, ...(signal ? { signal } : {}) });
	const seen = new Set<number>();
	const rows = r.items.map((h) => h.ticket).filter((x) => !seen.has(x.id) && seen.add(x.id));
	// The very number stands before those that only begin with it.
	const number = Number(/^[#№]?\s*(\d{1,15})$/.exec(q)?.[1] ?? 0);
	return { tickets: rows.sort((a, b) => Number(b.id === number) - Number(a.id === number)), contacts: r.contacts, articles: r.articles };
}

export const findTickets = async (words: string, signal?: AbortSignal): Promise<TicketRow[]> => (await findBoth(words, signal)).tickets;
