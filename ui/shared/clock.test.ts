import { expect, it } from 'vitest';
import { clockOf, LIMIT_MS } from './clock';

const now = Date.parse('2026-11-24T12:00:00Z');
const ago = (h: number) => new Date(now - h * 3_600_000).toISOString();

it('is grey, then amber in the last two hours, then red', () => {
	expect(clockOf(ago(0), now)).toMatchObject({ state: 'fine', filled: 0, left: LIMIT_MS });
	expect(clockOf(ago(12), now)).toMatchObject({ state: 'fine', filled: 50 });
	expect(clockOf(ago(21.9), now).state).toBe('fine');
	expect(clockOf(ago(22), now).state).toBe('soon');
	expect(clockOf(ago(24), now).state).toBe('soon');
	expect(clockOf(ago(24.01), now)).toMatchObject({ state: 'late', filled: 100 });
});
it('takes a message from the future for one that came now', () => {
	expect(clockOf(ago(-1), now)).toMatchObject({ state: 'fine', filled: 0 });
});
