import { describe, expect, it } from 'vitest';
import type { Event } from '../api_types';
import { Backoff, Cursor, parseFrame, parseHello, Transport } from './resume';

const ev = (id: number): Event => ({ id, schema: 1, at: '', type: 'message.added', audience: 'agents', actor: '', ticket_id: 1, line_id: 1, brand_id: 1, data: {} });
const ids = (l: Event[]) => l.map((e) => e.id);

describe('Cursor', () => {
	it('gives each event once, in order, whatever is sent twice', () => {
		const c = new Cursor(10);
		expect(ids(c.take([ev(12), ev(11), ev(10)]))).toEqual([11, 12]);
		expect(ids(c.take([ev(11), ev(12), ev(13)]))).toEqual([13]);
		expect(ids(c.take([]))).toEqual([]);
		expect(c.last).toBe(13);
	});
	it('goes over numbers that this reader may not see', () => {
		const c = new Cursor(10);
		expect(ids(c.take([ev(500)]))).toEqual([500]);
		expect(ids(c.take([ev(499)]))).toEqual([]);
	});
});

describe('hello', () => {
	it('is told from events', () => {
		expect(parseHello('{"type":"hello","cursor":12,"reset":false}')).toEqual({ cursor: 12, reset: false });
		expect(parseHello(JSON.stringify(ev(3)))).toBeNull();
		expect(parseFrame('{"type":"hello","cursor":12,"reset":false}')).toEqual([]);
	});
	it('moves the cursor, back only when all is loaded anew', () => {
		const c = new Cursor(10);
		expect(c.greet({ cursor: 12, reset: false })).toBe(false);
		expect(c.last).toBe(12);
		expect(c.greet({ cursor: 5, reset: false })).toBe(false);
		expect(c.last).toBe(12);
		expect(c.greet({ cursor: 5, reset: true })).toBe(true);
		expect(ids(c.take([ev(6)]))).toEqual([6]);
	});
});

describe('parseFrame', () => {
	it('reads an event, a list, a page', () => {
		expect(ids(parseFrame(JSON.stringify(ev(3))))).toEqual([3]);
		expect(ids(parseFrame(JSON.stringify([ev(3), ev(4)])))).toEqual([3, 4]);
		expect(ids(parseFrame(JSON.stringify({ items: [ev(5)], next: 5 })))).toEqual([5]);
	});
	it('takes anything else for nothing', () => {
		for (const s of ['', 'x', 'null', '7', '{"id":"1","type":"x"}', '{"items":[null,{"id":1}]}']) expect(parseFrame(s)).toEqual([]);
	});
});

describe('Backoff', () => {
	it('grows to half a minute and starts anew', () => {
		const b = new Backoff(() => 1);
		expect([b.next(), b.next(), b.next()]).toEqual([1000, 2000, 4000]);
		for (let i = 0; i < 10; i++) b.next();
		expect(b.next()).toBe(30_000);
		b.reset();
		expect(b.next()).toBe(1000);
		expect(new Backoff(() => 0).next()).toBe(500);
	});
});

describe('Transport', () => {
	it('falls back when two sockets in a row never opened', () => {
		const t = new Transport();
		t.neverOpened();
		t.opened();
		t.neverOpened();
		expect(t.kind).toBe('socket');
		t.neverOpened();
		expect(t.kind).toBe('stream');
	});
});
