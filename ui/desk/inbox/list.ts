// The order of a list and what changes in it while somebody looks. Pure.
import type { TicketRow } from '../../shared/api_types';
import { clockOf } from '../../shared/clock';
import { daysFrom } from '../../shared/i18n/dates';

export type Sort = 'waiting' | 'recent';
export type Group = 'urgent' | 'late' | 'soon' | 'fine' | 'rest' | 'today' | 'yesterday' | 'earlier';

/** A request in the row of requests that make a list: urgent ones, those who wait, then the others. */
export interface Phase {
	view: string;
	sort: string;
	line_id?: number;
	waiting?: boolean;
	urgent?: boolean;
}

export interface Where {
	view: string;
	line: number | null;
}

/** Views where people may wait for us are ordered by it unless the person wants otherwise. */
export function canWait(view: string): boolean {
	return view !== 'solved' && view !== 'pending' && view !== 'spam';
}

export function phasesOf(where: Where, sort: Sort, onlyWaiting: boolean): Phase[] {
	const base = { view: where.view, ...(where.line ? { line_id: where.line } : {}) };
	if (sort === 'recent' || !canWait(where.view))
		return [{ ...base, sort: 'recent', ...(onlyWaiting ? { waiting: true } : {}) }];
	const waiting = [true, false].map((urgent) => ({ ...base, sort: 'waiting', urgent }));
	return onlyWaiting ? waiting : [...waiting, { ...base, sort: 'recent', waiting: false }];
}

export function groupOf(row: TicketRow, sort: Sort, nowMs: number): Group {
	if (sort === 'waiting') {
		if (!row.waiting_since) return 'rest';
		if (row.priority === 'urgent') return 'urgent';
		const state = clockOf(row.waiting_since, nowMs).state;
		return state === 'late' ? 'late' : state === 'soon' ? 'soon' : 'fine';
	}
	const off = daysFrom(new Date(row.last_message_at), new Date(nowMs));
	return off >= 0 ? 'today' : off === -1 ? 'yesterday' : 'earlier';
}

/** first: the row behind the heading, which tells headings of one group apart while rows are held. */
export type Item = { kind: 'group'; group: Group; n: number | null; first: number } | { kind: 'row'; row: TicketRow };

/** Rows with a heading before each group; a group that may go on beyond the page has no number. */
export function withGroups(rows: readonly TicketRow[], sort: Sort, nowMs: number, complete: boolean): Item[] {
	const out: Item[] = [];
	let head = null as Extract<Item, { kind: 'group' }> | null;
	for (const row of rows) {
		const group = groupOf(row, sort, nowMs);
		if (!head || head.group !== group) {
			head = { kind: 'group', group, n: 0, first: row.id };
			out.push(head);
		}
		head.n = (head.n ?? 0) + 1;
		out.push({ kind: 'row', row });
	}
	if (head && !complete) head.n = null;
	return out;
}

/**
 * While the hand is on the list nothing moves: rows keep their places with what is new in
 * them, rows that are not in the fresh page stay as they were, and what is not shown yet
 * is only counted.
 */
export function hold(shown: readonly TicketRow[], fresh: readonly TicketRow[]): { rows: TicketRow[]; extra: number } {
	const now = new Map(fresh.map((r) => [r.id, r]));
	const known = new Set(shown.map((r) => r.id));
	return {
		rows: shown.map((r) => now.get(r.id) ?? r),
		extra: fresh.filter((r) => !known.has(r.id)).length,
	};
}

export function sameOrder(a: readonly TicketRow[], b: readonly TicketRow[]): boolean {
	return a.length === b.length && a.every((r, i) => r.id === b[i]!.id);
}
