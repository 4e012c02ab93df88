// Tickets, customers and articles by words, fields, address or number: one verb for the page and the palette.
import { api } from '../../shared/api';
import type { Contact, SearchArticle, SearchIn, SearchResult, TicketRow } from '../../shared/api_types';

/** Of a query (text/query.h). */
export const CHARS_MAX = 10_000;
export const isTooLong = (q: string): boolean => [...q].length > CHARS_MAX;
/** A longer address is refused on the way, by us or by a proxy before us: what does not fit goes as a body. */
const ADDRESS_MAX = 7500;
export const fitsAddress = (q: string): boolean => encodeURIComponent(q).length <= ADDRESS_MAX;
/** The page of a query; without it where it would not fit. */
export const searchPath = (q: string): string => (q.trim() && fitsAddress(q) ? `/search?q=${encodeURIComponent(q.trim())}` : '/search');

export type Order = 'newest' | 'best';

function ask(query: SearchIn, signal: AbortSignal | undefined): Promise<SearchResult> {
	const more = signal ? { signal } : {};
	return fitsAddress(query.q) ? api.search({ query, ...more }) : api.search_long({ body: query, ...more });
}

export const findHits = (q: string, sort: Order, cursor: string | null, articles: number, signal?: AbortSignal): Promise<SearchResult> =>
	ask({ q, sort, limit: 30, articles, ...(cursor ? { cursor } : {}) }, signal);

/** The best few, for the palette and for picking a ticket. */
export async function findBoth(q: string, signal?: AbortSignal): Promise<{ tickets: TicketRow[]; contacts: Contact[]; articles: SearchArticle[]; corrected: string }> {
	const r = await ask({ q, sort: 'best', limit: 20, articles: 4 }, signal);
	const seen = new Set<number>();
	const rows = r.items.map((h) => h.ticket).filter((x) => !seen.has(x.id) && seen.add(x.id));
	// The very number stands before those that only begin with it.
	const number = Number(/^[#№]?\s*(\d{1,15})$/.exec(q)?.[1] ?? 0);
	return { tickets: rows.sort((a, b) => Number(b.id === number) - Number(a.id === number)), contacts: r.contacts, articles: r.articles, corrected: r.corrected ? (r.suggestion ?? '') : '' };
}

export const findTickets = async (words: string, signal?: AbortSignal): Promise<TicketRow[]> => (await findBoth(words, signal)).tickets;
