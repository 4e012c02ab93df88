import { expect, it } from 'vitest';
import { marked, matchTitle } from './marks';

it('shows what the server found', () => {
	expect(marked('где \u2068посылка\u2069?')).toEqual([
		{ text: 'где ', hit: false },
		{ text: 'посылка', hit: true },
		{ text: '?', hit: false },
	]);
	expect(marked('')).toEqual([]);
});
it('finds beginnings of words, ё as е', () => {
	expect(matchTitle('Взять ещё одно', 'еще')?.find((p) => p.hit)?.text).toBe('ещё');
	expect(matchTitle('Merge into another', 'int me')?.filter((p) => p.hit).map((p) => p.text)).toEqual(['Me', 'int']);
	expect(matchTitle('Merge', 'erge')).toBeNull();
	expect(matchTitle('Merge', '')).toEqual([{ text: 'Merge', hit: false }]);
});
