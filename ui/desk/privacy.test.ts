import { expect, test } from 'vitest';
import { pieceOf, spanOf } from './privacy';

test('places are counted in characters, not in halves of them', () => {
	const text = '😀 карта 4111';
	const from = text.indexOf('4111');
	const s = spanOf('text', text, from, from + 4);
	expect(s).toEqual({ field: 'text', start: 8, length: 4 });
	expect(pieceOf(text, s!)).toBe('4111');
	expect(spanOf('text', text, 3, 3)).toBeNull();
});
