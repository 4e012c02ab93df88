import { describe, expect, it } from 'vitest';
import type { TicketRow } from '../../shared/api_types';
import { groupOf, hold, phasesOf, sameOrder, withGroups } from './list';

const now = new Date(2026, 10, 24, 14, 0).getTime();
const H = 3_600_000;
const iso = (h: number) => new Date(now - h * H).toISOString();
const row = (id: number, waiting: number | null, last = 0): TicketRow => ({ id, waiting_since: waiting === null ? null : iso(waiting), last_message_at: iso(last) }) as TicketRow;

describe('phasesOf', () => {
	it('puts those who wait first, then the others', () => {
		expect(phasesOf({ view: 'mine', line: null }, 'waiting', false)).toEqual([
			{ view: 'mine', sort: 'waiting', urgent: true },
			{ view: 'mine', sort: 'waiting', urgent: false },
			{ view: 'mine', sort: 'recent', waiting: false },
		]);
		expect(phasesOf({ view: 'open', line: 3 }, 'waiting', true)).toEqual([
			{ view: 'open', line_id: 3, sort: 'waiting', urgent: true },
			{ view: 'open', line_id: 3, sort: 'waiting', urgent: false },
		]);
	});
	it('orders by time where nobody can wait', () => {
		expect(phasesOf({ view: 'solved', line: null }, 'waiting', false)).toEqual([{ view: 'solved', sort: 'recent' }]);
	});
});

describe('groups', () => {
	it('follow the clock, or the day', () => {
		expect([25, 23, 3, null].map((h, i) => groupOf(row(i, h), 'waiting', now))).toEqual(['late', 'soon', 'fine', 'rest']);
		expect([0, 20, 60].map((h, i) => groupOf(row(i, null, h), 'recent', now))).toEqual(['today', 'yesterday', 'earlier']);
	});
	it('have the urgent ones that wait apart', () => {
		const urgent = (r: TicketRow): TicketRow => ({ ...r, priority: 'urgent' });
		expect([urgent(row(1, 1)), urgent(row(2, null)), row(3, 25)].map((r) => groupOf(r, 'waiting', now))).toEqual(['urgent', 'rest', 'late']);
	});
	it('have headings of their own when a held row becomes urgent among others', () => {
		const rows = [row(1, 3), { ...row(2, 3), priority: 'urgent' } as TicketRow, row(3, 3)];
		const keys = withGroups(rows, 'waiting', now, true).flatMap((i) => (i.kind === 'group' ? [`${i.group}-${i.first}`] : []));
		expect(keys).toEqual(['fine-1', 'urgent-2', 'fine-3']);
	});
	it('carry a number unless they may go on', () => {
		const rows = [row(1, 25), row(2, 3), row(3, 2)];
		const heads = (complete: boolean) => withGroups(rows, 'waiting', now, complete).flatMap((i) => (i.kind === 'group' ? [`${i.group} ${i.n}`] : []));
		expect(heads(true)).toEqual(['late 1', 'fine 2']);
		expect(heads(false)).toEqual(['late 1', 'fine null']);
		expect(withGroups([], 'waiting', now, true)).toEqual([]);
	});
});

describe('hold', () => {
	it('moves nothing and counts what is new', () => {
		const shown = [row(1, 5), row(2, 4), row(3, 3)];
		const fresh = [row(9, 6), { ...row(2, 4), subject: 'x' } as TicketRow, row(1, 5)];
		const h = hold(shown, fresh);
		expect(h.rows.map((r) => r.id)).toEqual([1, 2, 3]);
		expect(h.rows[1]!.subject).toBe('x');
		expect(h.extra).toBe(1);
		expect(sameOrder(h.rows, shown)).toBe(true);
		expect(sameOrder(shown, fresh)).toBe(false);
	});
});
