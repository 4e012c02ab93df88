import { describe, expect, it } from 'vitest';
import en from '../../../messages/ui.en.json';
import ru from '../../../messages/ui.ru.json';
import { formatEntry, placeholders, type Entry } from './format';

const NB = '\u00a0';
const E = en as Record<string, Entry>;
const R = ru as Record<string, Entry>;
const texts = (e: Entry): string[] => (typeof e === 'string' ? [e] : Object.values(e));

describe('catalogues', () => {
	it('have the same keys', () => {
		expect(Object.keys(R).sort()).toEqual(Object.keys(E).sort());
	});
	it('have the same placeholders', () => {
		for (const key of Object.keys(E)) expect([...placeholders(R[key]!)].sort(), key).toEqual([...placeholders(E[key]!)].sort());
	});
	it('have every plural form of the language', () => {
		for (const [key, e] of Object.entries(E)) if (typeof e !== 'string') expect(Object.keys(e).sort(), key).toEqual(['one', 'other']);
		for (const [key, e] of Object.entries(R)) if (typeof e !== 'string') expect(Object.keys(e).sort(), key).toEqual(['few', 'many', 'one', 'other']);
		for (const key of Object.keys(E)) expect(typeof E[key], key).toBe(typeof R[key]);
	});
	it('keep to the house style', () => {
		for (const [key, e] of Object.entries(R))
			for (const s of texts(e)) {
				expect(s, key).not.toMatch(/["!]|успешно/i);
				expect(s, key).not.toMatch(/\([а-я]+\)$/);
			}
		for (const [key, e] of Object.entries(E)) for (const s of texts(e)) expect(s, key).not.toMatch(/["!']|\bplease\b|\boops\b/i);
	});
});

describe('formatEntry', () => {
	it('chooses the plural form', () => {
		const say = (n: number) => formatEntry(R['contact.tickets']!, { n }, 'ru');
		expect(say(1)).toBe(`1${NB}обращение`);
		expect(say(2)).toBe(`2${NB}обращения`);
		expect(say(5)).toBe(`5${NB}обращений`);
		expect(say(21)).toBe(`21${NB}обращение`);
		expect(say(111)).toBe(`111${NB}обращений`);
		expect(say(1.5)).toBe(`1,5${NB}обращения`);
		expect(formatEntry(E['contact.tickets']!, { n: 1 }, 'en')).toBe('1 ticket');
		expect(formatEntry(E['contact.tickets']!, { n: 1.5 }, 'en')).toBe('1.5 tickets');
	});
	it('writes numbers as the language does, texts as they are', () => {
		expect(formatEntry('{n} {who}', { n: 4870, who: '4870' }, 'ru')).toBe(`4${NB}870 4870`);
		expect(formatEntry('{n}', { n: 4870 }, 'en')).toBe('4,870');
	});
	it('leaves what it does not know', () => {
		expect(formatEntry('{a} {b}', { a: 'x' }, 'en')).toBe('x {b}');
	});
});
