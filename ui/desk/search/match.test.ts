import { expect, it } from 'vitest';
import { ALSO, distance, match, otherLayout } from './match';

const items = [
	{ id: 'go-settings', title: 'Настройки', also: ['Settings', ...ALSO['go-settings']!] },
	{ id: 'go-training', title: 'Распределение по темам', also: ['Sorting by topic', ...ALSO['go-training']!] },
	{ id: 'go-contacts', title: 'Клиенты', also: ['Customers', ...ALSO['go-contacts']!] },
	{ id: 'go-spam', title: 'Спам', also: ['Spam', ...ALSO['go-spam']!] },
];
const found = (q: string) => match(items, q).list.map((m) => m.of.id);

it('turns the keyboard', () => {
	expect(otherLayout('yfcnhjqrb')).toBe('настройки');
	expect(otherLayout('ыуеештпы')).toBe('settings');
	expect(otherLayout('ghbdtn')).toBe('привет');
});
it('counts typing errors', () => {
	expect(distance('настрйоки', 'настройки', 2)).toBe(1);
	expect(distance('kitten', 'sitting', 3)).toBe(3);
	expect(distance('a', 'abcdef', 2)).toBe(3);
	expect(distance('', '', 1)).toBe(0);
});
it('finds a command by its name, the other language and other words', () => {
	expect(found('настр')).toEqual(['go-settings']);
	expect(found('settings')).toEqual(['go-settings']);
	expect(found('обучение')).toEqual(['go-training']);
	expect(found('training')).toEqual(['go-training']);
	expect(found('model')).toEqual(['go-training']);
	expect(match(items, 'settings').list[0]).toMatchObject({ by: 'Settings' });
	expect(match(items, 'settings').meant).toBeNull();
	expect(match(items, 'НАСТР').list[0]!.parts).toEqual([
		{ text: 'Настр', hit: true },
		{ text: 'ойки', hit: false },
	]);
});
it('finds it typed in the other layout, or mistyped, and tells what was meant', () => {
	expect(found('yfcnhjqrb')).toEqual(['go-settings']);
	expect(match(items, 'yfcnhjqrb').meant).toBe('настройки');
	expect(match(items, 'yfcnhjqrb').list[0]!.parts).toEqual([{ text: 'Настройки', hit: true }]);
	expect(found('ыуеештпы')).toEqual(['go-settings']);
	expect(found('j,extybt')).toEqual(['go-training']);
	expect(found('настрйоки')).toEqual(['go-settings']);
	expect(match(items, 'настрйоки').meant).toBe('настройки');
	expect(found('setings')).toEqual(['go-settings']);
	expect(found('обчуение')).toEqual(['go-training']);
});
it('rather finds nothing than anything', () => {
	expect(found('зебра')).toEqual([]);
	expect(found('zx')).toEqual([]);
	expect(found('спор')).toEqual([]);
	expect(match(items, '').list).toHaveLength(items.length);
});
