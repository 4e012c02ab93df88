import { describe, expect, it } from 'vitest';
import type { Category, CategoryMeasure, CategoryRef, CurvePoint } from '../../shared/api_types';
import { floorOf, matrix, nearest, ofHundred, pointAt, thresholdOf } from './curve';
import { factValue, languageName } from './facts';
import { branches, categoryOptions, optionId, pathOf } from './tree';

const cat = (id: number, name: string, parent_id: number | null = null, more: Partial<Category> = {}): Category => ({
	id, name, parent_id, brand_id: null, brand: null, slug: name, name_en: name, name_ru: name, line_id: null, priority: null, facts: [], position: id, active: true, version: 1, ...more,
});
const ref = (id: number, name: string, parent: string | null = null): CategoryRef => ({ id, name, parent });

describe('the tree of categories', () => {
	const all = [cat(3, 'Delay', 1), cat(1, 'Delivery'), cat(2, 'Money', null, { position: 0 }), cat(4, 'Courier', 1, { position: 1 }), cat(5, 'Gone', 2, { active: false })];
	it('stands in order of places, children below their parents', () => {
		expect(branches(all, true).map((b) => [b.category.name, b.children.map((c) => c.name)])).toEqual([['Money', []], ['Delivery', ['Courier', 'Delay']]]);
		expect(branches(all, false)[0]!.children.map((c) => c.name)).toEqual(['Gone']);
	});
	it('keeps a child whose parent is put away', () => {
		expect(branches([cat(1, 'A', null, { active: false }), cat(2, 'B', 1)], true).map((b) => b.category.name)).toEqual(['B']);
	});
	it('offers the best guesses first and each category once', () => {
		const o = categoryOptions(all, null, [{ category: ref(3, 'Delay', 'Delivery'), confidence: 61 }], (n) => `${n}%`);
		expect(o[0]).toMatchObject({ value: '3', label: 'Delivery › Delay', hint: '61%' });
		expect(o.filter((x) => optionId(x.value) === 3)).toHaveLength(1);
		expect(o.map((x) => optionId(x.value))).toEqual([3, 2, 1, 4]);
	});
	it('keeps a guessed parent as the heading of its children, under a name of its own', () => {
		const o = categoryOptions(all, null, [{ category: ref(1, 'Delivery'), confidence: 40 }], String);
		expect(new Set(o.map((x) => x.value)).size).toBe(o.length);
		expect(o.map((x) => optionId(x.value))).toEqual([1, 2, 1, 4, 3]);
	});
	it('leaves out what belongs to another brand', () => {
		const o = categoryOptions([cat(1, 'A', null, { brand_id: 7 }), cat(2, 'B')], 8, [], String);
		expect(o.map((x) => x.label)).toEqual(['B']);
	});
	it('names a path', () => {
		expect(pathOf(ref(1, 'Delay', 'Delivery'))).toBe('Delivery › Delay');
		expect(pathOf(ref(1, 'Money'))).toBe('Money');
	});
});

describe('the curve', () => {
	const curve: CurvePoint[] = [
		{ threshold: 0, coverage: 1000, accuracy: 720 },
		{ threshold: 50, coverage: 550, accuracy: 850 },
		{ threshold: 90, coverage: 100, accuracy: 960 },
	];
	it('tells what a threshold does', () => {
		expect(pointAt(curve, 40)!.threshold).toBe(50);
		expect(pointAt(curve, 99)!.threshold).toBe(90);
		expect(pointAt([], 50)).toBeNull();
		expect(nearest(curve, 500)!.threshold).toBe(50);
		expect(nearest([], 500)).toBeNull();
	});
	it('adds up to a hundred', () => {
		expect(ofHundred(curve[1]!)).toEqual({ right: 47, wrong: 8, people: 45 });
		for (const p of curve) expect(Object.values(ofHundred(p)).reduce((a, b) => a + b)).toBe(100);
	});
	it('takes a threshold of whole percent and nothing else', () => {
		expect([' 0', '60', '100'].map(thresholdOf)).toEqual([0, 60, 100]);
		for (const wrong of ['', '101', '500', '-1', '6.5', '1e2', 'sixty']) expect(thresholdOf(wrong)).toBeNull();
	});
	it('starts at a round ten', () => {
		expect(floorOf(curve)).toBe(70);
		expect(floorOf([])).toBe(90);
	});
});

describe('the table of confusions', () => {
	const measure = (id: number, held_out: number, recall: number): CategoryMeasure => ({ category: ref(id, `c${id}`), examples: 10, held_out, guessed: 10, precision: 900, precision_low: 596, precision_high: 982, recall, recall_low: 0, recall_high: 1000 });
	const ms = [measure(1, 10, 800), measure(2, 10, 500), measure(3, 10, 1000), measure(4, 0, -1)];
	const cs = [{ truth: ref(2, 'c2'), guess: ref(1, 'c1'), count: 5 }, { truth: ref(1, 'c1'), guess: ref(2, 'c2'), count: 2 }];
	it('has what was right on its diagonal', () => {
		const m = matrix(ms, cs, 12);
		expect(m.categories.map((c) => c.id)).toEqual([1, 2, 3]);
		expect(m.cells).toEqual([[8, 2, 0], [5, 5, 0], [0, 0, 10]]);
		expect(m.left).toBe(0);
	});
	it('keeps what is confused most when there is little room', () => {
		const m = matrix(ms, cs, 2);
		expect(m.categories.map((c) => c.id)).toEqual([1, 2]);
		expect(m.left).toBe(1);
	});
});

describe('facts', () => {
	const now = new Date(2026, 10, 22);
	it('are written as one reads them', () => {
		expect(factValue('amount', '1500.00 RUB', 'ru', now).replace(/\s/g, ' ')).toBe('1 500 ₽');
		expect(factValue('amount', '20.50 USD', 'en', now)).toBe('$20.50');
		expect(factValue('amount', '1500', 'en', now)).toBe('1,500');
		expect(factValue('amount', 'much', 'en', now)).toBe('much');
		expect(factValue('date', '2026-11-25', 'ru', now).replace(/\s/g, ' ')).toBe('25 ноября');
		expect(factValue('order', '417-2290', 'en', now)).toBe('417-2290');
	});
	it('name languages', () => {
		expect(languageName('ru', 'en')).toBe('Russian');
		expect(languageName('!', 'en')).toBe('!');
	});
});
