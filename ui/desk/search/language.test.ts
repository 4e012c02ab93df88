import { expect, it } from 'vitest';
import { chips, offers, pieces, take, without } from './language';

const known = { lines: ['Доставка', 'Общие вопросы'], categories: ['Оплата', 'Посылка опаздывает'], tags: ['vip'], people: ['Анна Котова'] };

it('cuts a query into pieces', () => {
	expect(pieces('возврат "срок доставки" -спам линия:"Общие вопросы" created>2026-11-01').map((p) => [p.text, p.field, p.value, p.negative])).toEqual([
		['возврат', null, '', false],
		['"срок доставки"', null, '', false],
		['-спам', null, '', true],
		['линия:"Общие вопросы"', 'line', 'Общие вопросы', false],
		['created>2026-11-01', 'created', '2026-11-01', false],
	]);
	expect(pieces('http://x.ru 12:30').every((p) => p.field === null)).toBe(true);
});
it('shows fields as chips and takes them out', () => {
	const q = 'возврат status:open -tag:vip';
	expect(chips(q).map((p) => p.text)).toEqual(['status:open', '-tag:vip']);
	expect(without(q, chips(q)[0]!)).toBe('возврат -tag:vip');
});
it('offers fields and values in the language in which they were begun', () => {
	expect(offers('st', 2, 'en', known)).toEqual([{ text: 'status:', open: true }]);
	expect(offers('стат', 4, 'en', known)).toEqual([{ text: 'статус:', open: true }]);
	expect(offers('статус:от', 9, 'ru', known).map((o) => o.text)).toEqual(['статус:открыто', 'статус:отложено']);
	expect(offers('line:воп', 8, 'ru', known)).toEqual([{ text: 'line:"Общие вопросы"', open: false }]);
	expect(offers('cat', 3, 'en', known)).toEqual([{ text: 'category:', open: true }]);
	expect(offers('категория:оп', 12, 'ru', known).map((o) => o.text)).toEqual(['категория:Оплата', 'категория:"Посылка опаздывает"']);
	expect(offers('priority:u', 10, 'en', known)).toEqual([{ text: 'priority:urgent', open: false }]);
	expect(offers('is:t', 4, 'en', known)).toEqual([{ text: 'is:triage', open: false }]);
	expect(offers('статус:нер', 10, 'ru', known)).toEqual([{ text: 'статус:нерешено', open: false }]);
	expect(offers('x ', 2, 'en', known)).toEqual([]);
	expect(offers('status:open', 11, 'en', known)).toEqual([]);
});
it('writes what was taken', () => {
	expect(take('a st b', 4, { text: 'status:', open: true })).toEqual({ q: 'a status: b', caret: 9 });
	expect(take('status:o', 8, { text: 'status:open', open: false })).toEqual({ q: 'status:open ', caret: 12 });
});
