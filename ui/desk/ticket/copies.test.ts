import { describe, expect, it } from 'vitest';
import type { Message } from '../../shared/api_types';
import { offeredCopies } from './copies';

const letter = (id: number, to: string[], cc: string[], more: Partial<Message> = {}): Message =>
	({
		id,
		kind: 'customer',
		thread_id: null,
		author_address: 'anna@client.test',
		to: to.map((address) => ({ name: '', address })),
		cc: cc.map((address) => ({ name: '', address })),
		...more,
	}) as Message;
const of = (messages: Message[], known: string[] = []) => offeredCopies(messages, ['help@shop.test'], known).map((a) => a.address);

describe('copies of the last letter', () => {
	it('are offered without the writer, ourselves and those who take part', () => {
		const m = letter(1, ['Help+t1.0.abcd@shop.test', 'carl@client.test'], ['dora@client.test', 'Anna@client.test', 'carl@client.test']);
		expect(of([m])).toEqual(['carl@client.test', 'dora@client.test']);
		expect(of([m], ['Carl@client.test'])).toEqual(['dora@client.test']);
	});
	it('are those of the newest letter in the main thread', () => {
		const old = letter(1, [], ['carl@client.test']);
		const newer = letter(2, ['help@shop.test'], []);
		expect(of([old, newer])).toEqual([]);
		expect(of([old, letter(3, [], ['x@side.test'], { thread_id: 4, kind: 'partner' })])).toEqual(['carl@client.test']);
		expect(of([])).toEqual([]);
	});
});
